"""What the visitor routes answer with, and how others name a visitor (contract/core.md §4)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class VisitorEmail(msgspec.Struct, forbid_unknown_fields=True):
    address: str


class VisitorPhone(msgspec.Struct, forbid_unknown_fields=True):
    phoneNumber: str


class LastChat(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    ts: str


class VisitorSeen(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A visitor as persons see them. `userAgent`, `ip` and `host` are kept if a setting says so;
    `livechatData` holds the values of custom fields.
    """

    id: str = msgspec.field(name="_id")
    username: str
    status: str
    ts: str
    updatedAt: str = msgspec.field(name="_updatedAt")
    name: str | UnsetType = UNSET
    visitorEmails: list[VisitorEmail] | UnsetType = UNSET
    phone: list[VisitorPhone] | UnsetType = UNSET
    department: str | UnsetType = UNSET
    lastChat: LastChat | UnsetType = UNSET
    userAgent: str | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    host: str | UnsetType = UNSET
    livechatData: dict[str, str] | UnsetType = UNSET


class Visitor(VisitorSeen, forbid_unknown_fields=True, kw_only=True):
    """`token` is the visitor's credential in answers to the visitor, and a handle that opens
    nothing everywhere else.
    """

    token: str


class OneVisitorSeen(msgspec.Struct, forbid_unknown_fields=True):
    visitor: VisitorSeen


class VisitorFound(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    username: str
    name: str | UnsetType = UNSET
    phone: list[VisitorPhone] | UnsetType = UNSET
    livechatData: dict[str, str] | UnsetType = UNSET
    visitorEmails: list[VisitorEmail] | UnsetType = UNSET
    lastChat: LastChat | UnsetType = UNSET


class VisitorsFound(Listed, kw_only=True):
    """`partial` stands here, true, where there may be more than `total`: the search went through
    the newest visitors, and stopped there.
    """

    visitors: list[VisitorFound]
    partial: bool | UnsetType = UNSET


class Suggestion(msgspec.Struct, forbid_unknown_fields=True):
    """`custom_name` is the username and the name in one."""

    id: str = msgspec.field(name="_id")
    username: str
    name: str
    custom_name: str


class Suggestions(msgspec.Struct, forbid_unknown_fields=True):
    items: list[Suggestion]


class OneVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitor: Visitor


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
