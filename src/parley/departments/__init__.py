"""Departments and their agents."""
