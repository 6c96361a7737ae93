"""A contact's channels: a device or a bridge by which one of their visitors comes
(contract/management.md §14.1).

A blocked channel blocks its visitor, whatever they call the next one: a page says by a cookie
whether it is the widget or another client, so whoever is blocked could just say something else.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.contacts.store import find_contact
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.errors import Refused

BLOCKED = "error-contact-channel-blocked"


class Blocked(Refused):
    """400 `error-contact-channel-blocked`."""

    def __init__(self) -> None:
        super().__init__(BLOCKED)


class Which(NamedTuple):
    """`source_id` is empty where the caller does not say which mailbox or bridge."""

    visitor_id: str
    source_type: str
    source_id: str = ""


def channel_of(contact: Doc, which: Which) -> Doc | None:
    for channel in contact.get("channels") or []:
        visitor: Mapping[str, Any] = channel["visitor"]
        source = visitor["source"]
        if visitor["visitorId"] != which.visitor_id or source["type"] != which.source_type:
            continue
        if which.source_id in ("", source.get("id", which.source_id)):
            found: Doc = channel
            return found
    return None


def is_blocked(contact: Doc, visitor_id: str) -> bool:
    return any(
        channel["blocked"]
        for channel in contact.get("channels") or []
        if channel["visitor"]["visitorId"] == visitor_id
    )


async def refuse_blocked(q: Reader, contact_id: str, visitor_id: str) -> None:
    """Raises Blocked."""
    contact = await find_contact(q, contact_id)
    if contact is not None and is_blocked(contact, visitor_id):
        raise Blocked
