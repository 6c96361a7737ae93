"""The job that mails what an agent wrote to the visitor, and the one that tries a mailbox out."""

import asyncio
import socket
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, NamedTuple

import aiosmtplib

from parley.accounts.roles import BOT
from parley.db import Database, Reader
from parley.db.documents import Doc, find
from parley.errors import Refused
from parley.ids import object_id
from parley.integrations.email.addresses import is_address
from parley.integrations.email.inboxes import passwords_of
from parley.integrations.email.store import Inbox, find_inbox, note_mail
from parley.jobs import GiveUp
from parley.messages.delivery import files_of
from parley.messages.uploads.pieces import read_bytes
from parley.outgoing import NotAsked, address_of, networks
from parley.preferences.service import current_settings
from parley.rooms.store import find_room

MOST_BYTES = 15 * 1024 * 1024
"""Of all files of a mail."""
TIMEOUT_SECONDS = 30


class NotSent(Exception):
    """It may be, later; the server's own words may quote the address."""


class _Letter(NamedTuple):
    message: Doc
    room: Doc
    inbox: Inbox
    by_bot: bool


async def mail_message(db: Database, job: dict[str, Any]) -> None:
    """`{_id}` of the message. Raises GiveUp for what no further attempt would mend."""
    settings = await db.read(current_settings)
    letter = await db.read(_letter, job["_id"])
    mail = _written(letter)
    left_out = await _attach(db, mail, files_of(letter.message))
    # Before it goes: the answer may be here sooner than the next line.
    where = (letter.inbox.id, letter.room["_id"])
    await db.act(lambda tx: note_mail(tx, str(mail["Message-ID"]), *where, done=True))
    await _send(letter.inbox, mail, settings)
    if left_out:
        raise GiveUp("the mail was sent without its files, which are too big")


async def mail_test(db: Database, job: dict[str, Any]) -> None:
    """`{inboxId, userId}`. Raises GiveUp."""
    settings = await db.read(current_settings)
    inbox = await db.read(find_inbox, job["inboxId"])
    user = await db.read(find, "users", job["userId"])
    emails = (user or {}).get("emails") or []
    if inbox is None or not emails:
        raise GiveUp("the mailbox, or the address of who asked, is gone")
    mail = _addressed(inbox, emails[0]["address"], "Test of an email inbox", object_id())
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"This mailbox can send: {inbox.doc['name']}\n")
    await _send(inbox, mail, settings)


async def _letter(q: Reader, message_id: str) -> _Letter:
    message = await find(q, "messages", message_id)
    room = await find_room(q, message["rid"]) if message else None
    if message is None or room is None or message.get("_hidden") or message.get("t"):
        raise GiveUp("the message is gone")
    inbox = await find_inbox(q, room["source"].get("id", ""))
    if inbox is None or not inbox.doc["active"]:
        raise GiveUp("the mailbox is gone, or not active")
    author = await find(q, "users", message["u"]["_id"]) or {}
    return _Letter(message, room, inbox, BOT in (author.get("roles") or []))


def _written(letter: _Letter) -> EmailMessage:
    told, message = letter.room["email"], letter.message
    subject = " ".join(str(told["subject"]).split())
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    mail = _addressed(letter.inbox, told["replyTo"], subject, message["_id"])
    if thread := told["thread"]:
        mail["In-Reply-To"] = thread[-1]
        mail["References"] = " ".join(thread)
    if letter.by_bot:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(f"{message['msg']}\n")
    return mail


def _addressed(inbox: Inbox, to: str, subject: str, key: str) -> EmailMessage:
    """Its Message-ID is the same at each attempt: who has it already may know it again."""
    email = inbox.doc["email"]
    sender = " ".join(str(inbox.doc.get("senderInfo") or inbox.doc["name"]).split())
    if not is_address(to) or not is_address(email):
        raise GiveUp("the address cannot be written to")
    mail = EmailMessage()
    try:
        mail["From"] = Address(sender, addr_spec=email)
        mail["To"] = Address(addr_spec=to)
        mail["Subject"] = subject
        mail["Message-ID"] = f"<parley.{_plain(key)}@{email.rpartition('@')[2]}>"
        mail["Date"] = formatdate(localtime=False)
    except (ValueError, IndexError):
        raise GiveUp("no mail can be written with such an address or subject") from None
    return mail


def _plain(key: str) -> str:
    """Clients choose ids of messages."""
    return key if key.isascii() and key.isalnum() else key.encode().hex()


async def _attach(db: Database, mail: EmailMessage, files: list[Doc]) -> bool:
    """Whether some were left out."""
    left, left_out = MOST_BYTES, False
    for file in files:
        if file["size"] > left:
            left_out = True
            continue
        left -= file["size"]
        data = b"".join([each async for each in read_bytes(db, file["_id"], 0, file["size"])])
        family, _, kind = str(file["type"]).partition("/")
        if family in ("message", "multipart") or not kind:
            family, kind = "application", "octet-stream"
        mail.add_attachment(data, maintype=family, subtype=kind, filename=file["name"])
    return left_out


async def _send(inbox: Inbox, mail: EmailMessage, settings: dict[str, Any]) -> None:
    """Raises GiveUp, NotAsked or NotSent."""
    smtp = inbox.doc["smtp"]
    try:
        password = passwords_of(inbox)["smtp"]
    except Refused as refused:
        raise GiveUp(str(refused)) from None
    try:
        connected = await _connected(smtp, settings)
        await aiosmtplib.send(
            mail,
            hostname=smtp["server"],
            sock=connected,
            username=smtp["username"] or None,
            password=password or None,
            use_tls=smtp["secure"],
            start_tls=False if smtp["secure"] else None,
            timeout=TIMEOUT_SECONDS,
        )
    except ValueError:
        raise GiveUp("the mail cannot be written") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        if _for_good(error):
            raise GiveUp("the mail server refuses the mail") from None
        raise NotSent(type(error).__name__) from None


def _for_good(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 500


async def _connected(smtp: Doc, settings: dict[str, Any]) -> socket.socket:
    """To the address that was looked at. Raises NotAsked or OSError."""
    allowed = networks(settings["Email_Inbox_Private_Addresses"])
    address = await address_of(smtp["server"], smtp["port"], allowed)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.get_running_loop().sock_connect(made, (address, smtp["port"]))
    except TimeoutError:
        made.close()
        raise NotAsked("no answer in time") from None
    except BaseException:
        made.close()
        raise
    return made
