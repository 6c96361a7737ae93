"""Who is named in a message (`mentions`, contract/core.md §8).

A person names any colleague. A visitor names those who take part in their conversation: else
whoever has a browser could ask which names the office has.
"""

from collections.abc import Callable
from typing import Any

from parley.accounts.identify import Person
from parley.db import Reader
from parley.db.documents import Doc, Params, decode
from parley.messages.markup.nodes import walk

MayName = Callable[[Params], str]
"""SQL predicate of the users `u` whom the writer may name."""

EVERYBODY = ("all", "here")
MOST = 100


def named_by_person(p: Params) -> str:
    return "u.active"


def named_by_visitor(room_id: str) -> MayName:
    def named(p: Params) -> str:
        mine = f"s.room_id = {p(room_id)} AND s.user_id = u.id"
        return f"EXISTS (SELECT 1 FROM subscriptions s WHERE {mine})"

    return named


def groups_of(person: Person) -> frozenset[str]:
    """Which of `@all` and `@here` the person may call."""
    return frozenset(name for name in EVERYBODY if person.may(f"mention-{name}"))


async def mentions(
    q: Reader, md: list[dict[str, Any]], may_name: MayName, groups: frozenset[str]
) -> list[Doc]:
    """Each once, in the order of the text; a name that nobody has is none."""
    names = list(dict.fromkeys(_names(md)))[:MOST]
    people = await _people(q, [name for name in names if name not in EVERYBODY], may_name)
    found: list[Doc] = []
    for name in names:
        if name in groups:
            found.append({"_id": name, "username": name})
        elif name in people:
            found.append(people[name])
    return found


def _names(md: list[dict[str, Any]]) -> list[str]:
    return [
        node["value"]["value"].casefold() for node in walk(md) if node["type"] == "MENTION_USER"
    ]


async def _people(q: Reader, names: list[str], may_name: MayName) -> dict[str, Doc]:
    """{folded username: mention}."""
    if not names:
        return {}
    p = Params()
    marks = ", ".join(p(name) for name in names)
    sql = f"SELECT username_key, doc FROM users u WHERE username_key IN ({marks})"
    rows = await q.rows(f"{sql} AND {may_name(p)}", *p.values)
    return {row[0]: _mention(decode(row[1])) for row in rows}


def _mention(user: Doc) -> Doc:
    name = {"name": user["name"]} if user.get("name") else {}
    return {"_id": user["_id"], "username": user["username"], **name, "type": "user"}
