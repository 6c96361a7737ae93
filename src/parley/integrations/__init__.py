"""Channels and webhooks: what comes from other systems, and what they are told."""
