"""SQL of mailboxes, and of which mails came and went."""

import hashlib
from typing import NamedTuple

from parley.clock import later, now
from parley.db.documents import Doc, Params, decode, encode, insert, save
from parley.db.tx import Reader, Tx

MOST = 100
"""Mailboxes of an office."""
KEEP_DAYS = 400
"""So long an answer to a mail finds its chat."""
BATCH = 1000


class Inbox(NamedTuple):
    doc: Doc
    secrets: str
    """Sealed: `{smtp, imap}`, the passwords."""
    state: Doc
    """`{at, failures, error, nextAt}` of the last look; empty before the first."""

    @property
    def id(self) -> str:
        return str(self.doc["_id"])


_ROW = "SELECT doc, secrets, state FROM email_inboxes"


async def list_inboxes(q: Reader, order: str, limit: int, offset: int) -> tuple[list[Inbox], int]:
    total = await q.value("SELECT count(*) FROM email_inboxes")
    rows = await q.rows(f"{_ROW} ORDER BY {order} LIMIT $1 OFFSET $2", limit, offset)
    return [Inbox(decode(row[0]), row[1], decode(row[2])) for row in rows], total


async def active_inboxes(q: Reader) -> list[Inbox]:
    rows = await q.rows(f"{_ROW} WHERE active ORDER BY id LIMIT $1", MOST)
    return [Inbox(decode(row[0]), row[1], decode(row[2])) for row in rows]


async def find_inbox(q: Reader, inbox_id: str) -> Inbox | None:
    return await _one(q, "id", inbox_id)


async def inbox_of(q: Reader, email: str) -> Inbox | None:
    return await _one(q, "email", email)


async def _one(q: Reader, column: str, value: str) -> Inbox | None:
    row = await q.row(f"{_ROW} WHERE {column} = $1", value)
    return None if row is None else Inbox(decode(row[0]), row[1], decode(row[2]))


async def insert_inbox(tx: Tx, inbox: Inbox) -> bool:
    """False where another has this address."""
    columns = {"secrets": inbox.secrets, "state": encode(inbox.state)}
    return await insert(tx, "email_inboxes", inbox.doc, **columns)


async def save_inbox(tx: Tx, inbox: Inbox) -> None:
    columns = {"secrets": inbox.secrets, "state": encode(inbox.state)}
    await save(tx, "email_inboxes", inbox.doc, **columns)


async def save_state(tx: Tx, inbox_id: str, state: Doc) -> None:
    await tx.rows("UPDATE email_inboxes SET state = $2 WHERE id = $1", inbox_id, encode(state))


async def delete_inbox(tx: Tx, inbox_id: str) -> str | None:
    """Its name; None where there was none."""
    found: str | None = await tx.value(
        "DELETE FROM email_inboxes WHERE id = $1 RETURNING name", inbox_id
    )
    return found


def key_of(message_id: str) -> str:
    """What may be kept of a Message-ID, which can tell who wrote."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


async def known_mail(q: Reader, message_id: str) -> tuple[str | None, bool] | None:
    """(its room, whether it is in there already)."""
    sql = "SELECT room_id, done FROM email_messages WHERE id = $1"
    row = await q.row(sql, key_of(message_id))
    return None if row is None else (row[0], bool(row[1]))


async def note_mail(
    tx: Tx, message_id: str, inbox_id: str, room_id: str | None, *, done: bool
) -> None:
    await tx.rows(
        "INSERT INTO email_messages (id, inbox_id, room_id, done, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO UPDATE SET room_id = excluded.room_id, done = excluded.done",
        key_of(message_id),
        inbox_id,
        room_id,
        done,
        now(),
    )


async def room_of_thread(
    q: Reader, message_ids: list[str], inbox_id: str, visitor_id: str
) -> str | None:
    """The newest room of this visitor in which one of these mails is."""
    if not message_ids:
        return None
    p = Params(inbox_id, visitor_id)
    marks = ", ".join(p(key_of(each)) for each in message_ids)
    found: str | None = await q.value(
        "SELECT r.id FROM email_messages m JOIN rooms r ON r.id = m.room_id"
        f" WHERE m.id IN ({marks}) AND m.inbox_id = $1 AND r.visitor_id = $2"
        " ORDER BY r.ts DESC, r.id DESC LIMIT 1",
        *p.values,
    )
    return found


async def prune_mails(tx: Tx) -> int:
    """A batch of those that are long gone; how many."""
    gone = await tx.rows(
        "DELETE FROM email_messages WHERE id IN (SELECT id FROM email_messages WHERE at < $1"
        " ORDER BY at LIMIT $2) RETURNING id",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)
