"""SQL of contacts as older servers knew them: visitors (contract/management.md §14.2, legacy)."""

from typing import Any

from parley.db.documents import Doc, Params, decode, fold, like
from parley.db.tx import Reader

NEWEST = 10_000
"""Visitors who are gone through for custom fields alone."""
MOST_LOOKED_AT = 1_000

_FROM = (
    "SELECT v.doc, u.doc ->> 'username' FROM visitors v LEFT JOIN contacts c ON c.id = v.contact_id"
    " LEFT JOIN users u ON u.id = c.manager WHERE NOT v.disabled"
)


async def visitor_as_contact(q: Reader, visitor_id: str) -> Doc | None:
    """The visitor, with `contactManager` where somebody looks after their contact."""
    row = await q.row(f"{_FROM} AND v.id = $1", visitor_id)
    return None if row is None else _shown(row)


async def find_as_contact(q: Reader, email: str, phone: str, fields: dict[str, str]) -> Doc | None:
    """The first of the visitors to whom all of it applies. `fields`: texts that searchable custom
    fields hold somewhere, without case and accents."""
    p = Params()
    tests = [f"v.search_key LIKE {p(like(text))} ESCAPE '\\'" for text in fields.values()]
    if email:
        tests.append(f"v.email = {p(email)}")
    if phone:
        tests.append(f"v.phone = {p(phone)}")
    if not (email or phone):
        ids = f"SELECT id FROM visitors WHERE NOT disabled ORDER BY ts DESC, id DESC LIMIT {NEWEST}"
        tests.append(f"v.id IN ({ids})")
    rows = await q.rows(
        f"{_FROM} AND {' AND '.join(tests)} ORDER BY v.ts, v.id LIMIT {MOST_LOOKED_AT}", *p.values
    )
    return next((visitor for visitor in map(_shown, rows) if _holds(visitor, fields)), None)


def _holds(visitor: Doc, fields: dict[str, str]) -> bool:
    """`search_key` is of all fields together."""
    values = visitor.get("livechatData") or {}
    return all(fold(text) in fold(values.get(key, "")) for key, text in fields.items())


def _shown(row: Any) -> Doc:
    visitor: Doc = decode(row[0])
    return visitor | {"contactManager": {"username": row[1]}} if row[1] else visitor
