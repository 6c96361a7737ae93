import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class SmtpOfInbox(msgspec.Struct, forbid_unknown_fields=True):
    """A password that is set is shown as `********`; sent back, it changes nothing."""

    server: str
    port: int
    username: str
    password: str
    secure: bool


class ImapOfInbox(msgspec.Struct, forbid_unknown_fields=True):
    """The same."""

    server: str
    port: int
    username: str
    password: str
    secure: bool
    maxRetries: int


class CreatedBy(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class Fetch(msgspec.Struct, forbid_unknown_fields=True):
    """How the last look into the mailbox ended; `failures` in a row, until one succeeds."""

    at: str
    failures: int
    error: str | UnsetType = UNSET


class Inbox(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`fetch` (ours) stands here once the mailbox was looked into."""

    id: str = msgspec.field(name="_id")
    name: str
    email: str
    active: bool
    smtp: SmtpOfInbox
    imap: ImapOfInbox
    createdAt: str = msgspec.field(name="_createdAt")
    createdBy: CreatedBy = msgspec.field(name="_createdBy")
    updatedAt: str = msgspec.field(name="_updatedAt")
    description: str | UnsetType = UNSET
    senderInfo: str | UnsetType = UNSET
    department: str | UnsetType = UNSET
    fetch: Fetch | UnsetType = UNSET


class Inboxes(Listed, kw_only=True):
    emailInboxes: list[Inbox]


class OneInbox(msgspec.Struct, forbid_unknown_fields=True):
    emailInbox: Inbox | None


class InboxId(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")


class SmtpCheck(msgspec.Struct, forbid_unknown_fields=True):
    isSMTPConfigured: bool
