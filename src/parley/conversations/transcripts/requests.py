"""Who is to get the conversation by mail, and when (contract/core.md §5.4, management.md §13)."""

import re
from collections.abc import Mapping
from typing import Any

from parley import mail
from parley.accounts.identify import Person
from parley.clock import now
from parley.conversations.schemas import TranscriptAtClose, TranscriptRequest
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.errors import Coded, Refused, Unsent
from parley.events import emit
from parley.ids import object_id
from parley.jobs import enqueue
from parley.rooms.store import find_room, save_room
from parley.rooms.visibility import may_see
from parley.visitors.store import by_token

Settings = Mapping[str, Any]

KIND = "transcript"
_ADDRESS = re.compile(r"[^\s@,;:<>()\"\\]+@[^\s@,;:<>()\"\\]+")
ROCKET_CAT = {"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat"}
"""Who does what nobody does, in the eyes of clients; there is no such person."""


async def ask_as_visitor(
    tx: Tx, token: str, room_id: str, email: str, subject: str, settings: Settings
) -> None:
    """Mails the conversation as it is. Raises Refused, or Unsent where it cannot be mailed."""
    room = await find_room(tx, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    visitor = await by_token(tx, token)
    if visitor is None or room["v"]["_id"] != visitor.id:
        raise Refused("error-invalid-visitor")
    if not mail.configured(settings) or not _is_address(email):
        # Better no promise than one that is not kept.
        raise Unsent("Error sending Omnichannel transcript")
    await _order(tx, room_id, email, subject, "visitor", ROCKET_CAT)


async def request_at_close(tx: Tx, person: Person, room_id: str, wanted: TranscriptAtClose) -> None:
    """Raises Coded."""
    room = await _open_room(tx, person, room_id)
    if room is None:
        raise Coded("error-invalid-room", "Invalid room")
    if "transcriptRequest" in room:
        raise Coded("error-transcript-already-requested", "Transcript already requested")
    room["transcriptRequest"] = await _request(tx, person, wanted.email, wanted.subject)
    await _save(tx, room)


async def cancel_request(tx: Tx, person: Person, room_id: str) -> None:
    """Raises Refused."""
    room = await _open_room(tx, person, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    if "transcriptRequest" not in room:
        raise Refused("error-transcript-not-requested")
    del room["transcriptRequest"]
    await _save(tx, room)


async def _open_room(tx: Tx, person: Person, room_id: str) -> Doc | None:
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not room.get("open") or not await may_see(tx, person, room_id):
        return None
    return room


async def _save(tx: Tx, room: Doc) -> None:
    await save_room(tx, room)
    await emit(tx, f"room:{room['_id']}", "room", {"_id": room["_id"]})


async def settle_request(tx: Tx, person: Person, room: Doc, asked: TranscriptRequest) -> None:
    """What whoever closes the room says of a transcript goes before what was asked earlier.

    Raises Refused where there is nobody to send it to.
    """
    if not asked.sendToVisitor:
        room.pop("transcriptRequest", None)
        return
    given = asked.requestData
    email = (given and given.email) or await _address_of_visitor(tx, room)
    if not email:
        raise Refused("error-transcript-not-available")
    subject = (given and given.subject) or ""
    room["transcriptRequest"] = await _request(tx, person, email, subject)


async def _request(tx: Tx, person: Person, email: str, subject: str) -> Doc:
    if not _is_address(email):
        raise Coded("error-invalid-email", "Invalid email")
    user = await find(tx, "users", person.user_id or "") or {}
    offset = {"utcOffset": user["utcOffset"]} if "utcOffset" in user else {}
    return {
        "requestedAt": now(),
        "requestedBy": person.ref | offset,
        "email": email.strip(),
        "subject": subject,
    }


async def order_at_close(tx: Tx, room: Doc, settings: Settings) -> bool:
    """Whether the conversation, which closes now, will be mailed to somebody."""
    asked = room.get("transcriptRequest")
    if asked is not None:
        by = {key: asked["requestedBy"][key] for key in ("_id", "username", "name")}
        await _order(tx, room["_id"], asked["email"], asked["subject"], "user", by)
        return True
    always = settings["Livechat_transcript_send_always"]
    if always and not settings["Livechat_enable_transcript"]:
        email = await _address_of_visitor(tx, room)
        if _is_address(email):
            await _order(tx, room["_id"], email, "", "user", ROCKET_CAT)
            return True
    return False


async def _order(
    tx: Tx, room_id: str, email: str, subject: str, kind: str, user: dict[str, str]
) -> None:
    # `mail` names the mail and the message that tells of it, so that a second attempt is known.
    doc = {"rid": room_id, "email": email.strip(), "subject": subject, "type": kind}
    await enqueue(tx, KIND, doc | {"user": user, "mail": object_id()}, about=room_id)


async def _address_of_visitor(tx: Tx, room: Doc) -> str:
    visitor = await find(tx, "visitors", room["v"]["_id"])
    emails = (visitor or {}).get("visitorEmails") or [{"address": ""}]
    return str(emails[0]["address"])


def _is_address(email: str) -> bool:
    return _ADDRESS.fullmatch(email.strip()) is not None
