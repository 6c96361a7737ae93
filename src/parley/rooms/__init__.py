"""Rooms, subscriptions and inquiries, and the one rule of who may see a room."""
