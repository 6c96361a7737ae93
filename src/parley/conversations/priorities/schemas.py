from typing import Annotated

import msgspec

from parley.web.paging import Paged

Name = Annotated[str, msgspec.Meta(max_length=255)]


class ListPriorities(Paged):
    """`text`: a part of the name."""

    text: str | None = None


class ChangePriority(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT livechat/priorities/:priorityId: one of the two."""

    name: Name | None = None
    reset: bool | None = None


class WhichPriority(msgspec.Struct, forbid_unknown_fields=True):
    priorityId: str
