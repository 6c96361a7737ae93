"""Merging two contacts that are one person, and taking it back.

Nothing is thrown away: the contact that was taken up is kept in the record of the merge, byte for
byte, with the other as it was before. Rooms are not touched: they follow their visitors, and a
contact's id stays good while it is merged (`find_contact`). So a merge costs what the number of
devices costs, and one that is undone leaves no trace but its record.
"""

from typing import Any

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.contacts.service import add_addresses, add_conflict
from parley.contacts.store import (
    delete_contact,
    find_contact,
    insert_contact,
    move_visitors,
    reach,
    reached_by,
    save_contact,
    search_key,
    visitors_of,
)
from parley.db.documents import Doc, decode, encode, find, insert, save
from parley.db.tx import Reader, Tx
from parley.errors import Refused
from parley.ids import object_id

MOST_DEVICES = 1000


async def merge(tx: Tx, actor: Actor, kept_id: str, taken_id: str) -> tuple[Doc, Doc]:
    """(the contact with both histories, the record of the merge).

    Raises Refused `error-contact-not-found`, `error-same-contact`, `error-contact-too-large`.
    """
    kept, taken = await _both(tx, kept_id, taken_id)
    visitors = await visitors_of(tx, taken["_id"])
    if len(visitors) > MOST_DEVICES:
        raise Refused("error-contact-too-large")
    merged = _joined(kept, taken)
    entry: Doc = {
        "_id": object_id(),
        "kept": kept["_id"],
        "taken": taken["_id"],
        "ts": now(),
        "by": actor.doc,
        "visitors": visitors,
        # As text: to be put back byte for byte.
        "keptBefore": encode(kept),
        "takenBefore": encode(taken),
    }
    await save_contact(tx, merged)
    entry["keptAfter"] = encode(merged)
    await insert(tx, "contact_merges", entry)
    await delete_contact(tx, taken["_id"])
    await move_visitors(tx, visitors, kept["_id"])
    await _note(tx, actor, "contact.merged", merged, taken)
    return merged, entry


async def unmerge(tx: Tx, actor: Actor, merge_id: str) -> tuple[Doc, Doc]:
    """(the contact that had been kept, the one that stands on its own again).

    What neither has changed since is as it was, to the byte; what was learnt since stays with the
    one that was kept, except the channels of visitors that leave it. Raises Refused
    `error-merge-not-found`, or `error-contact-merged-elsewhere` while the kept one is merged too.
    """
    entry = await find(tx, "contact_merges", merge_id)
    if entry is None or entry.get("undone"):
        raise Refused("error-merge-not-found")
    for contact_id in sorted((entry["kept"], entry["taken"])):
        await tx.lock("contacts", contact_id)
    entry = await find(tx, "contact_merges", merge_id)
    if entry is None or entry.get("undone"):
        raise Refused("error-merge-not-found")
    kept = await find(tx, "contacts", entry["kept"])
    if kept is None:
        raise Refused("error-contact-merged-elsewhere")
    before, taken = decode(entry["keptBefore"]), decode(entry["takenBefore"])
    _carry(kept, taken)
    untouched = encode(kept) == entry["keptAfter"]
    if not untouched:
        before = _without(kept, entry)
    await _put_back(tx, before, exact=untouched)
    await insert_contact(tx, dict(taken))
    await _put_back(tx, taken, exact=True)
    await move_visitors(tx, entry["visitors"], taken["_id"])
    await save(tx, "contact_merges", entry | {"undone": True, "undoneAt": now()})
    await _note(tx, actor, "contact.unmerged", before, taken)
    return before, taken


async def merge_candidates(q: Reader, contact_id: str) -> list[Doc]:
    """Other contacts that share an address or a number: perhaps the same person.

    Raises Refused `error-contact-not-found`.
    """
    contact = await find_contact(q, contact_id)
    if contact is None:
        raise Refused("error-contact-not-found")
    found: dict[str, Doc] = {}
    for kind, value in sorted(reach(contact))[:MOST_KEYS]:
        for other in await reached_by(q, kind, value):
            if other["_id"] != contact["_id"]:
                found[other["_id"]] = other
    return [found[key] for key in sorted(found)][:MOST_CANDIDATES]


MOST_KEYS, MOST_CANDIDATES = 20, 50


async def merges_of(q: Reader, contact_id: str) -> list[Doc]:
    """Newest first, without the documents they keep."""
    rows = await q.rows(
        "SELECT doc FROM contact_merges WHERE kept = $1 ORDER BY ts DESC, id DESC LIMIT 100",
        contact_id,
    )
    return [shown(decode(row[0])) for row in rows]


def shown(entry: Doc) -> Doc:
    hidden = ("keptBefore", "keptAfter", "takenBefore")
    return {key: value for key, value in entry.items() if key not in hidden}


