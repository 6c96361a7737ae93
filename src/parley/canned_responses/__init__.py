"""Texts that agents send by a shortcut: of everybody, of a department, or a person's own."""
