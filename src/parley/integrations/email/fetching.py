"""Looking into the mailboxes, by the clock: each for itself, however the others fare."""

import asyncio
import contextlib
import logging
from datetime import datetime
from typing import Any

from parley.clock import later, now
from parley.db import Database
from parley.db.documents import Doc
from parley.errors import ParleyError
from parley.integrations.email.inboxes import passwords_of
from parley.integrations.email.incoming import take_in
from parley.integrations.email.mailbox import TROUBLES, Account, Mailbox, Waiting
from parley.integrations.email.reading import Mail, Unreadable, read_mail
from parley.integrations.email.store import Inbox, active_inboxes, prune_mails, save_state
from parley.outgoing import NotAsked, address_of, networks
from parley.preferences.service import current_settings

log = logging.getLogger("parley.email")

KIND = "email-inboxes"
EVERY_SECONDS = 60
AT_ONCE = 4
SECONDS = 300.0
"""For one mailbox; what is left waits for the next round."""


async def fetch_all(db: Database, doc: dict[str, Any]) -> None:
    """The job."""
    settings = await db.read(current_settings)
    while await db.act(prune_mails):
        pass
    free = asyncio.Semaphore(AT_ONCE)
    due = [each for each in await db.read(active_inboxes) if _is_due(each)]

    async def look(inbox: Inbox) -> None:
        async with free:
            await _look(db, inbox, settings)

    await asyncio.gather(*(look(inbox) for inbox in due))


def _is_due(inbox: Inbox) -> bool:
    return str(inbox.state.get("nextAt", "")) <= now()


async def _look(db: Database, inbox: Inbox, settings: dict[str, Any]) -> None:
    error = ""
    try:
        async with asyncio.timeout(SECONDS):
            await fetch(db, inbox, settings)
    except (NotAsked, ParleyError) as trouble:
        error = str(trouble)
    except TimeoutError:
        error = "not done in time"
    except TROUBLES as trouble:
        # Its text is the other machine's, which may quote the login.
        error = type(trouble).__name__
    if error:
        log.warning("mailbox %s: %s", inbox.id, error)
    await db.act(save_state, inbox.id, _state(inbox, error))


def _state(inbox: Inbox, error: str) -> Doc:
    """After a failure ever later; after `maxRetries` of them hourly."""
    at = now()
    if not error:
        return {"at": at, "failures": 0}
    failures = int(inbox.state.get("failures", 0)) + 1
    patient = failures > inbox.doc["imap"]["maxRetries"]
    pause = 3600 if patient else min(EVERY_SECONDS * 2 ** min(failures - 1, 6), 3600)
    state = {"at": at, "failures": failures, "error": error[:200]}
    return state | {"nextAt": later(at, seconds=pause)}


async def fetch(db: Database, inbox: Inbox, settings: dict[str, Any]) -> None:
    """Takes in what waits. Raises NotAsked, ParleyError or mailbox.TROUBLES."""
    account = await _account(inbox, settings)
    mailbox = await asyncio.to_thread(Mailbox, account)
    try:
        since = datetime.fromisoformat(inbox.doc["_createdAt"]).replace(microsecond=0)
        for waiting in await asyncio.to_thread(mailbox.waiting, since):
            mail = await _read(mailbox, waiting)
            if mail is not None:
                await take_in(db, inbox, mail, settings)
            # Seen when it is kept, never before: whatever dies in between, it is looked at again.
            await asyncio.to_thread(mailbox.mark_seen, waiting)
    finally:
        with contextlib.suppress(*TROUBLES):
            await asyncio.to_thread(mailbox.close)


async def _account(inbox: Inbox, settings: dict[str, Any]) -> Account:
    imap = inbox.doc["imap"]
    password = passwords_of(inbox)["imap"]
    allowed = networks(settings["Email_Inbox_Private_Addresses"])
    address = await address_of(imap["server"], imap["port"], allowed)
    where = (imap["server"], address, imap["port"])
    return Account(*where, imap["username"], password, imap["secure"])


async def _read(mailbox: Mailbox, waiting: Waiting) -> Mail | None:
    raw, whole = await asyncio.to_thread(mailbox.fetch, waiting)
    try:
        return await asyncio.to_thread(read_mail, raw, whole=whole)
    except Unreadable as why:
        log.warning("a mail was passed over: %s", why)
        return None
