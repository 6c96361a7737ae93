"""`count`, `offset`, `sort`: one reading of them for every list (contract/core.md §2)."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from parley.errors import Coded

_decode = msgspec.json.Decoder().decode

LARGEST = 2**31 - 1
INFINITE = 1000
"""What `count=0` means when API_Allow_Infinite_Count is on: every list stays bounded."""

Amount = Annotated[float, msgspec.Meta(ge=0, le=LARGEST)] | None


class Paged(msgspec.Struct, forbid_unknown_fields=True):
    """Base of the query of every list."""

    count: Amount = None
    offset: Amount = None
    sort: str | None = None


class Listed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of the answer of every list."""

    count: int
    offset: int
    total: int


class Page(NamedTuple):
    limit: int
    offset: int


class SortKey(NamedTuple):
    key: str
    descending: bool


def page_of(query: Paged, settings: Mapping[str, Any]) -> Page:
    upper = settings["API_Upper_Count_Limit"]
    upper = upper if upper > 0 else 100
    default = settings["API_Default_Count"]
    default = default if default > 0 else 50
    count = math.trunc(query.count) if query.count is not None else default
    if count == 0:
        count = INFINITE if settings["API_Allow_Infinite_Count"] else default
    else:
        count = min(count, upper)
    return Page(count, math.trunc(query.offset or 0))


def sort_of(query: Paged, allowed: Collection[str]) -> list[SortKey]:
    """The caller's keys in order of priority; empty for the endpoint's own order.

    Raises Coded `error-invalid-sort` for anything but an object of allowed keys to 1 or -1.
    """
    if not query.sort:
        return []
    try:
        wanted = _decode(query.sort)
    except (msgspec.DecodeError, RecursionError):
        wanted = None
    if not isinstance(wanted, dict) or not all(
        key in allowed and type(way) in (int, float) and way in (1, -1)
        for key, way in wanted.items()
    ):
        raise Coded(
            "error-invalid-sort",
            f'Invalid sort parameter provided: "{query.sort}"',
            {"helperMethod": "parseJsonQuery"},
        )
    return [SortKey(key, way == -1) for key, way in wanted.items()]


def order_by(keys: Sequence[SortKey], columns: Mapping[str, str], tie: str = "id") -> str:
    """SQL after ORDER BY; ties are broken by id in the direction of the last key."""
    parts = [f"{columns[k.key]} {'DESC' if k.descending else 'ASC'}" for k in keys]
    parts.append(f"{tie} {'DESC' if keys[-1].descending else 'ASC'}")
    return ", ".join(parts)
