"""The heart: what a visitor, or their contact, ever talked about."""
