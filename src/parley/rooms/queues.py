"""Telling those who look at a queue that it changed."""

from parley.db import Tx
from parley.db.documents import Doc
from parley.events import emit


async def tell_queues(tx: Tx, inquiry: Doc, *departments: str | None) -> None:
    """The inquiry entered or left the queues of these departments (None: the public one)."""
    for department in dict.fromkeys(departments):
        stream = f"queue:{department or 'public'}"
        await emit(tx, stream, "inquiry", {"_id": inquiry["_id"]})
        await emit(tx, stream, "queue-position", {"_id": inquiry["_id"]})


async def tell_gone(tx: Tx, inquiry: Doc, room: Doc) -> None:
    """The room is closed, or gone, and its inquiry with it."""
    stream = f"queue:{room.get('departmentId') or 'public'}"
    await emit(tx, stream, "inquiry", {"_id": inquiry["_id"], "rid": room["_id"]})
    if inquiry["status"] == "queued":
        await emit(tx, stream, "queue-position", {"_id": inquiry["_id"]})


async def tell_shown(tx: Tx, inquiry: Doc) -> None:
    """Something of the inquiry changed: who looks at its queue need not see its room's events."""
    if inquiry["status"] in ("queued", "ready"):
        stream = f"queue:{inquiry.get('department') or 'public'}"
        await emit(tx, stream, "inquiry", {"_id": inquiry["_id"], "moved": True})


async def tell_place(tx: Tx, inquiry: Doc) -> None:
    """The inquiry stands elsewhere in its queue, if it is in one."""
    await tell_shown(tx, inquiry)
    if inquiry["status"] == "queued":
        stream = f"queue:{inquiry.get('department') or 'public'}"
        await emit(tx, stream, "queue-position", {"_id": inquiry["_id"]})
