from typing import Annotated, Any

import msgspec

from parley.web.paging import Paged

Name = Annotated[str, msgspec.Meta(max_length=255)]
MOST_MEMBERS = 1000


class CreateGroup(msgspec.Struct):
    """`members` are usernames. `extraData` and other keys are accepted, and not kept."""

    name: Name | None = None
    members: Annotated[list[Name], msgspec.Meta(max_length=MOST_MEMBERS)] | None = None
    readOnly: bool | None = None
    excludeSelf: bool | None = None
    extraData: dict[str, Any] | None = None


class WhichGroup(msgspec.Struct):
    roomId: Name | None = None
    roomName: Name | None = None


class ListMembers(Paged):
    roomId: Name | None = None
    roomName: Name | None = None
