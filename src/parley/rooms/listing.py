"""What is asked for by the query of livechat/rooms (contract/core.md §6)."""

import re
from typing import Any, NamedTuple

import msgspec

from parley.accounts.identify import Person
from parley.clock import iso, parse
from parley.errors import Forbidden, Refused
from parley.rooms.schemas import ListRooms

_decode = msgspec.json.Decoder().decode

_TRUE = {"t", "true", "1"}
_KEY = re.compile(r"[A-Za-z_-][\w-]*", re.ASCII)


class Between(NamedTuple):
    """ISO times, both inclusive; empty for no bound."""

    start: str = ""
    end: str = ""


class Wanted(NamedTuple):
    """Filters of the list of rooms; what is empty filters nothing."""

    agents: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    name: str = ""
    open: bool | None = None
    created: Between = Between()
    closed: Between = Between()
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    on_hold: bool = False
    queued: bool = False


def wanted_rooms(query: ListRooms, person: Person) -> Wanted:
    """Raises Refused for a date or JSON that is none, Forbidden for rooms of others."""
    created, closed = _between("createdAt", query.createdAt), _between("closedAt", query.closedAt)
    agents = tuple(query.agents or ())
    if not person.may("view-livechat-rooms") and not (
        person.may("view-l-room") and agents == (person.user_id,)
    ):
        raise Forbidden
    return Wanted(
        agents,
        tuple(d for d in query.departmentId or () if d != "undefined"),
        query.roomName or "",
        {"true": True, "false": False}.get(query.open or ""),
        created,
        closed,
        tuple(query.tags or ()),
        _fields(query.customFields),
        query.onhold in _TRUE,
        query.queued in _TRUE,
    )


def _between(name: str, text: str | None) -> Between:
    if not text:
        return Between()
    found = _object(name, text)
    return Between(*(_date(f"{name}.{end}", found.get(end)) for end in ("start", "end")))


def _date(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    try:
        return iso(parse(value))
    except (ValueError, OverflowError, TypeError):
        raise Refused(f'The "{name}" query parameter must be a valid date.') from None


def _fields(text: str | None) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    found = [(key, str(value)) for key, value in _object("customFields", text).items()]
    # A key of another shape is no custom field's; in SQLite it would be a path.
    if any("\0" in value or not _KEY.fullmatch(key) for key, value in found):
        raise _not_json("customFields")
    return tuple(found)


def _object(name: str, text: str) -> dict[str, Any]:
    try:
        found = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _not_json(name) from None
    if not isinstance(found, dict):
        raise _not_json(name)
    return found


def _not_json(name: str) -> Refused:
    return Refused(f'The "{name}" query parameter must be a valid JSON.')
