"""A contact and its parts, key by key (contract/management.md §14.1)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class Email(msgspec.Struct, forbid_unknown_fields=True):
    address: str


class Phone(msgspec.Struct, forbid_unknown_fields=True):
    phoneNumber: str


class ChannelSource(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str | UnsetType = UNSET


class ChannelVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitorId: str
    source: ChannelSource


class Chat(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    ts: str


class Channel(msgspec.Struct, forbid_unknown_fields=True):
    """A device or a bridge that a visitor came by. Once it is verified, `value` says by which
    address or number, `field` of which kind."""

    name: str
    verified: bool
    blocked: bool
    visitor: ChannelVisitor
    details: dict[str, Any]
    lastChat: Chat | UnsetType = UNSET
    field: str | UnsetType = UNSET
    value: str | UnsetType = UNSET
    verifiedAt: str | UnsetType = UNSET


class Conflict(msgspec.Struct, forbid_unknown_fields=True):
    """`field` is `name`, `manager` or `customFields.<key>`; `value` what was offered."""

    field: str
    value: Any


class ContactFields(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str = msgspec.field(name="_id")
    name: str
    unknown: bool
    channels: list[Channel]
    createdAt: str
    updatedAt: str = msgspec.field(name="_updatedAt")
    emails: list[Email] | UnsetType = UNSET
    phones: list[Phone] | UnsetType = UNSET
    preRegistration: bool | UnsetType = UNSET
    customFields: dict[str, Any] | UnsetType = UNSET
    conflictingFields: list[Conflict] | UnsetType = UNSET
    lastChat: Chat | UnsetType = UNSET
    activity: list[str] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Contact(ContactFields, kw_only=True):
    """`contactManager` is the id of a person."""

    contactManager: str | UnsetType = UNSET


class Manager(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    name: str | None
    username: str


class ListedContact(ContactFields, kw_only=True):
    contactManager: Manager | UnsetType = UNSET


class ContactMade(msgspec.Struct, forbid_unknown_fields=True):
    contactId: str


class Limit(msgspec.Struct, forbid_unknown_fields=True):
    """`max` is -1: there is no limit. `value` is how many there are."""

    max: int
    value: int | UnsetType = UNSET


class Licence(msgspec.Struct, forbid_unknown_fields=True):
    activeModules: list[str]
    externalModules: list[str]
    preventedActions: dict[str, bool]
    limits: dict[str, Limit]
    tags: list[str]
    trial: bool


class OneLicence(msgspec.Struct, forbid_unknown_fields=True):
    license: Licence


class OneContact(msgspec.Struct, forbid_unknown_fields=True):
    contact: Contact


class Settled(msgspec.Struct, forbid_unknown_fields=True):
    result: Contact


class Contacts(Listed):
    contacts: list[ListedContact]


class Exists(msgspec.Struct, forbid_unknown_fields=True):
    exists: bool


class Channels(msgspec.Struct, forbid_unknown_fields=True):
    channels: list[Channel]


class Candidates(msgspec.Struct, forbid_unknown_fields=True):
    contacts: list[Contact]


class Merge(msgspec.Struct, forbid_unknown_fields=True):
    """`visitors` moved from the contact `taken` to the contact `kept`."""

    id: str = msgspec.field(name="_id")
    kept: str
    taken: str
    ts: str
    by: dict[str, str]
    visitors: list[str]
    updatedAt: str = msgspec.field(name="_updatedAt")
    undone: bool | UnsetType = UNSET
    undoneAt: str | UnsetType = UNSET


class Merged(msgspec.Struct, forbid_unknown_fields=True):
    contact: Contact
    merge: Merge


class Unmerged(msgspec.Struct, forbid_unknown_fields=True):
    contacts: list[Contact]


class Merges(msgspec.Struct, forbid_unknown_fields=True):
    merges: list[Merge]
