"""Who must be verified, and whose chats agents are not given (contract/management.md §3.3, §8).

`Livechat_Require_Contact_Verification`: `once` for each channel of a contact, or `always`, for each
chat. A chat's `verified` says whether it is so of this one.
"""

from collections.abc import Mapping
from typing import Any

from parley.accounts.roles import BOT
from parley.contacts.store import find_contact
from parley.db.documents import Doc, find
from parley.db.tx import Reader
from parley.errors import Coded

Settings = Mapping[str, Any]

REQUIRE = "Livechat_Require_Contact_Verification"
NO_UNKNOWN, NO_UNVERIFIED = "Livechat_Block_Unknown_Contacts", "Livechat_Block_Unverified_Contacts"
VERIFYING = "verifying"
UNKNOWN, UNVERIFIED = "error-unknown-contact", "error-unverified-contact"

# A bot may talk with anybody: somebody has to find out who they are.
_KNOWN = (
    "EXISTS (SELECT 1 FROM rooms k JOIN visitors v ON v.id = k.visitor_id"
    " JOIN contacts c ON c.id = v.contact_id WHERE k.id = i.room_id AND NOT c.unknown)"
)
_VERIFIED = (
    "EXISTS (SELECT 1 FROM rooms k WHERE k.id = i.room_id"
    " AND COALESCE(CAST(k.doc -> 'verified' AS text) = 'true', false))"
)


def each_time(settings: Settings) -> bool:
    return bool(settings[REQUIRE] == "always")


def must_verify(settings: Settings, room: Doc) -> bool:
    return settings[REQUIRE] != "never" and not room.get("verified")


async def kept_from_agents(q: Reader, settings: Settings, room: Doc) -> str:
    """Why agents are not given the chat: UNKNOWN or UNVERIFIED; empty where they are.

    No statement where the settings keep nobody.
    """
    if settings[NO_UNVERIFIED] and not room.get("verified"):
        return UNVERIFIED
    if settings[NO_UNKNOWN]:
        visitor = await q.value("SELECT contact_id FROM visitors WHERE id = $1", room["v"]["_id"])
        contact = await find_contact(q, visitor) if visitor else None
        if contact is None or contact.get("unknown"):
            return UNKNOWN
    return ""


async def refuse_kept(q: Reader, settings: Settings, room: Doc, agent_id: str) -> None:
    """Raises Coded, unless the agent is a bot."""
    why = await kept_from_agents(q, settings, room)
    if why and BOT not in ((await find(q, "users", agent_id)) or {}).get("roles", ()):
        raise Coded(why)


def given_to_agents(settings: Settings) -> str:
    """SQL predicate of the inquiries `i` whose chats agents are given."""
    tests = [_KNOWN] if settings[NO_UNKNOWN] else []
    tests += [_VERIFIED] if settings[NO_UNVERIFIED] else []
    return " AND ".join(tests) or "TRUE"
