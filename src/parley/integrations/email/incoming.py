"""A mail becomes a message, in the room of its thread, exactly once (management.md §12)."""

from typing import Any, NamedTuple

from parley.contacts.channels import is_blocked
from parley.contacts.store import find_contact
from parley.conversations.by_channel import Known, begin_beside, known_visitor, reopen, visitor_of
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.errors import ParleyError, Unavailable
from parley.integrations.email.addresses import MOST_IDS
from parley.integrations.email.reading import Mail
from parley.integrations.email.store import Inbox, known_mail, note_mail, room_of_thread
from parley.integrations.email.store import key_of as key
from parley.messages.lengths import most_of_visitor
from parley.messages.service import post_as_visitor
from parley.messages.uploads.erase import drop_arriving
from parley.messages.uploads.pieces import allowance_of
from parley.messages.uploads.posting import keep_files
from parley.messages.uploads.receive import Sent, Wanted, take_file
from parley.rooms.store import find_room, save_room
from parley.visitors.store import Visitor

Settings = dict[str, Any]


class _Refused(ParleyError):
    """A type of file that the settings do not accept."""


class _Found(NamedTuple):
    visitor: Visitor
    room: Doc


async def take_in(db: Database, inbox: Inbox, mail: Mail, settings: Settings) -> bool:
    """Whether a message was written. Raises what an act may raise: then it can be done again."""
    # A mail is no visitor who waits before a page: it is taken in whoever is there.
    settings = settings | {"Livechat_accept_chats_with_no_agents": True}
    files = _with_long_text(mail, settings)
    uploads: list[Doc] = []
    left_out: list[str] = []
    kept = False
    try:
        if files:
            found = await db.act(_place, inbox, mail, settings)
            if found is None:
                return False
            uploads, left_out = await _taken(db, found, files, settings)
        kept = await db.act(_post, inbox, mail, uploads, left_out, settings)
    finally:
        if not kept:
            for upload in uploads:
                await drop_arriving(db, upload)
    return kept


async def _place(tx: Tx, inbox: Inbox, mail: Mail, settings: Settings) -> _Found | None:
    """The visitor and the room, open and locked; None for a mail that is not to be taken in."""
    await tx.lock("tokens", key(mail.message_id))
    known = await known_mail(tx, mail.message_id)
    if known is not None and known[1]:
        return None
    visitor = await (known_visitor if mail.automatic else visitor_of)(tx, _who(mail))
    room = await _room_of(tx, inbox, mail, visitor, known[0] if known else None)
    # Machines that answer machines would never end.
    ignored = mail.automatic and (room is None or not room.get("open"))
    ignored = ignored or (visitor is not None and await _is_blocked(tx, visitor))
    if visitor is None or ignored or mail.sender == inbox.doc["email"]:
        await note_mail(tx, mail.message_id, inbox.id, None, done=True)
        return None
    if room is None:
        room = await _new_room(tx, inbox, mail, visitor, settings)
    elif not room.get("open"):
        await reopen(tx, room, visitor, settings)
        await save_room(tx, room)
    await note_mail(tx, mail.message_id, inbox.id, room["_id"], done=False)
    return _Found(visitor, room)


async def _is_blocked(tx: Tx, visitor: Visitor) -> bool:
    contact = await find_contact(tx, visitor.contact_id)
    return contact is not None and is_blocked(contact, visitor.id)


def _who(mail: Mail) -> Known:
    return Known("email", mail.sender, name=mail.name or mail.sender, email=mail.sender)


async def _room_of(
    tx: Tx, inbox: Inbox, mail: Mail, visitor: Visitor | None, begun: str | None
) -> Doc | None:
    """`begun`: the room that an attempt before this one chose."""
    if visitor is None:
        return None
    room_id = begun or await room_of_thread(tx, mail.references, inbox.id, visitor.id)
    if room_id is None:
        return None
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    return room if room is not None and room["v"]["_id"] == visitor.id else None


async def _new_room(tx: Tx, inbox: Inbox, mail: Mail, visitor: Visitor, settings: Settings) -> Doc:
    email = {
        "inbox": inbox.doc["email"],
        "thread": [],
        "replyTo": mail.sender,
        "subject": mail.subject,
    }
    source = {"type": "email", "id": inbox.id, "alias": "email-inbox"}
    department = inbox.doc.get("department")
    if department and await find(tx, "departments", department) is None:
        department = None
    more = {"email": email, "topic": mail.subject} if mail.subject else {"email": email}
    return await begin_beside(tx, visitor, settings, department, source, **more)


async def _post(
    tx: Tx,
    inbox: Inbox,
    mail: Mail,
    uploads: list[Doc],
    left_out: list[str],
    settings: Settings,
) -> bool:
    """False when it is there already."""
    found = await _place(tx, inbox, mail, settings)
    if found is None:
        return False
    visitor, room_id = found.visitor, found.room["_id"]
    await tx.lock("rooms", room_id)
    room = await find_room(tx, room_id)
    if room is None:
        return False
    thread = [*mail.references[:1], *room["email"]["thread"], mail.message_id]
    room["email"]["thread"] = _some(list(dict.fromkeys(thread)))
    await save_room(tx, room)
    more = await keep_files(tx, room_id, uploads)
    more["email"] = {"thread": thread[0], "messageId": mail.message_id}
    text = _text(mail, left_out)[: most_of_visitor(settings)]
    message_id = key(mail.message_id)[:24]
    await post_as_visitor(
        tx, visitor.token, room_id, text, message_id, settings, more, opens=not room["msgs"]
    )
    await note_mail(tx, mail.message_id, inbox.id, room_id, done=True)
    return True


def _some(thread: list[str]) -> list[str]:
    return thread if len(thread) <= MOST_IDS else [thread[0], *thread[1 - MOST_IDS :]]


def _text(mail: Mail, left_out: list[str]) -> str:
    """What is said of the mail stands before its own text, whose end may be cut off."""
    notes = [f"_Not taken over: {name}_" for name in left_out]
    if not mail.whole:
        notes.append("_This mail is too big to be fetched. It is in the mailbox._")
    return "\n".join([*notes, mail.text]).strip()


def _with_long_text(mail: Mail, settings: Settings) -> list[Sent]:
    """The files; what is too long for a message is one of them as a whole."""
    notes = 2_000
    if len(mail.text) <= max(0, most_of_visitor(settings) - notes):
        return mail.files
    return [*mail.files, Sent("mail.txt", "text/plain", mail.text.encode())]


async def _taken(
    db: Database, found: _Found, files: list[Sent], settings: Settings
) -> tuple[list[Doc], list[str]]:
    """(uploads, names of what cannot be taken over, and why)."""
    refused = _Refused("this type is not accepted")
    allowance = allowance_of(found.visitor.doc, settings)
    wanted = Wanted(found.room["_id"], found.visitor.ref, None, refused, allowance)
    uploads: list[Doc] = []
    left_out: list[str] = []
    for file in files:
        try:
            if not settings["FileUpload_Enabled"]:
                raise _Refused("files are switched off")
            uploads.append(await take_file(db, wanted, file, settings))
        except Unavailable:
            raise
        except ParleyError as error:
            left_out.append(f"{file.name[:60] or 'file'} ({error})")
    return uploads, left_out
