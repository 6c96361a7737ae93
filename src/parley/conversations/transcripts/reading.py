"""Reading a conversation for its transcript: a page at a time, no more than a mail can carry."""

from collections.abc import Mapping
from typing import Any

from parley.conversations.transcripts.content import (
    NEVER_SHOWN,
    Attached,
    Entry,
    Picture,
    Showing,
    Transcript,
    entry_of,
    transcript_of,
)
from parley.db import Database
from parley.db.documents import Doc
from parley.messages.store import Place, page_back
from parley.messages.uploads.pieces import read_bytes
from parley.messages.uploads.store import find_upload
from parley.preferences.reporting_zone import reporting_zone

MOST_MESSAGES = 5000
MOST_CHARACTERS = 400_000
"""Of all that is said. What is older than that, or than so many messages, is left out."""
PAGE = 100
"""Messages read at once: in memory is one page, and what was kept of those before."""

MOST_PICTURES = 50
LARGEST_PICTURE = 300_000
MOST_BYTES = 3_000_000
"""Of all pictures: a mail of them, and of all that can be said, stays under 10 MB."""
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


async def read_transcript(
    db: Database, room: Doc, settings: Mapping[str, Any], offset: Any = None
) -> Transcript:
    """`offset`: hours east of UTC of whoever asked, where that is the zone of reports."""
    zone = reporting_zone(settings, offset)
    showing = Showing(zone, named=bool(settings["Livechat_show_agent_info"]))
    transcript = transcript_of(room, settings, showing)
    without = NEVER_SHOWN if settings["Livechat_transcript_show_system_messages"] else None
    await _read_entries(db, room["_id"], without, showing, transcript)
    await _read_pictures(db, room["_id"], transcript)
    return transcript


async def _read_entries(
    db: Database, room_id: str, without: Any, showing: Showing, transcript: Transcript
) -> None:
    newest_first: list[Entry] = []
    read = length = 0
    before: Place | None = None
    while True:
        page = await db.scan(page_back, room_id, without, before, PAGE)
        for place, message in page:
            read, before = read + 1, place
            entry = entry_of(message, showing)
            length += entry.length if entry is not None else 0
            if read > MOST_MESSAGES or (length > MOST_CHARACTERS and newest_first):
                transcript.beginning_left_out = True
                break
            if entry is not None:
                newest_first.append(entry)
        if len(page) < PAGE or transcript.beginning_left_out:
            break
    transcript.entries = newest_first[::-1]


async def _read_pictures(db: Database, room_id: str, transcript: Transcript) -> None:
    """Those that are small enough, the first ones first; a large one is shown by its thumbnail."""
    left, places = MOST_BYTES, dict[str, int]()
    for attached in [each for entry in transcript.entries for each in entry.attached if each.file]:
        if attached.file not in places:
            picture = None
            if len(transcript.pictures) < MOST_PICTURES:
                picture = await _read_picture(db, room_id, attached, left)
            if picture is None:
                transcript.pictures_left_out += 1
                continue
            left -= len(picture.data)
            places[attached.file] = len(transcript.pictures)
            transcript.pictures.append(picture)
        attached.picture = places[attached.file]


async def _read_picture(
    db: Database, room_id: str, attached: Attached, left: int
) -> Picture | None:
    found = await db.read(find_upload, attached.file)
    # A link to another room's file stands for nothing here.
    if found is None or found[0]["rid"] != room_id or found[1] is not None:
        return None
    upload, size = found[0], found[0]["size"]
    if upload["type"] not in _PICTURES or size > min(LARGEST_PICTURE, left):
        return None
    data = b"".join([piece async for piece in read_bytes(db, upload["_id"], 0, size)])
    return Picture(upload["name"], upload["type"], data) if len(data) == size else None
