"""SQL of visitors, and the one place that knows both faces of a visitor's token.

The token is the visitor's credential: it stands in `visitors.token` and nowhere else. The handle,
made once and kept for life, stands wherever the wire's documents have `token`.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from parley.db.documents import Doc, decode, encode, insert, save
from parley.db.tx import Reader, Tx

LONGEST_TOKEN = 256


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


async def by_token(q: Reader, token: str) -> Visitor | None:
    if len(token) > LONGEST_TOKEN:
        return None
    row = await q.row("SELECT doc, token, contact_id FROM visitors WHERE token = $1", token)
    return None if row is None else Visitor(decode(row[0]), row[1], row[2])


async def by_id(q: Reader, visitor_id: str) -> Visitor | None:
    row = await q.row("SELECT doc, token, contact_id FROM visitors WHERE id = $1", visitor_id)
    return None if row is None else Visitor(decode(row[0]), row[1], row[2])


async def tokens_of(q: Reader, handles: list[str]) -> dict[str, str]:
    """{handle: token} of the visitors whose handles these are."""
    marks = ", ".join(f"${n}" for n in range(1, len(handles) + 1))
    rows = await q.rows(f"SELECT handle, token FROM visitors WHERE handle IN ({marks})", *handles)
    return {row[0]: row[1] for row in rows}


async def insert_visitor(tx: Tx, visitor: Visitor) -> bool:
    """False when the token or the id is taken."""
    return await insert(
        tx, "visitors", visitor.doc, token=visitor.token, contact_id=visitor.contact_id
    )


async def save_visitor(tx: Tx, visitor: Visitor) -> None:
    await save(tx, "visitors", visitor.doc)
