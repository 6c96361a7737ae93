"""Agents: who is one, and who can be given a chat."""
