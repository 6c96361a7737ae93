"""Queries and bodies; the routes marked C speak Meteor's `check` (contract/core.md §4, §5)."""

from typing import Annotated, Any

import msgspec


class CustomFieldValue(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    value: str
    overwrite: bool


class VisitorFields(msgspec.Struct):
    """Open: other keys are allowed and ignored."""

    token: str
    name: str | None = None
    email: str | None = None
    department: str | None = None
    phone: str | None = None
    username: str | None = None
    id: str | None = None
    customFields: list[CustomFieldValue] | None = None


class RegisterVisitor(msgspec.Struct, forbid_unknown_fields=True):
    visitor: VisitorFields


class OpenRoom(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/room."""

    token: str
    rid: str | None = None
    agentId: str | None = None


class CloseByVisitor(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    rid: str


class TranscriptRequest(msgspec.Struct, forbid_unknown_fields=True):
    sendToVisitor: bool
    requestData: dict[str, Any] | None = None


class CloseByUser(msgspec.Struct, forbid_unknown_fields=True):
    rid: str
    comment: Annotated[str, msgspec.Meta(max_length=5000)] | None = None
    tags: list[str] | None = None
    generateTranscriptPdf: bool | None = None
    transcriptEmail: TranscriptRequest | None = None
    forceClose: bool | None = None


class GiveRole(msgspec.Struct, forbid_unknown_fields=True):
    username: str
