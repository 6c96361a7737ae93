"""The job that mails a transcript: as text, and as a page with its pictures."""

import asyncio
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

import aiosmtplib

from parley import mail
from parley.conversations.transcripts.as_html import as_html
from parley.conversations.transcripts.as_text import as_text
from parley.conversations.transcripts.content import Transcript
from parley.conversations.transcripts.reading import read_transcript
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc, find
from parley.jobs import GiveUp
from parley.messages.service import append_system
from parley.preferences.service import current_settings
from parley.rooms.store import find_room, save_room

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
    offset = await db.read(offset_of, doc["user"]["_id"])
    transcript = await read_transcript(db, room, settings, offset)
    subject = doc["subject"] or settings["Livechat_transcript_email_subject"] or DEFAULT_SUBJECT
    await _send(settings, doc, str(subject), transcript)
    await db.act(_note, doc, settings)


async def offset_of(q: Reader, user_id: str) -> Any:
    """Hours east of UTC, as the person's client said; None for nobody's."""
    return (await find(q, "users", user_id) or {}).get("utcOffset")


async def _send(
    settings: Mapping[str, Any], doc: dict[str, Any], subject: str, transcript: Transcript
) -> None:
    try:
        message = mail.written(settings, doc["email"], " ".join(subject.split()), "")
        # Beside the event loop: a long conversation takes a while to be encoded.
        await asyncio.to_thread(_fill, message, transcript)
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


def _fill(message: EmailMessage, transcript: Transcript) -> None:
    """The same twice, for who reads text and for who reads pages; pictures go with the page."""
    message.set_content(as_text(transcript), cte="base64")
    page = as_html(transcript, lambda place: f"cid:picture{place}")
    message.add_alternative(page, subtype="html", cte="base64")
    shown: Any = list(message.iter_parts())[1]
    for place, picture in enumerate(transcript.pictures):
        main, _, sub = picture.type.partition("/")
        shown.add_related(
            picture.data,
            maintype=main,
            subtype=sub,
            cid=f"<picture{place}>",
            filename=picture.name,
            disposition="inline",
        )


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
