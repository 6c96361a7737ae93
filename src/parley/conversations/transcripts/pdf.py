"""A closed conversation as a PDF, made by a job and kept as a file of its room."""

from typing import Any

from parley.accounts.identify import Person
from parley.clock import now, parse
from parley.conversations.transcripts.mailing import offset_of
from parley.conversations.transcripts.printing import print_pdf
from parley.conversations.transcripts.reading import read_transcript
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.errors import Refused
from parley.events import emit
from parley.ids import random_id
from parley.jobs import GiveUp, amend, enqueue, waiting_about
from parley.messages.change import PDF
from parley.messages.store import changed_since
from parley.messages.uploads.erase import delete_upload, drop_arriving
from parley.messages.uploads.names import clean_name
from parley.messages.uploads.pieces import put_bytes
from parley.messages.uploads.store import ARRIVING, WHOLE, save_upload
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, save_room
from parley.rooms.visibility import may_see

KIND = "transcript-pdf"
PERMISSION = "request-pdf-transcript"
TYPE = "application/pdf"


class Changed(Exception):
    """Somebody changed or deleted a message meanwhile: what was printed is not the conversation."""


async def request_pdf(tx: Tx, person: Person, room_id: str) -> None:
    """Raises Refused."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None or not await may_see(tx, person, room_id):
        raise Refused("error-invalid-room")
    if room.get("open"):
        raise Refused("error-room-not-closed")
    await order_pdf(tx, room_id, person.user_id or "")


async def order_pdf(tx: Tx, room_id: str, user_id: str) -> None:
    """The caller has locked the room. One that is being made already is for this person too."""
    waiting = await waiting_about(tx, KIND, room_id)
    if waiting is None:
        await enqueue(tx, KIND, {"rid": room_id, "for": [user_id]}, about=room_id)
        return
    job_id, doc = waiting
    await amend(tx, job_id, doc | {"for": list(dict.fromkeys([*doc["for"], user_id]))})


async def make_pdf(db: Database, doc: dict[str, Any]) -> None:
    """The job. Whoever asked is told, also of a failure for good."""
    try:
        await _make(db, doc)
    except GiveUp as reason:
        await db.act(_tell_failed, doc, str(reason))
        raise


async def _make(db: Database, doc: dict[str, Any]) -> None:
    room, at = await db.act(_begin, doc["rid"])
    settings = await db.read(current_settings)
    offset = await db.read(offset_of, doc["for"][0])
    transcript = await read_transcript(db, room, settings, offset)
    data = await print_pdf(db, transcript)
    day = parse(room["ts"]).strftime("%Y-%m-%d")
    upload: Doc = {
        "_id": random_id(),
        "rid": room["_id"],
        "name": clean_name(f"Transcript {day} {transcript.visitor}.pdf"),
        "type": TYPE,
        "state": ARRIVING,
        "u": {"_id": "rocket.cat", "username": "rocket.cat"},
        "uploadedAt": now(),
    }
    try:
        await put_bytes(db, upload, data)
        await db.act(_keep, upload | {"size": len(data)}, at)
    except BaseException:
        await drop_arriving(db, upload)
        raise


async def _begin(tx: Tx, room_id: str) -> tuple[Doc, str]:
    """The room, and a moment: what was changed before it is seen from now on."""
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        raise GiveUp("the conversation is gone")
    return room, now()


async def _keep(tx: Tx, upload: Doc, since: str) -> None:
    """From now on it is a file of the room, in the place of one that was made before."""
    room_id = upload["rid"]
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        raise GiveUp("the conversation is gone")
    if await changed_since(tx, room_id, since):
        raise Changed
    upload |= {"state": WHOLE, "_updatedAt": now()}
    if not await save_upload(tx, upload, None):
        raise Changed
    if before := room.get(PDF):
        await delete_upload(tx, room_id, before)
    room[PDF] = upload["_id"]
    await save_room(tx, room)
    await emit(tx, f"room:{room_id}", "room", {"_id": room_id})
    # Whoever asked while it was printed stands in the job, and not in what this attempt was given.
    _, doc = await waiting_about(tx, KIND, room_id) or ("", {"for": []})
    for user_id in doc["for"]:
        told = {"rid": room_id, "state": "done", "fileId": upload["_id"]}
        await emit(tx, f"user:{user_id}", "transcript", told)


async def _tell_failed(tx: Tx, doc: Doc, reason: str) -> None:
    _, newest = await waiting_about(tx, KIND, doc["rid"]) or ("", doc)
    for user_id in newest["for"]:
        told = {"rid": doc["rid"], "state": "failed", "error": reason}
        await emit(tx, f"user:{user_id}", "transcript", told)
