"""What one person may see of another (contract/management.md §17)."""

from typing import Any, NamedTuple

from parley.accounts import people_store, store
from parley.accounts.identify import Person
from parley.accounts.login import log_out
from parley.accounts.schemas import ListPeople, WhichPerson
from parley.accounts.timed_status import status_now
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import iso, parse
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc, find
from parley.errors import Coded, Forbidden, Refused, Typed
from parley.web.paging import Page, SortKey, order_by, page_of, sort_of

ALL_INFO = "view-full-other-user-info"

_OPEN = [
    "_id",
    "username",
    "name",
    "type",
    "active",
    "status",
    "nickname",
    "bio",
    "statusText",
    "statusLivechat",
    "utcOffset",
    "avatarETag",
]
_FULL = [
    "emails",
    "phone",
    "roles",
    "createdAt",
    "_updatedAt",
    "lastLogin",
    "statusConnection",
    "statusDefault",
    "statusExpiresAt",
    "requirePasswordChange",
    "customFields",
    "language",
]
_PRESENCE = [
    "_id",
    "name",
    "username",
    "status",
    "utcOffset",
    "statusText",
    "avatarETag",
]

_KEYS = ("userId", "username", "importId", "email")
"""Of users.info, in the order of its schema."""


class Found(NamedTuple):
    users: list[Doc]
    total: int
    offset: int


def seen_by(person: Person, user: Doc) -> Doc:
    """What of the document this person may see."""
    keys = [*_OPEN, *_FULL] if _wholly(person, user) else _OPEN
    now = status_now(user)
    return {key: now[key] for key in keys if key in now}


def _wholly(person: Person, user: Doc) -> bool:
    return user["_id"] == person.user_id or person.may(ALL_INFO)


async def info(q: Reader, person: Person, wanted: WhichPerson) -> Doc:
    """Raises Typed for none or several keys, Refused for an empty one or nobody."""
    given = {key: value for key in _KEYS if (value := getattr(wanted, key)) is not None}
    if len(given) != 1:
        raise Typed(_any_of(given), "error-invalid-params")
    ((key, value),) = given.items()
    if not value:
        raise Refused("Invalid search query.")
    user = await _by(q, key, value)
    # Whoever may not see addresses learns nothing by trying them.
    if user is None or (key == "email" and not _wholly(person, user)):
        raise Refused("User not found.")
    return seen_by(person, user) | {"canViewAllInfo": _wholly(person, user)}


def _any_of(given: dict[str, Any]) -> str:
    closed, missing = "must NOT have additional properties", "must have required property"
    faults = [closed if key in given else f"{missing} '{key}'" for key in _KEYS]
    return "\n ".join([*faults, "must match a schema in anyOf"])


async def _by(q: Reader, key: str, value: str) -> Doc | None:
    if key == "userId":
        return await find(q, "users", value)
    if key == "username":
        return await store.find_by_username(q, value)
    if key == "email":
        found, _ = await people_store.list_people(q, value, "id", 1, 0)
        return found[0] if found else None
    return None  # nobody was imported


async def listed(db: Database, person: Person, wanted: ListPeople) -> Found:
    """People as this person may see them. Raises Forbidden for `email` without the permission."""
    if wanted.email is not None and not person.may(ALL_INFO):
        raise Forbidden
    page, order = page_and_order(wanted, person)
    email = wanted.email or ""
    users, total = await db.scan(people_store.list_people, email, order, page.limit, page.offset)
    return Found([seen_by(person, user) for user in users], total, page.offset)


def page_and_order(wanted: Any, person: Person) -> tuple[Page, str]:
    columns = people_store.SORTABLE
    keys = sort_of(wanted, columns) or [SortKey("username", False)]
    return page_of(wanted, person.settings), order_by(keys, columns)


async def named(q: Reader, person: Person, user_id: str | None, username: str | None) -> Doc:
    """Whom a call names, or the caller. Raises Coded `error-invalid-user`."""
    if username and not user_id:
        user = await store.find_by_username(q, username)
    else:
        user = await find(q, "users", user_id or person.user_id or "")
    if user is None:
        text = 'The required "userId" or "username" param provided does not match any users'
        raise Coded("error-invalid-user", text)
    return user


def presence(user: Doc) -> Doc:
    now = status_now(user)
    return {key: now[key] for key in _PRESENCE if key in now} | timed(now)


def timed(now: Doc) -> Doc:
    """What is told of a status that ends by itself."""
    until = now.get("statusExpiresAt")
    return {} if until is None else {"statusSource": "manual", "statusExpiresAt": until}


async def present(q: Reader, since: str | None, ids: list[str]) -> tuple[list[Doc], bool]:
    """(people, whether whoever is missing is offline). Raises Coded `error-invalid-date`."""
    if ids:
        users = await people_store.by_ids(q, ids)
    elif since:
        users = await people_store.changed_since(q, moment_of(since, "from", "error-invalid-date"))
    else:
        users = await people_store.not_offline(q)
    full = not ids and not since and len(users) < people_store.MOST
    return [presence(user) for user in users], full


def moment_of(text: str, name: str, code: str) -> str:
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise Coded(code, f'The "{name}" query parameter must be a valid date.') from None


async def log_out_everywhere(tx: Tx, actor: Actor, person: Person, user_id: str | None) -> str:
    """Ends every session and named token of oneself or, with permission, of somebody; their id."""
    user_id = user_id or person.user_id or ""
    if user_id != person.user_id and not person.may("logout-other-user"):
        raise Forbidden
    user = await named(tx, person, user_id, None)
    await people_store.delete_tokens(tx, user_id)
    # What a logout does to a status, for somebody who presented no token.
    await log_out(tx, Person(user_id, user["username"], "", (), frozenset(), {}))
    if user_id != person.user_id:
        await record(tx, actor, "user.logged-out", "user", user_id, user["username"])
    return user_id
