"""SQL of visitors, and the one place that knows both faces of a visitor's token.

The token is the visitor's credential: it stands in `visitors.token` and nowhere else. The handle,
made once and kept for life, stands wherever the wire's documents have `token`.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from parley.db.documents import Doc, decode, encode, insert, save
from parley.db.tx import Reader, Tx
from parley.ids import auth_token
from parley.visitors.searchable import keys_of

LONGEST_TOKEN = 256
BATCH = 100


@dataclass(slots=True)
class Visitor:
    doc: Doc
    token: str
    contact_id: str

    @property
    def id(self) -> str:
        return str(self.doc["_id"])

    @property
    def handle(self) -> str:
        return str(self.doc["token"])

    @property
    def display_name(self) -> str:
        return str(self.doc.get("name") or self.doc["username"])

    @property
    def email(self) -> str | None:
        """The address they gave."""
        emails = self.doc.get("visitorEmails") or []
        return str(emails[0]["address"]) if emails else None

    @property
    def ref(self) -> Doc:
        """How messages name the visitor; `name` only when there is one."""
        name = {"name": self.doc["name"]} if self.doc.get("name") else {}
        return {"_id": self.id, "username": self.doc["username"]} | name

    def own(self, value: Any) -> msgspec.Raw:
        """Documents for the visitor's own eyes: the real token where the handle stands.

        Takes a value or stored JSON text. In JSON text the pattern with its bare quotes is a key
        and its value, never part of somebody's message, whose quotes would be escaped.
        """
        text = value if isinstance(value, str) else encode(value)
        mine = f'"token":{encode(self.token)}'
        return msgspec.Raw(text.replace(f'"token":"{self.handle}"', mine).encode())


def token_hash(token: str) -> str:
    """What may be kept of the token of somebody who is no visitor yet."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def by_token(q: Reader, token: str) -> Visitor | None:
    """Nobody finds a visitor who was deleted."""
    if len(token) > LONGEST_TOKEN:
        return None
    return await _one(q, "token = $1", token)


async def by_id(q: Reader, visitor_id: str) -> Visitor | None:
    return await _one(q, "id = $1", visitor_id)


async def by_phone(q: Reader, phone: str) -> Visitor | None:
    """The first who gave this number; for callers who may see every visitor."""
    return await _one(q, "phone = $1", phone, _FIRST)


async def by_email(q: Reader, email: str) -> Visitor | None:
    """The first who gave this address; for callers who may see every visitor."""
    return await _one(q, "email = $1", email, _FIRST)


_FIRST = " ORDER BY ts, id LIMIT 1"


async def _one(q: Reader, test: str, value: str, order: str = "") -> Visitor | None:
    row = await q.row(
        f"SELECT doc, token, contact_id FROM visitors WHERE {test} AND NOT disabled{order}",
        value,
    )
    return None if row is None else Visitor(decode(row[0]), row[1], row[2])


async def others_of_contact(q: Reader, contact_id: str, visitor_id: str) -> bool:
    """Whether the contact is somebody else's too."""
    sql = "SELECT 1 FROM visitors WHERE contact_id = $1 AND id <> $2 AND NOT disabled LIMIT 1"
    return await q.value(sql, contact_id, visitor_id) is not None


async def devices_of(q: Reader, contact_id: str, limit: int) -> list[Visitor]:
    """Visitors of the contact, by id."""
    rows = await q.rows(
        "SELECT doc, token, contact_id FROM visitors WHERE contact_id = $1 AND NOT disabled"
        " ORDER BY id LIMIT $2",
        contact_id,
        limit,
    )
    return [Visitor(decode(row[0]), row[1], row[2]) for row in rows]


async def wanting(q: Reader, department_id: str) -> list[str]:
    """Ids of visitors who want the department; a batch."""
    rows = await q.rows(
        "SELECT id FROM visitors WHERE doc ->> 'department' = $1"
        " AND (doc ->> 'department') IS NOT NULL ORDER BY id LIMIT $2",
        department_id,
        BATCH,
    )
    return [row[0] for row in rows]


async def tokens_of(q: Reader, handles: list[str]) -> dict[str, str]:
    """{handle: token} of the visitors whose handles these are."""
    marks = ", ".join(f"${n}" for n in range(1, len(handles) + 1))
    rows = await q.rows(f"SELECT handle, token FROM visitors WHERE handle IN ({marks})", *handles)
    return {row[0]: row[1] for row in rows}


async def insert_visitor(tx: Tx, visitor: Visitor) -> bool:
    """False when the token or the id is taken."""
    keys = await keys_of(tx, visitor.doc)
    return await insert(
        tx, "visitors", visitor.doc, token=visitor.token, contact_id=visitor.contact_id, **keys
    )


async def save_visitor(tx: Tx, visitor: Visitor) -> None:
    """With the token as it is now: registering by e-mail brings a new one."""
    await save(tx, "visitors", visitor.doc, token=visitor.token, **await keys_of(tx, visitor.doc))


async def blank_visitor(tx: Tx, visitor: Visitor) -> None:
    """What is left of a visitor who was deleted: that there was one. No token leads here."""
    doc = {"_id": visitor.id, "ts": visitor.doc["ts"], "disabled": True}
    nothing = {"name_key": None, "username_key": None, "search_key": None}
    await save(tx, "visitors", doc, token=auth_token(), **nothing)
