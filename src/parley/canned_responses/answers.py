"""What the routes of canned responses answer with (contract/management.md §15)."""

import msgspec
from msgspec import UNSET, UnsetType

from parley.canned_responses.schemas import Scope
from parley.web.paging import Listed


class Creator(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str


class CannedResponse(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`text` is as it was saved: what stands in braces, such as `{{agent.name}}`, the client puts
    values for. `userId` is whose own it is, `departmentId` whose it is else.
    """

    id: str = msgspec.field(name="_id")
    shortcut: str
    text: str
    scope: Scope
    tags: list[str]
    createdBy: Creator
    createdAt: str = msgspec.field(name="_createdAt")
    updatedAt: str = msgspec.field(name="_updatedAt")
    userId: str | UnsetType = UNSET
    departmentId: str | UnsetType = UNSET


class CannedResponses(Listed):
    cannedResponses: list[CannedResponse]


class UsableResponses(msgspec.Struct, forbid_unknown_fields=True):
    responses: list[CannedResponse]


class OneResponse(msgspec.Struct, forbid_unknown_fields=True):
    cannedResponse: CannedResponse
