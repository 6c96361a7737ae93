"""The acts that touch several slices in one transaction: register, start, take, close."""
