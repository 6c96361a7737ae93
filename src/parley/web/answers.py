"""Answers that more than one slice gives."""

import msgspec


class Done(msgspec.Struct, forbid_unknown_fields=True):
    """It was done; there is nothing more to say."""
