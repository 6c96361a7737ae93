"""What visitors.chatHistory answers with."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.rooms.answers import Room
from parley.web.paging import Listed


class NextPage(msgspec.Struct, forbid_unknown_fields=True):
    """`next` goes into the query's `cursor`; there is none on the last page."""

    next: str


class History(Listed, kw_only=True):
    history: list[Room]
    cursor: NextPage | UnsetType = UNSET
