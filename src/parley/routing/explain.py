"""Why a chat went where it went, or why it waits: what was decided, and how things stand now."""

from parley.accounts.identify import Person
from parley.db import Reader
from parley.db.documents import Doc
from parley.errors import Refused
from parley.preferences.routing_method import routing_method
from parley.rooms.speaker import wants_human
from parley.rooms.store import find_room, inquiry_of
from parley.rooms.visibility import may_see
from parley.routing.census import census
from parley.routing.decisions import decisions_of
from parley.routing.reasons import in_words


async def explain(q: Reader, person: Person, room_id: str) -> Doc:
    """Raises Refused `error-invalid-room` or `error-not-allowed`."""
    room = await find_room(q, room_id)
    if room is None:
        raise Refused("error-invalid-room")
    if not await may_see(q, person, room_id):
        raise Refused("error-not-allowed")
    decisions = await decisions_of(q, room_id)
    for decision in decisions:
        decision["text"] = in_words(decision["code"])
    told: Doc = {"roomId": room_id, "state": _state(room), "decisions": decisions}
    for key, name in (("departmentId", "departmentId"), ("servedBy", "servedBy")):
        if key in room:
            told[name] = room[key]
    if told["state"] == "waiting":
        told["waiting"] = await _waiting(q, person, room)
    code, text = _summary(told)
    return told | {"code": code, "text": text}


def _state(room: Doc) -> str:
    if not room.get("open"):
        return "closed"
    return "served" if "servedBy" in room else "waiting"


async def _waiting(q: Reader, person: Person, room: Doc) -> Doc:
    """How things stand now; what was decided may be long ago."""
    humans = wants_human(room)
    found = await census(q, person.settings, room.get("departmentId"), humans=humans)
    inquiry = await inquiry_of(q, room["_id"]) or {}
    method = routing_method(person.settings)
    now = "by-hand" if not method.auto_assign else found.why_nobody() if not found.free else ""
    waiting: Doc = {"since": inquiry.get("queuedAt") or room["ts"], "agents": found.shown()}
    if "status" in inquiry:
        waiting["status"] = inquiry["status"]
    if "defaultAgent" in inquiry:
        waiting["waitsFor"] = inquiry["defaultAgent"]
    return waiting | ({"code": now, "text": in_words(now)} if now else {})


def _summary(told: Doc) -> tuple[str, str]:
    last = told["decisions"][-1] if told["decisions"] else None
    if last is None:
        return "not-noted", "Nothing was noted: the chat is older than the log of decisions."
    code, why = last["code"], last["text"]
    match told["state"]:
        case "waiting":
            now = told["waiting"]
            return now.get("code", code), f"The chat waits. {now.get('text', why)}"
        case "served" if last["outcome"] == "assigned":
            return code, f"{told['servedBy']['username']} serves the chat. {why}"
        case "served":
            return "taken", f"{told['servedBy']['username']} took the chat from the queue."
        case _:
            return code, f"The chat is closed. {why}"
