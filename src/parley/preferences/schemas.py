from typing import Any

import msgspec


class ChangeSetting(msgspec.Struct):
    """Body of POST settings/:_id (contract/management.md §17)."""

    value: Any
