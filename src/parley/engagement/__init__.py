"""What the widget on a website is told, and does; what is left when nobody is online."""
