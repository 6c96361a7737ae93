"""Chats on hold: the visitor is waited for, and the agent may serve others meanwhile."""
