from typing import Annotated

import msgspec

LONGEST_BODY = 100_000

Line = Annotated[str, msgspec.Meta(max_length=255)]


class SendMailing(msgspec.Struct, forbid_unknown_fields=True):
    """`body` is a text, or HTML, with `[unsubscribe]` in it; there and in `subject` `[name]`,
    `[fname]`, `[lname]` and `[email]` are the reader's. `query` is JSON (selector.py). With
    `dryrun` one mail goes, to `from`."""

    sender: Line = msgspec.field(name="from")
    subject: Line
    body: Annotated[str, msgspec.Meta(max_length=LONGEST_BODY)]
    dryrun: bool | None = None
    query: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    """The two parts of the link in the mail."""

    id: str = msgspec.field(name="_id")
    createdAt: str
