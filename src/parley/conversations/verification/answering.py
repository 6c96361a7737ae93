"""What a visitor writes while they are being verified: an address, or the code that was mailed.

What is neither is said to whoever takes the chat, and has no answer from the server.
Each message is looked at by a durable job, in an act of its own, once: it counts as a try whether
the process lives or dies.
"""

import hmac
import re
from typing import Any

from parley import mail
from parley.clock import later, now
from parley.conversations.close import close_unverified
from parley.conversations.verification import store
from parley.conversations.verification.asking import ask, say
from parley.conversations.verification.code_mail import DIGITS, MINUTES, hashed
from parley.conversations.verification.passing import proved
from parley.conversations.verification.rule import VERIFYING, Settings
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, inquiry_of, save_room

TRIES = 5
"""Wrong codes and other addresses of one chat; with the last it is closed."""
HOURS = 24
"""So long a chat may stay unverified."""
BATCH = 500

THANKS = "Thank you. We are connecting you."
WRONG = "This is not the code that we sent. Please try again, or write another e-mail address."
STALE = "This code is not good any more. Please write your e-mail address for a new one."

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[^\s@<>()\[\],;:\"']{1,180}\.[^\W\d_]{2,60}")
_CODE = re.compile(rf"(?<!\d)\d{{{DIGITS}}}(?!\d)")


async def look_at_answer(db: Database, job: dict[str, Any]) -> None:
    """The job: `{_id}` of the message."""
    settings = await db.read(current_settings)
    await db.act(_answer, str(job["_id"]), settings)


async def _answer(tx: Tx, message_id: str, settings: Settings) -> None:
    message = await find(tx, "messages", message_id)
    room = await _verifying(tx, message["rid"]) if message else None
    if message is None or room is None:
        return
    asked, text = await store.asked_of(tx, room["_id"]), str(message["msg"])
    code, address = _CODE.search(text), _ADDRESS.search(text)
    known = asked.address if asked is not None else None
    if asked is not None and known and code:
        if not _fresh(asked):
            await _wrong(tx, room, STALE, settings)
        elif _right(room, asked, code[0]):
            await say(tx, room, THANKS, settings)
            await save_room(tx, room)
            await proved(tx, room, known, settings)
        else:
            await _wrong(tx, room, WRONG, settings)
    elif (
        address and mail.configured(settings) and (not known or await _counted(tx, room, settings))
    ):
        await ask(tx, room, address[0].lower(), settings)
        await save_room(tx, room)


async def _verifying(tx: Tx, room_id: str) -> Doc | None:
    """The room, locked, if it waits for this."""
    await tx.lock("rooms", room_id)
    room, inquiry = await find_room(tx, room_id), await inquiry_of(tx, room_id)
    if room is None or not room.get("open") or inquiry is None:
        return None
    return room if inquiry["status"] == VERIFYING else None


def _fresh(asked: store.Asked) -> bool:
    return asked.code_hash is not None and asked.at > later(now(), minutes=-MINUTES)


def _right(room: Doc, asked: store.Asked, code: str) -> bool:
    return hmac.compare_digest(asked.code_hash or "", hashed(room["_id"], code))


async def _wrong(tx: Tx, room: Doc, text: str, settings: Settings) -> None:
    if await _counted(tx, room, settings):
        await say(tx, room, text, settings)
        await save_room(tx, room)


async def _counted(tx: Tx, room: Doc, settings: Settings) -> bool:
    """Whether there are tries left; without any the chat is closed."""
    if await store.count_try(tx, room["_id"]) < TRIES:
        return True
    await store.forget_asked(tx, room["_id"])
    await close_unverified(tx, room, settings)
    return False


async def close_old(db: Database) -> None:
    """Chats that nobody verified in a day are closed; of the others nothing is kept."""
    before = later(now(), hours=-HOURS)
    while rooms := await db.scan(store.asked_before, before, BATCH):
        settings = await db.read(current_settings)
        for room_id in rooms:
            await db.act(_close_old, room_id, settings)


async def _close_old(tx: Tx, room_id: str, settings: Settings) -> None:
    room = await _verifying(tx, room_id)
    await store.forget_asked(tx, room_id)
    if room is not None:
        await close_unverified(tx, room, settings)
