"""People: users, roles, permissions, login tokens. Says who is calling."""
