from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=0, le=86400)]


class FollowEvents(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is the `id` of the last event that was read, as the header `Last-Event-ID` says it.
    A visitor gives `token` and `rid`. After `wait` seconds the answer ends: with 0 at once."""

    since: str | None = None
    token: str | None = None
    rid: str | None = None
    wait: Seconds | None = None
