"""SQL of contacts. The id of one that was merged into another stays good: it finds that other."""

from typing import NamedTuple

from parley.db.documents import Doc, Params, decode, find, fold, holds, insert, like, save
from parley.db.tx import Reader, Tx

DEEPEST = 50
"""Merges of merges that are followed."""

MOST = 100
"""Of a list without pages."""


async def find_contact(q: Reader, contact_id: str) -> Doc | None:
    """The contact, or the one it was merged into."""
    for _ in range(DEEPEST):
        contact = await find(q, "contacts", contact_id)
        if contact is not None:
            return contact
        kept = await _merged_into(q, contact_id)
        if kept is None:
            return None
        contact_id = kept
    return None


async def _merged_into(q: Reader, contact_id: str) -> str | None:
    sql = "SELECT kept FROM contact_merges WHERE taken = $1 AND NOT undone"
    kept: str | None = await q.value(sql, contact_id)
    return kept


async def locked_contact(tx: Tx, contact_id: str) -> Doc | None:
    """The same, under its lock."""
    for _ in range(DEEPEST):
        await tx.lock("contacts", contact_id)
        contact = await find(tx, "contacts", contact_id)
        if contact is not None:
            return contact
        kept = await _merged_into(tx, contact_id)
        if kept is None:
            return None
        contact_id = kept
    return None


async def insert_contact(tx: Tx, contact: Doc) -> None:
    await insert(tx, "contacts", contact, search_key=search_key(contact))
    await _put_reach(tx, contact)


async def save_contact(tx: Tx, contact: Doc) -> None:
    """With what it is found by: where a name or an address may have changed."""
    await save(tx, "contacts", contact, search_key=search_key(contact))
    await tx.rows("DELETE FROM contact_reach WHERE contact_id = $1", contact["_id"])
    await _put_reach(tx, contact)


async def delete_contact(tx: Tx, contact_id: str) -> None:
    await tx.rows("DELETE FROM contact_reach WHERE contact_id = $1", contact_id)
    await tx.rows("DELETE FROM contacts WHERE id = $1", contact_id)


async def delete_merges(tx: Tx, contact_id: str) -> None:
    """What was merged into it, and into that, can no longer be put back; nor does what it was
    before stay in the record of a merge that was undone."""
    await tx.rows(
        "WITH RECURSIVE gone(id) AS (SELECT id FROM contacts WHERE id = $1 UNION SELECT m.taken"
        " FROM gone g JOIN contact_merges m ON m.kept = g.id WHERE NOT m.undone)"
        " DELETE FROM contact_merges WHERE kept IN (SELECT id FROM gone)"
        " OR taken IN (SELECT id FROM gone)",
        contact_id,
    )


async def _put_reach(tx: Tx, contact: Doc) -> None:
    for kind, value in sorted(reach(contact)):
        await tx.rows(
            "INSERT INTO contact_reach (contact_id, kind, value) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            contact["_id"],
            kind,
            value,
        )


def reach(contact: Doc) -> set[tuple[str, str]]:
    """(`email` or `phone`, what it is matched by)."""
    emails = {("email", e["address"].strip().lower()) for e in contact.get("emails") or []}
    phones = {("phone", p["phoneNumber"].strip()) for p in contact.get("phones") or []}
    return {(kind, value) for kind, value in emails | phones if value}


def search_key(contact: Doc) -> str:
    return fold("\n".join([str(contact.get("name") or ""), *sorted(v for _, v in reach(contact))]))


async def reached_by(q: Reader, kind: str, value: str) -> list[Doc]:
    rows = await q.rows(
        "SELECT c.doc FROM contact_reach r JOIN contacts c ON c.id = r.contact_id"
        " WHERE r.kind = $1 AND r.value = $2 AND c.enabled ORDER BY c.id LIMIT $3",
        kind,
        value.strip().lower() if kind == "email" else value.strip(),
        MOST,
    )
    return [decode(row[0]) for row in rows]


async def prepared_for(q: Reader, kind: str, value: str) -> str | None:
    """The id of a contact that an agent made and no visitor has joined yet."""
    found: str | None = await q.value(
        "SELECT c.id FROM contact_reach r JOIN contacts c ON c.id = r.contact_id"
        " WHERE r.kind = $1 AND r.value = $2 AND c.enabled"
        " AND COALESCE(CAST(c.doc -> 'preRegistration' AS text) = 'true', false)"
        " ORDER BY c.id LIMIT 1",
        kind,
        value,
    )
    return found


class Wanted(NamedTuple):
    """Filters of the list; `text` is anywhere in the name, an address or a number."""

    text: str = ""
    unknown: bool = False


async def list_contacts(
    q: Reader, wanted: Wanted, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """Contacts with `contactManager` as `{_id, name, username}`; and how many there are."""
    p = Params()
    tests = ["c.enabled", "c.unknown" if wanted.unknown else "NOT c.unknown"]
    if wanted.text:
        tests.append(f"c.search_key LIKE {p(like(wanted.text))} ESCAPE '\\'")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM contacts c WHERE {where}", *p.values)
    rows = await q.rows(
        "SELECT page.doc, u.id, u.doc ->> 'name', u.doc ->> 'username' FROM"
        f" (SELECT c.doc, c.manager, c.search_key, c.id FROM contacts c WHERE {where}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}) page"
        f" LEFT JOIN users u ON u.id = page.manager ORDER BY {order.replace('c.', 'page.')}",
        *p.values,
    )
    return [_with_manager(decode(row[0]), *row[1:]) for row in rows], total


def _with_manager(contact: Doc, user_id: str | None, name: str, username: str) -> Doc:
    if user_id is None:
        contact.pop("contactManager", None)
        return contact
    return contact | {"contactManager": {"_id": user_id, "name": name, "username": username}}


async def visitors_of(q: Reader, contact_id: str) -> list[str]:
    rows = await q.rows("SELECT id FROM visitors WHERE contact_id = $1 ORDER BY id", contact_id)
    return [row[0] for row in rows]


async def move_visitors(tx: Tx, visitors: list[str], contact_id: str) -> None:
    p = Params(contact_id)
    marks = ", ".join(p(visitor) for visitor in visitors)
    if visitors:
        await tx.rows(f"UPDATE visitors SET contact_id = $1 WHERE id IN ({marks})", *p.values)


async def count_active_in(q: Reader, month: str) -> int:
    """Contacts that an agent answered in this month (`YYYY-MM`)."""
    p = Params()
    where = holds("doc -> 'activity'", month, p)
    return int(await q.value(f"SELECT count(*) FROM contacts WHERE {where}", *p.values))


async def without_search_key(q: Reader, limit: int) -> list[str]:
    """Contacts that have not been written since there is such a key."""
    rows = await q.rows("SELECT id FROM contacts WHERE search_key IS NULL LIMIT $1", limit)
    return [row[0] for row in rows]
