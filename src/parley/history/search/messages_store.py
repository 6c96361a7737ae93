"""SQL of messages.search: messages are looked at newest first, so many for a page and no more."""

from collections.abc import Callable
from typing import Any, NamedTuple

from parley.accounts.identify import Person
from parley.db.documents import Doc, Params, decode, holds
from parley.db.fulltext import FEW, MANY, NEWEST, Look, Scope, Unit, fulltext, newest
from parley.db.tx import Reader
from parley.messages.indexing import UNINDEXED
from parley.rooms.visibility import visible_to


class Wanted(NamedTuple):
    person: Person
    units: tuple[Unit, ...]
    scope: Scope
    department_id: str
    agent_id: str
    """Who serves, or served, the room."""
    tag: str
    limit: int
    parts: bool | None
    """Whether the units are parts of words; None on the first page, which finds out."""


class Messages(NamedTuple):
    found: list[tuple[Doc, Doc]]
    """(message, its room)."""
    rest: int | None
    """The next page begins below this `n`."""
    parts: bool
    complete: bool
    """The page was filled, or nothing is left that could be looked at."""


async def page_of_messages(q: Reader, wanted: Wanted) -> Messages:
    """Words first; parts of words where nobody's message that the caller may see holds them."""
    if wanted.parts:
        return await _by_parts(q, wanted)
    messages = await _by_words(q, wanted)
    nothing = not messages.found and messages.rest is None
    if wanted.parts is None and nothing and any(unit.divisible for unit in wanted.units):
        return await _by_parts(q, wanted)
    return messages


async def _by_words(q: Reader, wanted: Wanted) -> Messages:
    p, units, scope = Params(), wanted.units, wanted.scope
    look = fulltext(q).few(p, units, scope) if units else newest(p, scope, FEW)
    matching, messages = await _looked(q, wanted, p, look)
    if messages.rest is not None and len(messages.found) < wanted.limit:
        p = Params()
        look = fulltext(q).many(p, units, scope, matching) if units else newest(p, scope, MANY)
        _, messages = await _looked(q, wanted, p, look)
    return messages


async def _by_parts(q: Reader, wanted: Wanted) -> Messages:
    p = Params()
    _, messages = await _looked(q, wanted, p, newest(p, wanted.scope, NEWEST, wanted.units))
    return messages._replace(parts=True)


async def _looked(q: Reader, wanted: Wanted, p: Params, look: Look) -> tuple[int, Messages]:
    """How many of the rows match, and of these what the caller may see."""
    tests = [visible_to(wanted.person, p), *_filters(p, wanted)]
    sql = _page(fulltext(q).at, look, " AND ".join(tests), p(wanted.limit + 1))
    rows = await q.rows(sql, *p.values)
    looked, least, matching, unindexed = rows[0][:4]
    found = [row[4:] for row in rows if row[4] is not None]
    rest: int | None = least if looked == look.most else None
    stopped = rest is not None and len(found) <= wanted.limit
    if len(found) > wanted.limit:
        rest = found[wanted.limit - 1][0]
    messages = [(decode(said), decode(room)) for _, said, room in found[: wanted.limit]]
    return matching, Messages(messages, rest, False, not (unindexed or stopped))


def _page(at: Callable[[str, str], str], look: Look, tests: str, limit: str) -> str:
    said = (
        f"{at('w.n', 'f.n')} AND {at('r.id', 'w.room_id')} AND {at('m.id', 'w.message_id')}"
        " AND m.kind IS NULL AND NOT m.hidden"
    )
    return (
        f"WITH looked AS MATERIALIZED ({look.rows}), found AS MATERIALIZED"
        f" (SELECT w.n FROM looked w WHERE {look.matching})"
        " SELECT t.looked, t.least, t.found, t.unindexed, c.n, c.said, c.room FROM"
        " (SELECT (SELECT count(*) FROM looked) AS looked, (SELECT min(n) FROM looked) AS least,"
        f" (SELECT count(*) FROM found) AS found, {UNINDEXED} AS unindexed) t LEFT JOIN"
        " (SELECT f.n, m.doc AS said, r.doc AS room FROM found f CROSS JOIN message_words w"
        f" CROSS JOIN rooms r CROSS JOIN messages m WHERE {said} AND {tests}"
        f" ORDER BY f.n DESC LIMIT {limit}) c ON true ORDER BY c.n DESC"
    )


def _filters(p: Params, wanted: Wanted) -> list[str]:
    tests: list[Any] = []
    if wanted.department_id:
        tests.append(f"r.department_id = {p(wanted.department_id)}")
    if wanted.agent_id:
        tests.append(f"r.served_by = {p(wanted.agent_id)}")
    if wanted.tag:
        tests.append(holds("r.doc -> 'tags'", wanted.tag, p))
    return tests
