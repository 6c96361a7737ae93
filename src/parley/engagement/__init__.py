"""What the widget on a website is told, and does."""
