"""Whom a mailing is for: the part of MongoDB's query language that tells people apart.

A key is a path into the person's document, such as `emails.address`; its value is what stands
there, or is in the list there, or an object of `$eq`, `$ne`, `$in`, `$nin`, `$exists`. Beside keys
stand `$and`, `$or`, `$nor` with lists. Nothing else: no patterns, no code.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from parley.db.documents import Doc
from parley.errors import Coded

Test = Callable[[Doc], bool]

DEEPEST = 10


def selector(text: str) -> Test:
    """True for whom it means; of an empty text, for everybody. Raises Coded."""
    if not text.strip():
        return lambda user: True
    try:
        return _all_of(msgspec.json.decode(text), DEEPEST)
    except (ValueError, RecursionError):
        reason = f'Invalid query parameter provided: "{text[:200]}"'
        raise Coded("error-invalid-query", reason) from None


def _all_of(query: Any, deepest: int) -> Test:
    """Raises ValueError."""
    if not isinstance(query, dict) or not deepest:
        raise ValueError
    tests = [_one(key, wanted, deepest) for key, wanted in query.items()]
    return lambda user: all(test(user) for test in tests)


def _one(key: str, wanted: Any, deepest: int) -> Test:
    if key.startswith("$"):
        return _joined(key, wanted, deepest)
    path = key.split(".")
    if isinstance(wanted, dict) and any(name.startswith("$") for name in wanted):
        checks = [_check(name, value) for name, value in wanted.items()]
        return lambda user: all(check([*_at(user, path)]) for check in checks)
    return lambda user: _is([*_at(user, path)], wanted)


def _joined(name: str, queries: Any, deepest: int) -> Test:
    if not isinstance(queries, list) or not queries:
        raise ValueError
    tests = [_all_of(query, deepest - 1) for query in queries]
    if name == "$and":
        return lambda user: all(test(user) for test in tests)
    if name == "$or":
        return lambda user: any(test(user) for test in tests)
    if name == "$nor":
        return lambda user: not any(test(user) for test in tests)
    raise ValueError


def _check(name: str, value: Any) -> Callable[[list[Any]], bool]:
    if name in ("$in", "$nin") and not isinstance(value, list):
        raise ValueError
    checks: dict[str, Callable[[list[Any]], bool]] = {
        "$eq": lambda found: _is(found, value),
        "$ne": lambda found: not _is(found, value),
        "$in": lambda found: any(_is(found, each) for each in value),
        "$nin": lambda found: not any(_is(found, each) for each in value),
        "$exists": lambda found: bool(found) == bool(value),
    }
    if name not in checks:
        raise ValueError
    return checks[name]


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands there; through a list, of each of its items."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _is(found: list[Any], wanted: Any) -> bool:
    if wanted is None:
        return not found or any(value is None for value in found)
    return any(
        _same(value, wanted)
        or (isinstance(value, list) and any(_same(item, wanted) for item in value))
        for value in found
    )


def _same(value: Any, wanted: Any) -> bool:
    """To Python, True is 1."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
