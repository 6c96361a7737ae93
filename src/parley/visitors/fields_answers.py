"""What the routes of custom fields answer with (contract/management.md §7)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class SavedField(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A custom field; `_id` is its key, and is not told again when it was changed."""

    label: str
    scope: Literal["visitor", "room"]
    visibility: Literal["visible", "hidden"]
    updatedAt: str = msgspec.field(name="_updatedAt")
    type: Literal["input", "select"] | UnsetType = UNSET
    regexp: str | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    defaultValue: str | UnsetType = UNSET
    options: str | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    searchable: bool | UnsetType = UNSET
    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)


class CustomField(SavedField, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")


class CustomFields(Listed):
    customFields: list[CustomField]


class OneField(msgspec.Struct, forbid_unknown_fields=True):
    """null where there is none with this key."""

    customField: CustomField | None


class FieldSaved(msgspec.Struct, forbid_unknown_fields=True):
    customField: SavedField
