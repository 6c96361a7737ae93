"""Which of those who wait are more urgent: five priorities, named and set on rooms."""
