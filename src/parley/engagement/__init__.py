"""How visitors are met when nobody is there: what they leave behind."""
