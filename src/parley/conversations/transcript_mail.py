"""The job that mails a transcript: the conversation as plain text (management.md §13)."""

from typing import Any

import aiosmtplib

from parley import mail
from parley.conversations.transcript_text import NEVER_SHOWN, written
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.jobs import GiveUp
from parley.messages.service import append_system
from parley.messages.store import newest_messages
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, save_room

MOST_MESSAGES = 5000
DEFAULT_SUBJECT = "Transcript of your conversation."


class MailNotConfigured(Exception):
    """It may be, by the next attempt."""


class MailNotSent(Exception):
    """Its kind is told; the mail server's own words may quote the address."""


async def mail_transcript(db: Database, doc: dict[str, Any]) -> None:
    """Mails it, then says so in the room. Raises GiveUp for what cannot be mailed."""
    settings = await db.read(current_settings)
    if not mail.configured(settings):
        raise MailNotConfigured
    room = await db.read(find_room, doc["rid"])
    if room is None:
        raise GiveUp("the conversation is gone")
    system = bool(settings["Livechat_transcript_show_system_messages"])
    messages, cut = await db.scan(
        newest_messages, doc["rid"], NEVER_SHOWN if system else None, MOST_MESSAGES
    )
    text = written(room, messages, settings, cut=cut)
    subject = doc["subject"] or settings["Livechat_transcript_email_subject"] or DEFAULT_SUBJECT
    await _send(settings, doc, str(subject), text)
    await db.act(_note, doc, settings)


async def _send(settings: dict[str, Any], doc: dict[str, Any], subject: str, text: str) -> None:
    try:
        message = mail.written(settings, doc["email"], " ".join(subject.split()), text)
        # The same at each attempt: who has it already may know it again.
        domain = str(message["Message-ID"]).partition("@")[2]
        message.replace_header("Message-ID", f"<{doc['mail']}@{domain}")
        await mail.send(settings, message)
    except ValueError:
        raise GiveUp("the address cannot be written to") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        if _for_good(error):
            raise GiveUp("the mail server refuses the mail") from None
        raise MailNotSent(type(error).__name__) from None


def _for_good(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 500


async def _note(tx: Tx, doc: Doc, settings: dict[str, Any]) -> None:
    """`livechat_transcript_history`, once: its id is the mail's."""
    await tx.lock("rooms", doc["rid"])
    room = await find_room(tx, doc["rid"])
    if room is None:
        return
    visitor = await find(tx, "visitors", room["v"]["_id"]) or room["v"]
    name = {"name": visitor["name"]} if visitor.get("name") else {}
    asked = {
        "type": doc["type"],
        "visitor": {"_id": room["v"]["_id"], "username": room["v"]["username"], **name},
        "user": doc["user"],
    }
    kind, more = "livechat_transcript_history", {"_id": doc["mail"], "requestData": asked}
    await append_system(tx, room, kind, doc["user"], settings, **more)
    await save_room(tx, room)
