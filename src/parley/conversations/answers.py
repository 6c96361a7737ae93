"""What the conversation routes answer with."""

import msgspec

from parley.rooms.answers import Room


class OpenedRoom(msgspec.Struct, forbid_unknown_fields=True):
    """The visitor's open room; `newRoom` tells whether this call made it."""

    room: Room
    newRoom: bool


class ClosedRoom(msgspec.Struct, forbid_unknown_fields=True):
    rid: str
    comment: str


class WhoGotRole(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class RoleGiven(msgspec.Struct, forbid_unknown_fields=True):
    user: WhoGotRole


class WhoIsActive(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    active: bool


class ActiveStatus(msgspec.Struct, forbid_unknown_fields=True):
    user: WhoIsActive


class Deleted(msgspec.Struct, forbid_unknown_fields=True):
    """`deletedRooms` is empty: nobody owns a room."""

    deletedRooms: list[str]


class SurveyTaken(msgspec.Struct, forbid_unknown_fields=True):
    """`data` holds what was kept."""

    rid: str
    data: dict[str, str]


class RemovedRooms(msgspec.Struct, forbid_unknown_fields=True):
    removedRooms: int


class TranscriptPromised(msgspec.Struct, forbid_unknown_fields=True):
    message: str
