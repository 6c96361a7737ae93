"""Visitors: their records and their credential."""
