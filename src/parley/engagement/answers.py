"""What the engagement routes answer with."""

import msgspec


class OfflineMessageSent(msgspec.Struct, forbid_unknown_fields=True):
    message: str
