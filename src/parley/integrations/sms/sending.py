"""The job that sends what an agent wrote, in parts where it is too long for one."""

from typing import Any

from parley.db import Database, Reader, Tx
from parley.db.documents import Doc, find
from parley.integrations.sms.media import sendable
from parley.integrations.sms.providers import SERVICES
from parley.integrations.sms.service import Outgoing, Settings
from parley.jobs import GiveUp, enqueue
from parley.messages.delivery import SMS, files_of
from parley.messages.uploads.links import signed_link
from parley.preferences.service import current_settings
from parley.rooms.store import find_room


async def send_message(db: Database, job: dict[str, Any]) -> None:
    """`{_id}` of the message and `part`, from 0. Raises GiveUp or NotAsked."""
    settings = await db.read(current_settings)
    service = SERVICES.get(settings["SMS_Service"])
    if not settings["SMS_Enabled"] or service is None:
        raise GiveUp("SMS is switched off")
    message, room, phone = await db.read(_found, job["_id"])
    parts = split(message["msg"], service.longest) or [""]
    part: int = job.get("part", 0)
    media, left_out = _media(message, settings) if part == 0 else ([], False)
    body = parts[min(part, len(parts) - 1)]
    if body or media:
        await service.send(settings, Outgoing(room["sms"]["from"], phone, body, media))
    if part + 1 < len(parts):
        await db.act(_next_part, job["_id"], part + 1)
    if left_out:
        raise GiveUp("a file was left out: its type or size, or Site_Url, does not allow it")


async def _found(q: Reader, message_id: str) -> tuple[Doc, Doc, str]:
    message = await find(q, "messages", message_id)
    room = await find_room(q, message["rid"]) if message else None
    if message is None or room is None or message.get("_hidden") or message.get("t"):
        raise GiveUp("the message is gone")
    visitor = await find(q, "visitors", room["v"]["_id"])
    phones = (visitor or {}).get("phone") or []
    if not phones:
        raise GiveUp("the visitor has no phone number")
    return message, room, phones[0]["phoneNumber"]


def split(text: str, longest: int) -> list[str]:
    """At spaces where there are any near the end of a part."""
    parts = []
    rest = text.strip()
    while len(rest) > longest:
        at = max(rest.rfind(" ", longest // 2, longest), rest.rfind("\n", longest // 2, longest))
        at = at if at > 0 else longest
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def _media(message: Doc, settings: Settings) -> tuple[list[str], bool]:
    """(links for the provider, whether a file has none)."""
    files, site = files_of(message), str(settings["Site_Url"] or "").rstrip("/")
    fit = [f for f in files if site and sendable(f["type"], f["size"], settings)]
    return [site + signed_link(f["_id"], f["name"]) for f in fit], len(fit) < len(files)


async def _next_part(tx: Tx, message_id: str, part: int) -> None:
    # Its key: the part before may be sent again by an attempt that died.
    doc = {"_id": message_id, "part": part}
    await enqueue(tx, SMS, doc, key=f"{SMS}:{message_id}:{part}")
