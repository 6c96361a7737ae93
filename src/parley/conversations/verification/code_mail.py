"""The mail with the code: a job, so that it survives the process and the mail server.

The code is made when the mail is written, anew at each attempt, and the database keeps its hash: it
is in no job.
"""

import hashlib
import secrets
from typing import Any

from parley import mail
from parley.conversations.verification import store
from parley.conversations.verification.rule import Settings
from parley.db import Database
from parley.jobs import GiveUp
from parley.jobs.mailing import send_mail
from parley.preferences.service import current_settings

DIGITS = 6
MINUTES = 15
"""So long a code is good."""


async def mail_code(db: Database, job: dict[str, Any]) -> None:
    """`{roomId}`. Raises GiveUp for what no further attempt would mend."""
    room_id = str(job["roomId"])
    asked = await db.read(store.asked_of, room_id)
    if asked is None or asked.address is None:
        raise GiveUp("the chat does not wait for a code any more")
    settings = await db.read(current_settings)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    try:
        message = mail.written(settings, asked.address, *_words(settings, code))
    except ValueError:
        raise GiveUp("no mail can be written to such an address") from None
    await db.act(store.put_code, room_id, hashed(room_id, code))
    await send_mail(settings, message)


def _words(settings: Settings, code: str) -> tuple[str, str]:
    """Subject and text."""
    name = str(settings["Site_Name"] or "Parley")
    text = (
        f"Your code for the chat with {name}: {code}\n\n"
        f"Please write it into the chat. It is good for {MINUTES} minutes.\n"
        "If you did not begin a chat with us, somebody else gave your address: do nothing.\n"
    )
    return f"{name}: the code for your chat", text


def hashed(room_id: str, code: str) -> str:
    return hashlib.sha256(f"{room_id}:{code}".encode()).hexdigest()
