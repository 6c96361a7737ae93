"""The settings of the office: 235 of them, with defaults in `settings.json`."""
