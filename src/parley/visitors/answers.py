"""What the visitor routes answer with, and how others name a visitor (contract/core.md §4)."""

import msgspec
from msgspec import UNSET, UnsetType


class VisitorEmail(msgspec.Struct, forbid_unknown_fields=True):
    address: str


class VisitorPhone(msgspec.Struct, forbid_unknown_fields=True):
    phoneNumber: str


class LastChat(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    ts: str


class Visitor(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A visitor. `token` is the visitor's credential in answers to the visitor, and a handle that
    opens nothing everywhere else. `userAgent`, `ip` and `host` are kept if a setting says so.
    """

    id: str = msgspec.field(name="_id")
    username: str
    token: str
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


class OneVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitor: Visitor
