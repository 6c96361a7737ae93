"""Lists by methods (realtime.md §3): what REST lists, with EJSON dates."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from parley.accounts.identify import Person
from parley.accounts.service import all_grants
from parley.clock import iso
from parley.db import Reader
from parley.db.documents import encode
from parley.errors import Coded
from parley.messages import store
from parley.messages.ejson import date, with_dates
from parley.messages.kinds import KINDS
from parley.messages.methods import MatchFailed
from parley.preferences.listing import list_settings
from parley.realtime.ddp.office import Office, Peer
from parley.rooms.subscription_store import Changed, rooms_of, subscriptions_of
from parley.rooms.unread import mark_read
from parley.rooms.visibility import may_see
from parley.web.paging import Page

MODULES = ["omnichannel-mobile-enterprise"]
"""Without this name the mobile app shows agents nothing of a livechat."""
ALL = Page(10_000, 0)
MOST_MESSAGES = 100


async def rooms(office: Office, peer: Peer, params: list[Any]) -> Any:
    since = _since(params)
    return _changed(await office.db.read(rooms_of, _person(peer), since), since)


async def subscriptions(office: Office, peer: Peer, params: list[Any]) -> Any:
    since = _since(params)
    return _changed(await office.db.read(subscriptions_of, _person(peer), since), since)


async def public_settings(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Those that everybody may see. With a date all of them too: they carry none of their own."""
    listed = await office.db.read(list_settings, ALL, public_only=True)
    return {"update": listed.settings, "remove": []} if _since(params) else listed.settings


async def permissions(office: Office, peer: Peer, params: list[Any]) -> Any:
    _person(peer)
    docs = await office.db.read(all_grants)
    shown = msgspec.Raw(with_dates(encode(docs)).encode())
    return {"update": shown, "remove": []} if _since(params) else shown


async def history(office: Office, peer: Peer, params: list[Any]) -> Any:
    """`[rid, end?, limit?]`: messages before a date, or the newest; newest first."""
    room_id, end, limit = (params + [None] * 3)[:3]
    limit = 50 if limit is None else limit
    if not isinstance(room_id, str) or not isinstance(limit, int):
        raise MatchFailed("Match failed")
    limit = max(1, min(limit, MOST_MESSAGES))
    docs = await office.db.read(_history, _person(peer), room_id, _since([end]), limit)
    return {"messages": _raw(docs), "unreadNotLoaded": 0}


async def _history(q: Reader, person: Person, room_id: str, before: str, limit: int) -> list[str]:
    if not await may_see(q, person, room_id):
        raise Coded("error-not-allowed", "Not allowed")
    hidden = [kind for kind in person.settings["Hide_System_Messages"] if kind in KINDS]
    return await store.history(q, room_id, hidden, before or None, limit, 0)


async def read_messages(office: Office, peer: Peer, params: list[Any]) -> Any:
    person = _person(peer)
    if not params or not isinstance(params[0], str):
        raise MatchFailed("Match failed")
    await office.db.act(mark_read, person, params[0])
    return True


async def modules(office: Office, peer: Peer, params: list[Any]) -> Any:
    return MODULES


async def nothing(office: Office, peer: Peer, params: list[Any]) -> Any:
    """Nobody has a role in one room only."""
    return []


def _person(peer: Peer) -> Person:
    if peer.person.user_id is None:
        raise Coded("error-invalid-user", "Invalid user")
    return peer.person


def _since(params: list[Any]) -> str:
    """`{"$date": ms}` as our own text; empty for none. Raises MatchFailed."""
    match params[0] if params else None:
        case {"$date": int(ms)}:
            try:
                return iso(datetime.fromtimestamp(ms / 1000, UTC))
            except (ValueError, OverflowError, OSError):
                raise MatchFailed("Match failed") from None
    return ""


def _changed(changed: Changed, since: str) -> Any:
    if not since:
        return _raw(changed.update)
    gone = [{"_id": key, "_deletedAt": date(at)} for key, at in changed.removed]
    return {"update": _raw(changed.update), "remove": gone}


def _raw(docs: list[str]) -> msgspec.Raw:
    return msgspec.Raw(with_dates(f"[{','.join(docs)}]").encode())
