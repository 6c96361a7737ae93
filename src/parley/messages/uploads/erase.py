"""Files go: out of sight in the act that says so, their bytes right after it, by a durable job.

One act would keep all writers waiting for as long as a file is big.
"""

from typing import Any

from parley.clock import now
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.jobs import enqueue
from parley.messages.uploads import store

JOB = "erase-files"
EXPIRED_AT_ONCE = 100


async def delete_uploads_of_room(tx: Tx, room_id: str) -> int:
    """For who deletes the room; the caller has locked it. How many files there were."""
    return await _erase(tx, await store.delete_of_room(tx, room_id))


async def delete_uploads_of_visitor(tx: Tx, visitor_id: str) -> int:
    """For who deletes the visitor's rooms; the caller has locked the visitor."""
    return await _erase(tx, await store.delete_of_visitor(tx, visitor_id))


async def delete_uploads_of_message(tx: Tx, message: Doc) -> int:
    """For who deletes the message; the caller has locked its room."""
    ids = [file["_id"] for file in message.get("files", [])]
    return await _erase(tx, await store.delete_some(tx, message["rid"], ids)) if ids else 0


async def delete_upload(tx: Tx, room_id: str, upload_id: str) -> int:
    """A file of the room that no message has; the caller has locked the room."""
    return await _erase(tx, await store.delete_some(tx, room_id, [upload_id]))


async def delete_expired_uploads(tx: Tx) -> int:
    """What a crash left half-way, and what nobody confirmed: a batch; how many."""
    return await _erase(tx, await store.delete_expired(tx, now(), EXPIRED_AT_ONCE))


async def drop_arriving(db: Database, upload: Doc) -> None:
    """A file that was cut off leaves nothing behind, nor does what was made of it; one that became
    whole meanwhile stays."""
    ids = [upload["_id"], *([upload["thumbnail"]["_id"]] if "thumbnail" in upload else [])]
    if await db.act(_drop, ids):
        await erase_files(db, {"ids": ids})


async def _drop(tx: Tx, ids: list[str]) -> int:
    return await _erase(tx, await store.delete_arriving(tx, ids))


async def _erase(tx: Tx, ids: list[str]) -> int:
    if ids:
        await enqueue(tx, JOB, {"ids": ids})
    return len(ids)


async def erase_files(db: Database, doc: dict[str, Any]) -> None:
    """The job: bytes of files that are gone, a batch of pieces at a time."""
    for upload_id in doc["ids"]:
        while await db.act(store.delete_chunks, upload_id):
            pass
