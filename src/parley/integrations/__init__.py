"""What is told to other systems: webhooks to an office's CRM (contract/management.md §10)."""
