"""Business units: departments, and the monitors who oversee them."""
