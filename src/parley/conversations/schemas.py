"""Queries and bodies; the routes marked C speak Meteor's `check` (contract/core.md §4, §5)."""

from typing import Annotated, Any

import msgspec

from parley.rooms.schemas import SpeakerNumber
from parley.visitors.schemas import CustomFieldValue

Tag = Annotated[str, msgspec.Meta(max_length=255)]


class VisitorFields(msgspec.Struct):
    """Open: other keys are allowed and ignored."""

    token: str
    name: str | None = None
    email: str | None = None
    department: str | None = None
    phone: str | None = None
    username: str | None = None
    id: str | None = None
    customFields: list[CustomFieldValue] | None = None


class RegisterVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitor: VisitorFields


class NewMessage(msgspec.Struct):
    """Other keys are ignored."""

    msg: str


class SeveralMessages(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/messages; what `visitor` says beside the token is for a new one."""

    visitor: VisitorFields
    messages: Annotated[list[NewMessage], msgspec.Meta(min_length=1, max_length=100)]


class VisitorStatus(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    status: str


class CallStatus(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    callStatus: str
    rid: str
    callId: str


class SetCustomField(msgspec.Struct, forbid_unknown_fields=True):
    """`overwrite` false keeps a value that is there."""

    token: str
    key: str
    value: str
    overwrite: bool


class SetCustomFields(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    customFields: list[CustomFieldValue]


class OpenRoom(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/room."""

    token: str
    rid: str | None = None
    agentId: str | None = None


class CloseByVisitor(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str


class TranscriptAddress(msgspec.Struct):
    email: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    subject: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class TranscriptRequest(msgspec.Struct, forbid_unknown_fields=True):
    sendToVisitor: bool
    requestData: TranscriptAddress | None = None


class CloseByUser(msgspec.Struct, forbid_unknown_fields=True):
    rid: str
    comment: Annotated[str, msgspec.Meta(max_length=5000)] | None = None
    tags: Annotated[list[Tag], msgspec.Meta(max_length=100)] | None = None
    generateTranscriptPdf: bool | None = None
    transcriptEmail: TranscriptRequest | None = None
    forceClose: bool | None = None
    speaker: SpeakerNumber = None


class GiveRole(msgspec.Struct, forbid_unknown_fields=True):
    username: str


Short = Annotated[str, msgspec.Meta(max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]


class PersonFields(msgspec.Struct, forbid_unknown_fields=True):
    """What is not given stays. `setRandomPassword` makes one that nobody is told."""

    email: Short | None = None
    name: Short | None = None
    password: Short | None = None
    username: Short | None = None
    bio: Text | None = None
    nickname: Short | None = None
    statusText: Short | None = None
    active: bool | None = None
    roles: list[str] | None = None
    joinDefaultChannels: bool | None = None
    requirePasswordChange: bool | None = None
    setRandomPassword: bool | None = None
    sendWelcomeEmail: bool | None = None
    verified: bool | None = None
    customFields: dict[str, Any] | None = None


class UpdatePerson(msgspec.Struct, forbid_unknown_fields=True):
    userId: str
    data: PersonFields
    confirmRelinquish: bool = False


class SetActiveStatus(msgspec.Struct, forbid_unknown_fields=True):
    """`confirmRelinquish` is for owners of rooms, of which there are none here."""

    userId: str
    activeStatus: bool
    confirmRelinquish: bool | None = None


class DeletePerson(msgspec.Struct, forbid_unknown_fields=True):
    userId: str | None = None
    username: str | None = None
    user: str | None = None
    confirmRelinquish: bool = False


class RoleOfPerson(msgspec.Struct, forbid_unknown_fields=True):
    """`roomId` and `scope` are accepted: no role is held in a room here."""

    username: str
    roleId: str = ""
    roomId: str | None = None
    scope: str | None = None


class ForwardRoom(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str
    userId: str | None = None
    departmentId: str | None = None
    comment: Text | None = None
    clientAction: bool | None = None
    speaker: SpeakerNumber = None


class HandOver(msgspec.Struct, forbid_unknown_fields=True):
    """`speaker`: the number that the bot read. `userId`: to this human; `departmentId`: to a human
    of this department; without both, to whoever is there.
    """

    roomId: str
    speaker: SpeakerNumber = None
    userId: str | None = None
    departmentId: str | None = None
    comment: Text | None = None


class ReturnToBot(msgspec.Struct, forbid_unknown_fields=True):
    """`userId`: to this bot; without, to the one that had the chat last."""

    roomId: str
    speaker: SpeakerNumber = None
    userId: str | None = None
    comment: Text | None = None


class TransferByVisitor(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str
    department: str


class WhichRoomToJoin(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str


class GuestData(msgspec.Struct, forbid_unknown_fields=True):
    """A blank value changes nothing."""

    id: str = msgspec.field(name="_id")
    name: Short | None = None
    email: Short | None = None
    phone: Short | None = None
    livechatData: dict[str, Any] | None = None


class RoomData(msgspec.Struct, forbid_unknown_fields=True):
    """A blank topic takes it away; so do no tags. A blank priority or SLA takes it off."""

    id: str = msgspec.field(name="_id")
    topic: Text | None = None
    tags: Annotated[list[Tag], msgspec.Meta(max_length=100)] | None = None
    livechatData: dict[str, Any] | None = None
    priorityId: str | None = None
    slaId: str | None = None


class SaveInfo(msgspec.Struct, forbid_unknown_fields=True):
    guestData: GuestData
    roomData: RoomData


class SurveyAnswer(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    value: Text


class AnswerSurvey(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str
    data: Annotated[list[SurveyAnswer], msgspec.Meta(min_length=1, max_length=100)]


class DeleteRoom(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str


class DeleteClosedRooms(msgspec.Struct, forbid_unknown_fields=True):
    """Of these departments; of all without them."""

    departmentIds: list[str] | None = None


class ChangeVisitor(msgspec.Struct, forbid_unknown_fields=True):
    rid: str
    oldVisitorId: str
    newVisitorId: str


class ManagerName(msgspec.Struct, forbid_unknown_fields=True):
    username: str


class ContactAsVisitor(msgspec.Struct, forbid_unknown_fields=True):
    """`token` is the visitor's, or the handle that stands for it in answers to persons. `_id` is
    accepted: the token says who it is. `customFields` are values by key."""

    token: str
    name: str
    id: str | None = msgspec.field(name="_id", default=None)
    email: str | None = None
    phone: str | None = None
    username: str | None = None
    customFields: dict[str, Any] | None = None
    contactManager: ManagerName | None = None


class WhichVisitorContact(msgspec.Struct, forbid_unknown_fields=True):
    """`contactId` is a visitor's id."""

    contactId: str


class FindContact(msgspec.Struct, forbid_unknown_fields=True):
    """All that is given must apply; `custom` is a JSON object of searchable custom fields."""

    email: Short | None = None
    phone: Short | None = None
    custom: Text | None = None


class TranscriptForVisitor(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str
    email: Short
    subject: Short | None = None


class TranscriptAtClose(msgspec.Struct, forbid_unknown_fields=True):
    email: Short
    subject: Short


class WhichTranscripts(msgspec.Struct):
    rid: str
