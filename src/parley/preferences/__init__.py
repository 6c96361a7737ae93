"""The settings of the office, with defaults in `settings.json`."""
