"""Mailboxes: saved, shown, removed. Their passwords are sealed, and shown to nobody."""

from typing import Any

import msgspec

from parley import sealing
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, decode, encode
from parley.errors import Coded, NotFound, Refused
from parley.ids import object_id
from parley.integrations.email import store
from parley.integrations.email.addresses import is_address
from parley.integrations.email.schemas import SaveInbox
from parley.integrations.email.store import Inbox
from parley.jobs import enqueue
from parley.preferences.service import MASK

TEST = "email-test"
"""The job; its document is `{inboxId, userId}`."""

_SERVERS = ("smtp", "imap")


async def save(tx: Tx, actor: Actor, wanted: SaveInbox) -> str:
    """The id. Raises Refused or Coded."""
    await tx.lock("settings", "email inboxes")
    before = await store.find_inbox(tx, wanted.id) if wanted.id else None
    if wanted.id and before is None:
        raise Coded("error-invalid-email-inbox")
    email = wanted.email.strip().lower()
    other = await store.inbox_of(tx, email)
    taken = other is not None and (before is None or other.id != before.id)
    if taken or not is_address(email):
        raise Refused("Failed to create email inbox")
    doc = _document(actor, wanted, before)
    doc["email"] = email
    secrets = _sealed(_passwords(wanted, before))
    inbox = Inbox(doc, secrets, {})
    if before is not None:
        await store.save_inbox(tx, inbox)
    elif (await store.list_inboxes(tx, "id", 1, 0))[1] >= store.MOST:
        raise Refused(f"There are {store.MOST} email inboxes at most")
    elif not await store.insert_inbox(tx, inbox):
        raise Refused("Failed to create email inbox")
    what = "email-inbox.created" if before is None else "email-inbox.updated"
    await record(tx, actor, what, "email-inbox", inbox.id, doc["name"])
    return inbox.id


def _document(actor: Actor, wanted: SaveInbox, before: Inbox | None) -> Doc:
    new: Doc = msgspec.to_builtins(wanted)
    for server in _SERVERS:
        del new[server]["password"]
    # One that is not there, or no longer, is none when a mail comes in.
    if new["department"] in ("", "All"):
        del new["department"]
    new = {key: value for key, value in new.items() if value is not None and key != "_id"}
    if before is not None:
        same = ("_id", "_createdAt", "_createdBy")
        return {key: before.doc[key] for key in same} | new
    maker = {"_id": actor.id, "username": actor.username}
    return {"_id": object_id(), "_createdAt": now(), "_createdBy": maker} | new


def _passwords(wanted: SaveInbox, before: Inbox | None) -> dict[str, str]:
    """Sent back masked, a password stays: for the same server alone, or another would learn it."""
    found: dict[str, str] = {}
    stored: dict[str, str] | None = None
    for name in _SERVERS:
        server = getattr(wanted, name)
        found[name] = server.password
        if server.password != MASK:
            continue
        if before is None or not _same_server(server, before.doc[name]):
            raise Refused("error-password-required: the server has changed, or is new")
        stored = passwords_of(before) if stored is None else stored
        found[name] = stored[name]
    return found


def _same_server(server: Any, before: Doc) -> bool:
    keys = ("server", "port", "username")
    safe = server.secure or not before["secure"]
    return safe and all(getattr(server, key) == before[key] for key in keys)


def _sealed(passwords: dict[str, str]) -> str:
    try:
        return sealing.seal(encode(passwords))
    except sealing.NoKey as error:
        raise Refused(f"Passwords cannot be encrypted: {error}") from None


def passwords_of(inbox: Inbox) -> dict[str, str]:
    """`{smtp, imap}`. Raises Refused."""
    try:
        return decode(sealing.unseal(inbox.secrets))
    except (sealing.NoKey, sealing.Unopened) as error:
        raise Refused(f"The stored passwords cannot be read: {error}") from None


def shown(inbox: Inbox) -> Doc:
    """As persons see it. A password that is not set cannot be told from one that is."""
    doc = dict(inbox.doc)
    for server in _SERVERS:
        doc[server] = doc[server] | {"password": MASK if doc[server]["username"] else ""}
    if inbox.state:
        told = {key: inbox.state.get(key) for key in ("at", "failures", "error")}
        doc["fetch"] = {key: value for key, value in told.items() if value is not None}
    return doc


async def delete(tx: Tx, actor: Actor, inbox_id: str) -> None:
    """Its chats stay. Raises NotFound."""
    name = await store.delete_inbox(tx, inbox_id)
    if name is None:
        raise NotFound
    await record(tx, actor, "email-inbox.deleted", "email-inbox", inbox_id, name)


async def ask_for_test(tx: Tx, actor: Actor, inbox_id: str) -> None:
    """A mail to whoever asks, by a job. Raises NotFound."""
    inbox = await store.find_inbox(tx, inbox_id)
    if inbox is None:
        raise NotFound
    await enqueue(tx, TEST, {"inboxId": inbox_id, "userId": actor.id})
    await record(tx, actor, "email-inbox.tested", "email-inbox", inbox_id, inbox.doc["name"])
