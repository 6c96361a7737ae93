"""A file's bytes in and out of the database, a piece at a time."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from parley.clock import later, now
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.errors import Coded, Refused
from parley.messages.uploads import store
from parley.messages.uploads.store import CHUNK

SILENT_HOURS = 1
"""So long after its last piece a file that arrives is given up."""
DAILY = "Livechat_fileupload_daily_megabytes"
MEGABYTE = 1_000_000


class Allowance(NamedTuple):
    """What somebody may store in a day, all their files together; negative for no limit."""

    author_id: str
    megabytes: int


def allowance_of(visitor: Doc, settings: Mapping[str, Any]) -> Allowance:
    return Allowance(visitor["_id"], settings[DAILY])


async def put_piece(
    tx: Tx, upload: Doc, n: int, piece: bytes, allowance: Allowance | None = None
) -> None:
    """Raises Refused for a file that is gone, Coded for one too many."""
    until = later(now(), hours=SILENT_HOURS)
    if allowance is not None and allowance.megabytes >= 0:
        since = later(now(), days=-1)
        stored = await store.bytes_since(tx, allowance.author_id, since)
        if stored + len(piece) > allowance.megabytes * MEGABYTE:
            raise used_up(allowance)
    if n == 0:
        await store.insert_upload(tx, upload, until)
    if not await store.insert_chunk(tx, upload["_id"], n, piece, until):
        # The room was deleted meanwhile, or hours went by.
        raise Refused("Invalid file")


def used_up(allowance: Allowance) -> Coded:
    text = f"You have sent files of {allowance.megabytes} MB within a day, which is the most"
    return Coded("error-file-upload-limit-reached", text)


async def put_bytes(db: Database, upload: Doc, data: bytes) -> None:
    """A file of ours, as one that arrives: until it is made `whole` it is nobody's."""
    for n, start in enumerate(range(0, len(data), CHUNK)):
        await db.act(put_piece, upload, n, data[start : start + CHUNK])


async def read_bytes(db: Database, upload_id: str, start: int, end: int) -> AsyncIterator[bytes]:
    """A piece at a time. Ends early when the file is deleted."""
    for n in range(start // CHUNK, -(-end // CHUNK)):
        piece = await db.scan(store.find_chunk, upload_id, n)
        if piece is None:
            return
        first = n * CHUNK
        yield piece[max(0, start - first) : end - first]
