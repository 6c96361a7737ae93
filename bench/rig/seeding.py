"""Fills a database with the rooms of an office that is years old, in bulk.

A real conversation, held through the API in a scratch database, is the template of every row.
"""

import random
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from parley.accounts.identify import hash_token
from parley.clock import iso, later, now, parse
from parley.db import Database, open_database
from parley.db.documents import decode, encode
from parley.ids import auth_token, object_id
from tests.office import open_office

LONGEST_STAY = 5
"""Rooms of an ordinary visitor: 1 to so many."""

Row = tuple[Any, ...]


class Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


class Template(NamedTuple):
    """Texts with @marks@ where rows differ."""

    closed: str
    open: str
    visitor: str
    contact: str
    people: list[Row]
    """Users as stored: an agent and a manager who is one, too."""
    memberships: list[Row]


class Office(NamedTuple):
    """What a benchmark asks for."""

    agent: dict[str, str]
    """The headers of their login."""
    manager: dict[str, str]
    visitors: dict[int, tuple[str, str]]
    """{number of rooms: (visitor id, id of one of the rooms)}"""
    document_bytes: int
    """Of a closed room."""
    seconds: float
    """That the bulk took."""


async def seed(url: str, rooms: int, sizes: tuple[int, ...], scratch: Path) -> Office:
    """A new database with so many rooms; `sizes` says how many its greatest visitors have."""
    template = await _template(scratch)
    started = time.monotonic()
    people = [str(row[0]) for row in template.people]
    tokens = [auth_token() for _ in people]
    visitors: dict[int, tuple[str, str]] = {}
    tables = [
        Table("settings", ("id", "doc"), [("API_Enable_Rate_Limiter", _no_limiter())]),
        Table("users", ("id", "doc", "username_key", "email_key"), template.people),
        Table("department_agents", ("id", "doc"), template.memberships),
        Table(
            "login_tokens",
            ("hash", "user_id", "created_at", "expires_at"),
            [
                (hash_token(token), person, now(), later(now(), days=1))
                for token, person in zip(tokens, people, strict=True)
            ],
        ),
        *_collections(template, rooms, sizes, visitors),
    ]
    await (await open_database(url)).close()
    if url.startswith("sqlite"):
        _fill_sqlite(url, tables)
    else:
        await _fill_postgres(url, tables)
    agent, manager = (
        {"X-Auth-Token": token, "X-User-Id": person}
        for token, person in zip(tokens, people, strict=True)
    )
    took = time.monotonic() - started
    example = _Visitor(0, object_id(), object_id(), "h" * 22).fill(
        template.closed, "r" * 17, now()[:16]
    )
    return Office(agent, manager, visitors, len(example), took)


def _no_limiter() -> str:
    """A plain agent is held to 10 calls a minute, which is not what is measured here."""
    return encode({"_id": "API_Enable_Rate_Limiter", "value": False, "_updatedAt": now()})


async def _template(scratch: Path) -> Template:
    """The seed's conversation, and the rows it left."""
    db = await open_database(f"sqlite://{scratch}")
    async with open_office(db) as office:
        await office.setting("Livechat_Routing_Method", "Auto_Selection")
        await office.setting("Message_Read_Receipt_Enabled", True)
        agent = await office.agent()
        department = await office.department(agent)
        manager = await office.agent("livechat-manager", online=False)
        visitor = await office.visitor(name="Maria", department=department["_id"])
        room = await visitor.room()
        await visitor.say(room["_id"], "hi")
        answer = {"rid": room["_id"], "msg": "Hello Maria, how can I help?"}
        await agent.post("chat.sendMessage", message=answer)
        await visitor.say(room["_id"], "hi")
        opened = await db.read(lambda q: q.value("SELECT doc FROM rooms"))
        await visitor.close(room["_id"])
        closed = await db.read(lambda q: q.value("SELECT doc FROM rooms"))
        [row] = await db.read(lambda q: q.rows("SELECT id, doc, contact_id FROM visitors"))
        contact = await db.read(lambda q: q.value("SELECT doc FROM contacts"))
        people = [await _user(db, person.user_id) for person in (agent, manager)]
        members = await db.read(lambda q: q.rows("SELECT id, doc FROM department_agents"))
    await db.close()
    marks = {
        room["_id"]: "@room@",
        row[0]: "@visitor@",
        row[2]: "@contact@",
        decode(row[1])["token"]: "@handle@",
        visitor.doc["username"]: "guest-@number@",
    }

    def marked(text: str) -> str:
        for value, mark in marks.items():
            text = text.replace(value, mark)
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d", "@minute@", text)

    return Template(
        marked(closed), marked(opened), marked(row[1]), marked(contact), people, members
    )


