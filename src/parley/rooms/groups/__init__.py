"""Private groups of people: who is in them, and nothing more. No room of a visitor is one."""
