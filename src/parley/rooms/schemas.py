from typing import Annotated

import msgspec

from parley.web.paging import Paged

SpeakerNumber = Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None
"""A room's `speaker.number`, as who calls has read it."""


class WhichRoom(msgspec.Struct):
    """Query of rooms.info; other keys are ignored, as there."""

    roomId: str | None = None
    roomName: str | None = None


class ListRooms(Paged):
    """Query of livechat/rooms. `units`, `query` and `fields` are accepted and ignored."""

    agents: list[str] | None = None
    roomName: str | None = None
    departmentId: list[str] | None = None
    open: str | None = None
    createdAt: str | None = None
    closedAt: str | None = None
    tags: list[str] | None = None
    customFields: str | None = None
    onhold: str | None = None
    queued: str | None = None
    units: list[str] | None = None
    query: str | None = None
    fields: str | None = None


class UpdatedSince(msgspec.Struct, forbid_unknown_fields=True):
    """`updatedSince`: a date (ISO)."""

    updatedSince: str | None = None


class WhichSubscription(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str


class ReadRoom(msgspec.Struct, forbid_unknown_fields=True):
    """One of `rid` and `roomId`; there are no threads to be read apart."""

    rid: str | None = None
    roomId: str | None = None
    readThreads: bool | None = None