async def _user(db: Database, user_id: str) -> Row:
    sql = "SELECT id, doc, username_key, email_key FROM users WHERE id = $1"
    [row] = await db.read(lambda q: q.rows(sql, user_id))
    return tuple(row)


def _collections(
    template: Template,
    rooms: int,
    sizes: tuple[int, ...],
    visitors: dict[int, tuple[str, str]],
) -> list[Table]:
    """Rooms in the order of their time, those of one visitor scattered among all others."""
    rng = random.Random(rooms)
    counts = list(sizes)
    while (left := rooms - sum(counts)) > 0:
        counts += [min(left, rng.randint(1, LONGEST_STAY)) for _ in range(1 + left // LONGEST_STAY)]
        while sum(counts) > rooms:
            counts.pop()
    who = [n for n, count in enumerate(counts) for _ in range(count)]
    rng.shuffle(who)
    people = [
        _Visitor(n, object_id(), object_id(), f"{rng.getrandbits(88):022x}")
        for n in range(len(counts))
    ]

    def all_rooms() -> Iterator[Row]:
        start = parse("2024-01-01T00:00:00Z").timestamp()
        left = dict(enumerate(counts))
        for at, n in enumerate(who):
            left[n] -= 1
            room_id = f"{rng.getrandbits(68):017x}"
            text = template.closed if left[n] else template.open
            minute = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(start + 60 * at))
            if n < len(sizes):
                visitors[sizes[n]] = (people[n].id, room_id)
            yield room_id, people[n].fill(text, room_id, minute)

    def all_visitors() -> Iterator[Row]:
        for person in people:
            doc = person.fill(template.visitor, "", iso(parse("2024-01-01T00:00:00Z"))[:16])
            yield person.id, doc, f"token-{person.number}", person.contact

    def all_contacts() -> Iterator[Row]:
        for person in people:
            doc = person.fill(template.contact, "", iso(parse("2024-01-01T00:00:00Z"))[:16])
            yield person.contact, doc

    return [
        Table("visitors", ("id", "doc", "token", "contact_id"), all_visitors()),
        Table("contacts", ("id", "doc"), all_contacts()),
        Table("rooms", ("id", "doc"), all_rooms()),
    ]


class _Visitor(NamedTuple):
    number: int
    id: str
    contact: str
    handle: str

    def fill(self, text: str, room_id: str, minute: str) -> str:
        for mark, value in (
            ("@room@", room_id),
            ("@visitor@", self.id),
            ("@contact@", self.contact),
            ("@handle@", self.handle),
            ("@number@", str(self.number)),
            ("@minute@", minute),
        ):
            text = text.replace(mark, value)
        return text


def _fill_sqlite(url: str, tables: list[Table]) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("BEGIN IMMEDIATE")
    for table in tables:
        marks = ", ".join("?" for _ in table.columns)
        sql = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"
        connection.executemany(sql, table.rows)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def _fill_postgres(url: str, tables: list[Table]) -> None:
    connection = await asyncpg.connect(url)
    for table in tables:
        await connection.copy_records_to_table(
            table.name, records=table.rows, columns=table.columns
        )
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
