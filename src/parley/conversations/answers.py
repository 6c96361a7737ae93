"""What the conversation routes answer with."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import Room, ServedBy
from parley.rooms.room_parts import Speaker
from parley.visitors.answers import Visitor


class OpenedRoom(msgspec.Struct, forbid_unknown_fields=True):
    """The visitor's open room; `newRoom` tells whether this call made it."""

    room: Room
    newRoom: bool


class Written(msgspec.Struct, forbid_unknown_fields=True):
    username: str
    msg: str
    ts: str


class SeveralWritten(msgspec.Struct, forbid_unknown_fields=True):
    messages: list[Written]


class ClosedRoom(msgspec.Struct, forbid_unknown_fields=True):
    rid: str
    comment: str


class WhoGotRole(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class RoleGiven(msgspec.Struct, forbid_unknown_fields=True):
    user: WhoGotRole


class MonitorMade(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    roles: list[str]


class WhoIsActive(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    active: bool


class ActiveStatus(msgspec.Struct, forbid_unknown_fields=True):
    user: WhoIsActive


class Deleted(msgspec.Struct, forbid_unknown_fields=True):
    """`deletedRooms` is empty: nobody owns a room."""

    deletedRooms: list[str]


class WhenGone(msgspec.Struct, forbid_unknown_fields=True):
    """`ts` is when it was done."""

    id: str = msgspec.field(name="_id")
    ts: str


class VisitorErased(msgspec.Struct, forbid_unknown_fields=True):
    visitor: WhenGone


class StatusSet(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    status: str


class CallStatusSet(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    callStatus: str


class FieldWritten(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    value: str
    overwrite: bool


class OneFieldWritten(msgspec.Struct, forbid_unknown_fields=True):
    field: FieldWritten


class KeyWritten(msgspec.Struct, forbid_unknown_fields=True):
    """`Key` has a capital, as there."""

    key: str = msgspec.field(name="Key")
    value: str
    overwrite: bool


class FieldsWritten(msgspec.Struct, forbid_unknown_fields=True):
    """Those of the room first."""

    fields: list[KeyWritten]


class OpenRoomOfVisitor(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    t: str
    cl: bool
    servedBy: ServedBy | UnsetType = UNSET


class OpenRoomsOfVisitor(msgspec.Struct, forbid_unknown_fields=True):
    """One at most."""

    rooms: list[OpenRoomOfVisitor]


class WordPassed(msgspec.Struct, forbid_unknown_fields=True):
    """Who has the word now."""

    speaker: Speaker


class SurveyTaken(msgspec.Struct, forbid_unknown_fields=True):
    """`data` holds what was kept."""

    rid: str
    data: dict[str, str]


class RemovedRooms(msgspec.Struct, forbid_unknown_fields=True):
    removedRooms: int


class TranscriptPromised(msgspec.Struct, forbid_unknown_fields=True):
    message: str


class SavedContact(msgspec.Struct, forbid_unknown_fields=True):
    """The visitor's id."""

    contact: str


class ManagedBy(msgspec.Struct, forbid_unknown_fields=True):
    username: str


class VisitorAsContact(Visitor, forbid_unknown_fields=True, kw_only=True):
    contactManager: ManagedBy | UnsetType = UNSET


class OneVisitorAsContact(msgspec.Struct, forbid_unknown_fields=True):
    """null where there is none."""

    contact: VisitorAsContact | None
