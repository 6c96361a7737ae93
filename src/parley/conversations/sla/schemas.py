from typing import Annotated

import msgspec

from parley.web.paging import Paged

Short = Annotated[str, msgspec.Meta(max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]

YEAR_IN_MINUTES = 525_600
Minutes = Annotated[int, msgspec.Meta(ge=1, le=YEAR_IN_MINUTES)]


class ListPolicies(Paged):
    """`text`: a part of the name."""

    text: str | None = None


class SavePolicy(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/sla and PUT livechat/sla/:slaId; a year at most."""

    name: Short
    dueTimeInMinutes: Minutes
    description: Text | None = None


class SetSla(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT livechat/inquiry.setSLA; `sla` is an id or a name. Both are needed."""

    roomId: str | None = None
    sla: str | None = None
