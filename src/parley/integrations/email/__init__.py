"""Mailboxes as a channel: mails become chats, answers are mailed (contract/management.md §12)."""
