from typing import Annotated, Literal

import msgspec

from parley.web.paging import Paged

Type = Literal[
    "LivechatSessionStart",
    "LivechatSessionQueued",
    "LivechatSessionTaken",
    "LivechatSessionForwarded",
    "LivechatSession",
    "LivechatEdit",
    "Message",
    "LeadCapture",
    "LivechatOfflineMessage",
]


class ListDeliveries(Paged):
    """`rid` is a room's id."""

    rid: str | None = None
    state: Literal["waiting", "done", "failed", "dropped"] | None = None
    type: Type | None = None


_Text = Annotated[str, msgspec.Meta(max_length=64)]


class ReplayWebhooks(msgspec.Struct, forbid_unknown_fields=True):
    """Either `_id`, or `start` and `end` with the `state` of what is meant (`failed`)."""

    id: _Text | None = msgspec.field(name="_id", default=None)
    start: _Text | None = None
    end: _Text | None = None
    state: Literal["done", "failed", "dropped"] | None = None
