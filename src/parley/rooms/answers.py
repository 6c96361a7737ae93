"""A room and its parts, key by key (contract/core.md §3.2, §8).

The message stands here and not in `messages`, which is a layer above: a room holds its last one.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.message_parts import (
    AttachedFile,
    LinkedUrl,
    MailOfMessage,
    Mention,
    Navigation,
    NoRooms,
    Point,
    PriorityData,
    Reaction,
    SlaData,
    SystemKind,
)
from parley.rooms.room_parts import (
    Metrics,
    ResponseBy,
    RoomEmail,
    RoomSms,
    Speaker,
    TranscriptRequest,
)
from parley.web.paging import Listed

Months = list[str]
NoneYet = Annotated[list[Any], msgspec.Meta(max_length=0, description="Always empty so far.")]


class Author(msgspec.Struct, forbid_unknown_fields=True):
    """Who wrote a message: a person or the visitor."""

    id: str = msgspec.field(name="_id")
    username: str
    name: str | UnsetType = UNSET


class Editor(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class TransferredBy(msgspec.Struct, forbid_unknown_fields=True):
    """`agent` is who served the room, `user` another person."""

    id: str = msgspec.field(name="_id")
    username: str
    userType: Literal["agent", "user", "visitor"]
    name: str | UnsetType = UNSET


class NextDepartment(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    name: str


class TransferData(msgspec.Struct, forbid_unknown_fields=True):
    """Who handed the conversation to whom; `previousDepartment` is an id."""

    transferredBy: TransferredBy
    ts: str
    scope: Literal["agent", "department", "queue"]
    comment: str
    previousDepartment: str | UnsetType = UNSET
    nextDepartment: NextDepartment | UnsetType = UNSET
    transferredTo: Author | UnsetType = UNSET


class RequestData(msgspec.Struct, forbid_unknown_fields=True):
    """Who asked for a transcript: a person (`user`) or the visitor."""

    type: Literal["user", "visitor"]
    visitor: Author
    user: Author


class Message(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A message as it is stored. `t` is the kind of a system message, or `rm` where a message was
    deleted and its place is kept; others have none. `md` is the text as a tree, `urls` what it
    links to. `token` marks what the visitor wrote or did. `reactions` are by emoji. `tmid` is the
    message that an answer in a thread hangs on; that one has `tcount` answers, the last at `tlm`,
    by the users `replies`.
    """

    id: str = msgspec.field(name="_id")
    rid: str
    msg: str
    ts: str
    u: Author
    updatedAt: str = msgspec.field(name="_updatedAt")
    t: SystemKind | UnsetType = UNSET
    token: str | UnsetType = UNSET
    alias: str | UnsetType = UNSET
    urls: list[LinkedUrl] | UnsetType = UNSET
    mentions: list[Mention] | UnsetType = UNSET
    channels: NoRooms | UnsetType = UNSET
    md: list[dict[str, Any]] | UnsetType = UNSET
    newRoom: bool | UnsetType = UNSET
    showConnecting: bool | UnsetType = UNSET
    unread: bool | UnsetType = UNSET
    groupable: bool | UnsetType = UNSET
    transcriptRequested: bool | UnsetType = UNSET
    transferData: TransferData | UnsetType = UNSET
    prevDepartment: str | UnsetType = UNSET
    requestData: RequestData | UnsetType = UNSET
    priorityData: PriorityData | UnsetType = UNSET
    slaData: SlaData | UnsetType = UNSET
    comment: str | UnsetType = UNSET
    emoji: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    attachments: list[dict[str, Any]] | UnsetType = UNSET
    file: AttachedFile | UnsetType = UNSET
    files: list[AttachedFile] | UnsetType = UNSET
    tmid: str | UnsetType = UNSET
    tcount: int | UnsetType = UNSET
    tlm: str | UnsetType = UNSET
    replies: list[str] | UnsetType = UNSET
    tshow: bool | UnsetType = UNSET
    customFields: dict[str, Any] | UnsetType = UNSET
    editedAt: str | UnsetType = UNSET
    editedBy: Editor | UnsetType = UNSET
    reactions: dict[str, Reaction] | UnsetType = UNSET
    navigation: Navigation | UnsetType = UNSET
    email: MailOfMessage | UnsetType = UNSET
    location: Point | UnsetType = UNSET
    hidden: bool | UnsetType = msgspec.field(name="_hidden", default=UNSET)


