"""How long those who wait may wait: SLA policies, kept and put on rooms."""
