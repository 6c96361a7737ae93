"""SMS: a provider tells of messages, and sends ours (contract/management.md §11)."""
