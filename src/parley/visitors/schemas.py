"""Queries and bodies of visitors and of custom fields; `CustomFieldValue` is what visitors send."""

from typing import Annotated, Any, Literal

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


Text = Annotated[str, msgspec.Meta(max_length=255)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-zA-Z_-]+$", max_length=64)]


class CustomFieldValue(msgspec.Struct, forbid_unknown_fields=True):
    """`overwrite` false keeps a value that is there."""

    key: str
    value: str
    overwrite: bool


class FieldData(msgspec.Struct, forbid_unknown_fields=True):
    """`field` is the key. `options` are those of a select, with commas; `regexp` is JavaScript's;
    `public` fields are handed to the widget.
    """

    field: Key
    label: Text
    scope: Literal["visitor", "room"]
    visibility: Literal["visible", "hidden"]
    type: Literal["input", "select"] | None = None
    regexp: Text | None = None
    required: bool | None = None
    defaultValue: Text | None = None
    options: Annotated[str, msgspec.Meta(max_length=5000)] | None = None
    public: bool | None = None
    searchable: bool | None = None


class SaveField(msgspec.Struct, forbid_unknown_fields=True):
    """With `customFieldId` the field with this key is changed."""

    customFieldData: FieldData
    customFieldId: str | None = None


class DeleteField(msgspec.Struct, forbid_unknown_fields=True):
    customFieldId: str


class ListFields(Paged):
    """`text` is looked for in labels and keys."""

    text: str | None = None