class VisitorOfRoom(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The visitor as the room knows them. `activity` lists the months (`YYYY-MM`) in which the
    visitor was answered.
    """

    id: str = msgspec.field(name="_id")
    username: str
    token: str
    status: str
    activity: Months | UnsetType = UNSET
    lastMessageTs: str | UnsetType = UNSET


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """Where the conversation came in; `destination` is the host of the widget's page or the number
    that was written to, `alias` the service, `id` the mailbox's.
    """

    type: Literal["widget", "email", "sms", "app", "api", "other"]
    id: str | UnsetType = UNSET
    alias: str | UnsetType = UNSET
    destination: str | UnsetType = UNSET


class ServedBy(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    ts: str


class ClosedBy(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class Room(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A conversation. `open` stands here while it is open and is gone afterwards;
    `waitingResponse` while the visitor waits for an answer. `msgs` counts messages, some system
    messages twice. `lm` is when the last message was written.
    """

    id: str = msgspec.field(name="_id")
    t: Literal["l"]
    ts: str
    lm: str
    msgs: int
    usersCount: int
    fname: str
    v: VisitorOfRoom
    contactId: str
    cl: bool
    verified: bool
    source: Source
    queuedAt: str
    priorityWeight: int
    estimatedWaitingTimeQueue: int
    enforceSingleRoom: bool = msgspec.field(name="_enforceSingleRoom")
    updatedAt: str = msgspec.field(name="_updatedAt")
    open: bool | UnsetType = UNSET
    waitingResponse: bool | UnsetType = UNSET
    departmentId: str | UnsetType = UNSET
    departmentAncestors: list[str] | UnsetType = UNSET
    servedBy: ServedBy | UnsetType = UNSET
    speaker: Speaker | UnsetType = UNSET
    responseBy: ResponseBy | UnsetType = UNSET
    lastMessage: Message | UnsetType = UNSET
    metrics: Metrics | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    livechatData: dict[str, str] | UnsetType = UNSET
    callStatus: str | UnsetType = UNSET
    closedAt: str | UnsetType = UNSET
    closer: Literal["user", "visitor"] | UnsetType = UNSET
    closedBy: ClosedBy | UnsetType = UNSET
    closingMessage: Message | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    onHold: bool | UnsetType = UNSET
    onHoldSince: str | UnsetType = UNSET
    priorityId: str | UnsetType = UNSET
    slaId: str | UnsetType = UNSET
    surveyFeedback: dict[str, str] | UnsetType = UNSET
    transcriptRequest: TranscriptRequest | UnsetType = UNSET
    pdfTranscriptFileId: str | UnsetType = UNSET
    sms: RoomSms | UnsetType = UNSET
    email: RoomEmail | UnsetType = UNSET
    autoTransferredAt: str | UnsetType = UNSET


class OneRoom(msgspec.Struct, forbid_unknown_fields=True):
    room: Room


class OneChannel(msgspec.Struct, forbid_unknown_fields=True):
    channel: Room


class DepartmentOfRoom(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    name: str


class ListedRoom(Room, kw_only=True, forbid_unknown_fields=True):
    """A room; `department` stands here if it has one that still exists."""

    department: DepartmentOfRoom | UnsetType = UNSET


class ListedRooms(Listed, kw_only=True):
    rooms: list[ListedRoom]


class SourceFilter(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["widget", "email", "sms", "app", "api", "other"]


class SourceFilters(msgspec.Struct, forbid_unknown_fields=True):
    filters: list[SourceFilter]


class Participant(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class VisitorOfSubscription(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    token: str
    status: str


class Subscription(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """That a person takes part in a room. `unread` counts what others wrote since they read it
    last, at `ls`; `alert` says that there is something.
    """

    id: str = msgspec.field(name="_id")
    rid: str
    name: str
    fname: str
    alert: bool
    open: bool
    unread: int
    userMentions: int
    groupMentions: int
    u: Participant
    t: Literal["l"]
    desktopNotifications: str
    mobilePushNotifications: str
    emailNotifications: str
    v: VisitorOfSubscription
    ts: str
    updatedAt: str = msgspec.field(name="_updatedAt")
    department: str | UnsetType = UNSET
    onHold: bool | UnsetType = UNSET
    ls: str | UnsetType = UNSET


class Removed(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    deletedAt: str = msgspec.field(name="_deletedAt")


class ChangedRooms(msgspec.Struct, forbid_unknown_fields=True):
    """`remove` is filled for who says `updatedSince`."""

    update: list[Room]
    remove: list[Removed]


class ChangedSubscriptions(msgspec.Struct, forbid_unknown_fields=True):
    """`remove` is filled for who says `updatedSince`."""

    update: list[Subscription]
    remove: list[Removed]


class OneSubscription(msgspec.Struct, forbid_unknown_fields=True):
    """null where the caller takes no part in the room."""

    subscription: Subscription | None