async def _both(tx: Tx, kept_id: str, taken_id: str) -> tuple[Doc, Doc]:
    found = [await find_contact(tx, contact_id) for contact_id in (kept_id, taken_id)]
    ids = [contact["_id"] for contact in found if contact is not None]
    if len(ids) < 2:
        raise Refused("error-contact-not-found")
    if ids[0] == ids[1]:
        raise Refused("error-same-contact")
    for contact_id in sorted(ids):
        await tx.lock("contacts", contact_id)
    kept, taken = [await find(tx, "contacts", contact_id) for contact_id in ids]
    if kept is None or taken is None or not (_enabled(kept) and _enabled(taken)):
        raise Refused("error-contact-not-found")
    return kept, taken


def _enabled(contact: Doc) -> bool:
    return bool(contact.get("enabled", True))


def _joined(kept: Doc, taken: Doc) -> Doc:
    merged: Doc = decode(encode(kept))
    add_addresses(merged, taken)
    merged["channels"] = [*(kept.get("channels") or []), *(taken.get("channels") or [])]
    for field, name in (("name", "name"), ("contactManager", "manager")):
        if value := taken.get(field):
            if not merged.get(field):
                merged[field] = value
            elif merged[field] != value:
                add_conflict(merged, name, value)
    _join_custom_fields(merged, taken)
    for conflict in taken.get("conflictingFields") or []:
        add_conflict(merged, conflict["field"], conflict["value"])
    months = sorted({*(kept.get("activity") or []), *(taken.get("activity") or [])})[-12:]
    if months:
        merged["activity"] = months
    chats = [c["lastChat"] for c in (kept, taken) if c.get("lastChat")]
    if chats:
        merged["lastChat"] = max(chats, key=lambda chat: str(chat["ts"]))
    merged["unknown"] = bool(kept.get("unknown") and taken.get("unknown"))
    return merged


def _join_custom_fields(merged: Doc, taken: Doc) -> None:
    for key, value in (taken.get("customFields") or {}).items():
        held = merged.setdefault("customFields", {})
        if held.get(key) in (None, ""):
            held[key] = value
        elif held[key] != value:
            add_conflict(merged, f"customFields.{key}", value)


def _without(kept: Doc, entry: Doc) -> Doc:
    """The kept contact as it is now, less what came with the merge."""
    before, taken = decode(entry["keptBefore"]), decode(entry["takenBefore"])
    left: Doc = decode(encode(kept))
    leaving = set(entry["visitors"])
    left["channels"] = [
        c for c in left.get("channels") or [] if c["visitor"]["visitorId"] not in leaving
    ]
    for key in ("emails", "phones"):
        brought = [e for e in taken.get(key) or [] if e not in (before.get(key) or [])]
        _put(left, key, [e for e in left.get(key) or [] if e not in brought])
    brought = _conflicts_brought(before, entry)
    _put(
        left,
        "conflictingFields",
        [c for c in left.get("conflictingFields") or [] if c not in brought],
    )
    for key, value in (taken.get("customFields") or {}).items():
        held = left.get("customFields") or {}
        if key not in (before.get("customFields") or {}) and held.get(key) == value:
            del held[key]
            _put(left, "customFields", held)
    chats = [c["lastChat"] for c in left["channels"] if c.get("lastChat")]
    left.pop("lastChat", None)
    if chats:
        left["lastChat"] = max(chats, key=lambda chat: str(chat["ts"]))
    return left


def _carry(kept: Doc, taken: Doc) -> None:
    """Who was blocked or verified while the two were one stays so."""
    known = {encode(c["visitor"]): c for c in kept.get("channels") or []}
    for channel in taken.get("channels") or []:
        now_known = known.get(encode(channel["visitor"]), channel)
        channel |= {key: now_known[key] for key in _MARKS if key in now_known}


_MARKS = ("blocked", "verified", "verifiedAt", "field", "value")


def _conflicts_brought(before: Doc, entry: Doc) -> list[Any]:
    after = decode(entry["keptAfter"])
    old = before.get("conflictingFields") or []
    return [c for c in after.get("conflictingFields") or [] if c not in old]


def _put(doc: Doc, key: str, value: Any) -> None:
    if value:
        doc[key] = value
    else:
        doc.pop(key, None)


async def _put_back(tx: Tx, contact: Doc, *, exact: bool) -> None:
    """`exact`: with the time of its last change of then, which saving would make now."""
    await save_contact(tx, dict(contact) if exact else contact)
    if exact:
        await tx.rows(
            "UPDATE contacts SET doc = $2, search_key = $3 WHERE id = $1",
            contact["_id"],
            encode(contact),
            search_key(contact),
        )


async def _note(tx: Tx, actor: Actor, what: str, kept: Doc, taken: Doc) -> None:
    name = str(kept.get("name") or "")
    await record(tx, actor, what, "contact", kept["_id"], name, other=taken["_id"])
