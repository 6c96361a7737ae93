"""What the agent routes answer with."""

from typing import Literal

import msgspec


class Readiness(msgspec.Struct, forbid_unknown_fields=True):
    """The status that holds now."""

    status: Literal["available", "not-available"]
