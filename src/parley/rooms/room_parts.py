"""Parts of a room that turns, channels, speakers and transcripts add (contract/core.md §3.2)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class ResponseBy(msgspec.Struct, forbid_unknown_fields=True):
    """Who answered the visitor since they last wrote."""

    id: str = msgspec.field(name="_id")
    username: str
    firstResponseTs: str
    lastMessageTs: str


class LastQuestion(msgspec.Struct, forbid_unknown_fields=True):
    lq: str | UnsetType = UNSET


class LastAnswer(msgspec.Struct, forbid_unknown_fields=True):
    lr: str | UnsetType = UNSET


class ResponseTimes(msgspec.Struct, forbid_unknown_fields=True):
    """In seconds: `tt` in all, `avg` each, `ft` the first, at `fd`."""

    total: int
    tt: float
    avg: float
    fd: str | UnsetType = UNSET
    ft: float | UnsetType = UNSET


class ReactionTimes(msgspec.Struct, forbid_unknown_fields=True):
    """In seconds since the room was taken: `tt` in all, `ft` the first, at `fd`."""

    tt: float
    fd: str | UnsetType = UNSET
    ft: float | UnsetType = UNSET


class Metrics(msgspec.Struct, forbid_unknown_fields=True):
    """How long turns took. Durations are seconds; `visitorInactivity` is whole ones."""

    v: LastQuestion | UnsetType = UNSET
    servedBy: LastAnswer | UnsetType = UNSET
    response: ResponseTimes | UnsetType = UNSET
    reaction: ReactionTimes | UnsetType = UNSET
    chatDuration: float | UnsetType = UNSET
    serviceTimeDuration: float | UnsetType = UNSET
    visitorInactivity: int | UnsetType = UNSET


class RequestedBy(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    name: str | UnsetType = UNSET
    utcOffset: float | UnsetType = UNSET


class TranscriptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Whereto the conversation is mailed when it closes, and who asked for it."""

    requestedAt: str
    requestedBy: RequestedBy
    email: str
    subject: str


class RoomSms(msgspec.Struct, forbid_unknown_fields=True):
    """`from`: the office's number. `department`: whereto the number's messages go."""

    number: str = msgspec.field(name="from")
    department: str | UnsetType = UNSET


class RoomEmail(msgspec.Struct, forbid_unknown_fields=True):
    """`inbox`: the office's address; `thread`: Message-IDs, the first and the newest ones."""

    inbox: str
    thread: list[str]
    replyTo: str
    subject: str


class FormerBot(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class Speaker(msgspec.Struct, forbid_unknown_fields=True):
    """Who has the word, since when. `number` is raised whenever it passes to another. `bot`: which
    bot had it last; `formerBots`: ids of others that had it; `handedOver`: a bot asked for a human,
    and routing gives the chat to no bot.
    """

    kind: Literal["bot", "human", "queue"]
    number: int
    since: str
    userId: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    bot: FormerBot | UnsetType = UNSET
    formerBots: list[str] | UnsetType = UNSET
    handedOver: bool | UnsetType = UNSET
