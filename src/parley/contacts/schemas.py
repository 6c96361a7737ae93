"""Queries and bodies (contract/management.md §14.2)."""

from typing import Annotated, Any

import msgspec

from parley.web.paging import Paged

Text = Annotated[str, msgspec.Meta(max_length=255)]
Texts = Annotated[list[Text], msgspec.Meta(max_length=100)]
ContactId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    emails: Texts
    phones: Texts
    customFields: dict[str, Any] | None = None
    contactManager: Text | None = None


class UpdateContact(msgspec.Struct, forbid_unknown_fields=True):
    """What is null or missing stays; an empty `contactManager` is nobody."""

    contactId: ContactId
    name: Text | None = None
    emails: Texts | None = None
    phones: Texts | None = None
    customFields: dict[str, Any] | None = None
    contactManager: Text | None = None
    wipeConflicts: bool | None = None


class WhichLicence(msgspec.Struct, forbid_unknown_fields=True):
    """`loadValues` is accepted: who may see the values is always told them."""

    loadValues: bool | None = None


class SettleConflicts(msgspec.Struct, forbid_unknown_fields=True):
    contactId: ContactId
    name: Text | None = None
    contactManager: Text | None = None
    customFields: dict[str, Any] | None = None
    wipeConflicts: bool | None = None


class WhichContact(msgspec.Struct, forbid_unknown_fields=True):
    contactId: ContactId


class DeleteContact(msgspec.Struct, forbid_unknown_fields=True):
    contactId: ContactId


class SourceOfChannel(msgspec.Struct, forbid_unknown_fields=True):
    type: Text
    id: Text | None = None


class VisitorOfChannel(msgspec.Struct, forbid_unknown_fields=True):
    visitorId: ContactId
    source: SourceOfChannel


class WhichChannel(msgspec.Struct, forbid_unknown_fields=True):
    """A channel as the contact has it (`channels[].visitor`)."""

    visitor: VisitorOfChannel


class VerifyChannel(msgspec.Struct, forbid_unknown_fields=True):
    """`field` (`email`, `phone`) and `value` say by what it was found out, where both are given."""

    visitor: VisitorOfChannel
    field: Text | None = None
    value: Text | None = None


class SearchContacts(Paged):
    searchText: str | None = None
    unknown: bool = False


class ContactExists(msgspec.Struct, forbid_unknown_fields=True):
    """Exactly one of the three."""

    contactId: ContactId | None = None
    email: Text | None = None
    phone: Text | None = None


class MergeContacts(msgspec.Struct, forbid_unknown_fields=True):
    """`otherId` is merged into `contactId`."""

    contactId: ContactId
    otherId: ContactId


class UnmergeContacts(msgspec.Struct, forbid_unknown_fields=True):
    mergeId: ContactId
