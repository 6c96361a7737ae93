from typing import Annotated, Any

import msgspec

from parley.web.paging import Paged

Term = Annotated[str, msgspec.Meta(max_length=255)]


class WhichVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitorId: str


class SearchVisitors(Paged, kw_only=True):
    """`term` is an e-mail address or phone number, or a part of a name; empty for everybody."""

    term: Term


class Suggest(msgspec.Struct, forbid_unknown_fields=True):
    """`selector` is JSON: `{"term": "ma", "exceptions": ["id"]}`."""

    selector: str


class Selector(msgspec.Struct):
    """What `selector` holds. `conditions` is accepted; whoever asks may see every visitor."""

    term: str = ""
    exceptions: list[str] = []
    conditions: dict[str, Any] | None = None
