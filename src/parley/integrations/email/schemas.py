from typing import Annotated

import msgspec

from parley.web.paging import Paged

Text = Annotated[str, msgspec.Meta(max_length=255)]
Needed = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Retries = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Smtp(msgspec.Struct, forbid_unknown_fields=True):
    """`secure`: TLS from the start; else where the server offers it. No username: no login."""

    server: Needed
    port: Port
    username: Text
    password: Text
    secure: bool


class Imap(msgspec.Struct, forbid_unknown_fields=True):
    """`maxRetries`: after so many failures in a row the mailbox is looked at hourly only."""

    server: Needed
    port: Port
    username: Text
    password: Text
    secure: bool
    maxRetries: Retries = 5


class SaveInbox(msgspec.Struct, forbid_unknown_fields=True):
    """With an `_id` the one that has it is changed. `department` `All`, or none: no department."""

    name: Needed
    email: Needed
    active: bool
    smtp: Smtp
    imap: Imap
    id: Text | None = msgspec.field(name="_id", default=None)
    description: Text | None = None
    senderInfo: Text | None = None
    department: Text | None = None


class ListInboxes(Paged):
    pass


class SearchInbox(msgspec.Struct, forbid_unknown_fields=True):
    email: str
