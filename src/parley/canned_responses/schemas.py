from typing import Annotated, Literal

import msgspec

from parley.web.paging import Paged

Scope = Literal["global", "department", "user"]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class ListResponses(Paged):
    """Query of GET canned-responses. `text` stands in the text or in the shortcut; any of `tags`;
    `createdBy` is a person's id.
    """

    scope: Scope | None = None
    departmentId: str | None = None
    text: str | None = None
    shortcut: str | None = None
    tags: Annotated[list[str], msgspec.Meta(max_length=100)] | None = None
    createdBy: str | None = None


class SaveResponse(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST canned-responses; with `_id` the one that has it is changed. Tags that are not
    sent stay. `departmentId` is of the scope `department`, which cannot do without.
    """

    shortcut: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]
    scope: Scope
    id: str | None = msgspec.field(name="_id", default=None)
    departmentId: str | None = None
    tags: Annotated[list[Tag], msgspec.Meta(max_length=100)] | None = None


class RemoveResponse(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
