"""Business hours as they are shown: of this week, and with the departments that keep them."""

from functools import partial

from parley.agents.business_hours import store
from parley.agents.business_hours.service import CUSTOM, DEFAULT
from parley.agents.business_hours.week import shown
from parley.clock import now, parse
from parley.db.documents import Doc, fold
from parley.db.tx import Reader
from parley.web.paging import SortKey

SORTABLE = ("name", "_id", "type", "ts", "active")


async def one_hour(q: Reader, kind: str, hour_id: str) -> Doc | None:
    """The default one, or a custom one by its id."""
    wanted = store.DEFAULT_ID if kind == DEFAULT else hour_id
    found = [hour for hour in await _all_shown(q) if hour["_id"] == wanted and hour["type"] == kind]
    return found[0] if found else None


async def list_hours(q: Reader, name: str, keys: list[SortKey]) -> list[Doc]:
    """All whose name holds the text; by name unless told otherwise, ties by id."""
    hours = [hour for hour in await _all_shown(q) if fold(name) in fold(hour["name"])]
    hours.sort(key=lambda hour: str(hour["_id"]))
    for key in reversed(keys or [SortKey("name", False)]):
        # What is equal stays in its order, either way.
        hours.sort(key=partial(_text, key.key), reverse=key.descending)
    return hours


def _text(key: str, hour: Doc) -> str:
    return str(hour[key])


async def _all_shown(q: Reader) -> list[Doc]:
    at, departments = parse(now()), await store.departments_by_hour(q)
    hours = [shown(hour, at) for hour in await store.all_hours(q)]
    for hour in hours:
        if hour["type"] == CUSTOM:
            hour["departmentsToApplyBusinessHour"] = ",".join(departments.get(hour["_id"], []))
    return hours
