from typing import Any

from parley.audit.actor import by
from parley.contacts.answers import (
    Candidates,
    Channels,
    ContactMade,
    Contacts,
    Exists,
    Merged,
    Merges,
    OneContact,
    OneLicence,
    Unmerged,
)
from parley.contacts.editing import create
from parley.contacts.licence import licence
from parley.contacts.merging import merge, merge_candidates, merges_of, shown, unmerge
from parley.contacts.schemas import (
    ContactExists,
    MergeContacts,
    NewContact,
    SearchContacts,
    UnmergeContacts,
    WhichContact,
    WhichLicence,
)
from parley.contacts.store import Wanted, find_contact, list_contacts, reached_by
from parley.db import Database
from parley.errors import NotFound
from parley.web.errors import InvalidParams
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route

# The engines disagree where NULL sorts.
_LAST_CHAT = "COALESCE(c.doc -> 'lastChat' ->> 'ts', '')"
_SORTABLE = {
    "name": "c.search_key",
    "_id": "c.id",
    "createdAt": "c.doc ->> 'createdAt'",
    "lastChat.ts": _LAST_CHAT,
    "channels.lastChat.ts": _LAST_CHAT,
}


async def contact_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes a contact before they have written: their first visitor joins it by address."""
    return {"contactId": await db.act(create, by(call), call.body)}


async def contact_get(db: Database, call: Call) -> dict[str, Any]:
    """One contact; the id of one that was merged finds the one it was merged into."""
    contact = await db.read(find_contact, call.query.contactId)
    if contact is None:
        raise NotFound
    return {"contact": contact}


async def contact_search(db: Database, call: Call) -> dict[str, Any]:
    """Contacts by a part of name, address or number; by name. `count` is how many were asked."""
    query: SearchContacts = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("name", False)], _SORTABLE, "c.id")
    wanted = Wanted(query.searchText or "", query.unknown)
    contacts, total = await db.scan(list_contacts, wanted, order, page.limit, page.offset)
    return {
        "contacts": contacts,
        "count": page.limit,
        "offset": page.offset,
        "total": total,
    }


async def contact_exists(db: Database, call: Call) -> dict[str, Any]:
    """Whether a contact has this id, e-mail address or phone number, exactly."""
    query: ContactExists = call.query
    given = [name for name in ("contactId", "email", "phone") if getattr(query, name) is not None]
    if len(given) != 1:
        raise InvalidParams("must match exactly one schema in oneOf")
    if query.contactId is not None:
        return {"exists": await db.read(find_contact, query.contactId) is not None}
    kind = given[0]
    return {"exists": bool(await db.read(reached_by, kind, getattr(query, kind)))}


async def contact_channels(db: Database, call: Call) -> dict[str, Any]:
    """How the contact has been reached: of each kind of channel the one with the latest chat."""
    contact = await db.read(find_contact, call.query.contactId)
    latest: dict[str, Any] = {}
    for channel in (contact or {}).get("channels") or []:
        known = latest.get(channel["name"])
        if known is None or _chatted(channel) > _chatted(known):
            latest[channel["name"]] = channel
    return {"channels": list(latest.values())}


def _chatted(channel: dict[str, Any]) -> str:
    return str((channel.get("lastChat") or {}).get("ts") or "")


async def contact_merge(db: Database, call: Call) -> dict[str, Any]:
    """Makes two contacts one, with one history; it can be taken back (ours)."""
    body: MergeContacts = call.body
    contact, entry = await db.act(merge, by(call), body.contactId, body.otherId)
    return {"contact": contact, "merge": shown(entry)}


async def contact_unmerge(db: Database, call: Call) -> dict[str, Any]:
    """Takes a merge back: both contacts are as they were (ours)."""
    body: UnmergeContacts = call.body
    return {"contacts": list(await db.act(unmerge, by(call), body.mergeId))}


async def contact_merges(db: Database, call: Call) -> dict[str, Any]:
    """What was merged into this contact, newest first (ours)."""
    return {"merges": await db.read(merges_of, call.query.contactId)}


async def contact_candidates(db: Database, call: Call) -> dict[str, Any]:
    """Contacts that share an address or a number with this one: perhaps the same person (ours)."""
    return {"contacts": await db.read(merge_candidates, call.query.contactId)}


async def licence_info(db: Database, call: Call) -> dict[str, Any]:
    """What is free: everything, without limits. How much is used is for holders of
    `view-privileged-setting`."""
    counted = call.caller.may("view-privileged-setting")
    return {"license": await db.scan(licence, counted=counted)}


_L = Dialect.L
_VIEW, _UPDATE = ("view-livechat-contact",), ("update-livechat-contact",)
ROUTES = [
    Route(
        "POST",
        "/api/v1/omnichannel/contacts",
        contact_create,
        _L,
        ("create-livechat-contact",),
        body=NewContact,
        answer=ContactMade,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.get",
        contact_get,
        _L,
        _VIEW,
        query=WhichContact,
        answer=OneContact,
        also=(404,),
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.search",
        contact_search,
        _L,
        _VIEW,
        query=SearchContacts,
        answer=Contacts,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.checkExistence",
        contact_exists,
        _L,
        _VIEW,
        query=ContactExists,
        answer=Exists,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.channels",
        contact_channels,
        _L,
        _VIEW,
        query=WhichContact,
        answer=Channels,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.merge",
        contact_merge,
        _L,
        _UPDATE,
        body=MergeContacts,
        answer=Merged,
    ),
    Route(
        "POST",
        "/api/v1/omnichannel/contacts.unmerge",
        contact_unmerge,
        _L,
        _UPDATE,
        body=UnmergeContacts,
        answer=Unmerged,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.merges",
        contact_merges,
        _L,
        _VIEW,
        query=WhichContact,
        answer=Merges,
    ),
    Route(
        "GET",
        "/api/v1/omnichannel/contacts.mergeCandidates",
        contact_candidates,
        _L,
        _VIEW,
        query=WhichContact,
        answer=Candidates,
    ),
    Route(
        "GET",
        "/api/v1/licenses.info",
        licence_info,
        Dialect.L,
        LOGIN,
        query=WhichLicence,
        answer=OneLicence,
    ),
]
