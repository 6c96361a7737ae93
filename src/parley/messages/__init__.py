"""Messages: sending them, one room's history, and what a message does to its room."""
