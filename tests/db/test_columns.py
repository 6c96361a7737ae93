"""Generated columns: SQLite, PostgreSQL and Python read the same from any document."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.accounts.store import insert_user
from parley.db import Database, Tx
from parley.db.documents import Doc, decode, encode, find, insert, save
from parley.db.migrate import known, migrate_postgres, migrate_sqlite
from parley.db.sqlite import numbered
from tests.postgres import Postgres

Reading = Callable[[Doc], Any]
WHATEVER = object()
"""What a text column makes of a value that is no text: nobody relies on it, and it never fails."""


def at(doc: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        doc = doc.get(key) if isinstance(doc, dict) else None
    return doc


def text(*path: str) -> Reading:
    def read(doc: Doc) -> Any:
        value = at(doc, path)
        return value if value is None or isinstance(value, str) else WHATEVER

    return read


def first(key: str, inner: str) -> Reading:
    """Of the first item of a list."""

    def read(doc: Doc) -> Any:
        value = doc.get(key)
        return text(inner)(value[0]) if isinstance(value, list) and value else None

    return read


def flag(key: str) -> Reading:
    return lambda doc: doc.get(key) is True


def number(key: str) -> Reading:
    def read(doc: Doc) -> int:
        value = doc.get(key)
        return value if type(value) is int and len(str(value)) < 16 else 0

    return read


def limit(*path: str) -> Reading:
    """A whole number that is not negative, or a text of nothing but its digits."""

    def read(doc: Doc) -> int:
        value = at(doc, path)
        given = str(value) if type(value) in (int, str) else ""
        return int(given) if re.fullmatch("[0-9]{1,9}", given) else 0

    return read


def busy(doc: Doc) -> Any:
    """Who serves the chat while it is open and not on hold."""
    if doc.get("open") is not True or doc.get("onHold") is True:
        return None
    return text("servedBy", "_id")(doc)


def role(name: str) -> Reading:
    return lambda doc: f'"{name}"' in encode(doc.get("roles"))


COLUMNS: dict[str, dict[str, Reading]] = {
    "users": {
        "active": flag("active"),
        "is_agent": role("livechat-agent"),
        "is_bot": role("bot"),
        "status": text("status"),
        "status_connection": text("statusConnection"),
        "status_livechat": text("statusLivechat"),
        "max_chats": limit("livechat", "maxNumberSimultaneousChat"),
    },
    "visitors": {
        "handle": text("token"),
        "ts": text("ts"),
        "email": first("visitorEmails", "address"),
        "phone": first("phone", "phoneNumber"),
        "disabled": flag("disabled"),
    },
    "departments": {
        "name": text("name"),
        "enabled": flag("enabled"),
        "archived": flag("archived"),
        "show_on_registration": flag("showOnRegistration"),
        "max_chats": limit("maxNumberSimultaneousChat"),
        "unit_id": text("parentId"),
    },
    "department_agents": {
        "department_id": text("departmentId"),
        "agent_id": text("agentId"),
        "username": text("username"),
        "turns": number("count"),
        "rank": number("order"),
        "department_enabled": flag("departmentEnabled"),
    },
    "rooms": {
        "visitor_id": text("v", "_id"),
        "contact_id": text("contactId"),
        "department_id": text("departmentId"),
        "served_by": text("servedBy", "_id"),
        "ts": text("ts"),
        "lm": text("lm"),
        "closed_at": text("closedAt"),
        "updated_at": text("_updatedAt"),
        "msgs": number("msgs"),
        "open": flag("open"),
        "busy": busy,
        "beside": lambda doc: doc.get("_enforceSingleRoom") is False,
    },
    "email_inboxes": {"name": text("name"), "email": text("email"), "active": flag("active")},
    "sla": {"minutes": number("dueTimeInMinutes")},
    "triggers": {"name": text("name"), "enabled": flag("enabled")},
    "canned_responses": {
        "shortcut": text("shortcut"),
        "scope": text("scope"),
        "created_by": text("createdBy", "_id"),
        "created_at": text("_createdAt"),
        "updated_at": text("_updatedAt"),
    },
    "tags": {
        "name": text("name"),
        "created_at": text("_createdAt"),
        "updated_at": text("_updatedAt"),
    },
    "units": {"name": text("name")},
    "subscriptions": {"room_id": text("rid"), "user_id": text("u", "_id")},
    "inquiries": {
        "room_id": text("rid"),
        "status": text("status"),
        "department_id": text("department"),
        "default_agent": text("defaultAgent", "agentId"),
        "ts": text("ts"),
        "updated_at": text("_updatedAt"),
        "queued_at": text("queuedAt"),
        "priority": number("priorityWeight"),
        "patience": number("estimatedWaitingTimeQueue"),
    },
    "messages": {
        "room_id": text("rid"),
        "ts": text("ts"),
        "kind": text("t"),
        "hidden": flag("_hidden"),
        "updated_at": text("_updatedAt"),
    },
    "uploads": {
        "room_id": text("rid"),
        "state": text("state"),
        "author_id": text("u", "_id"),
        "uploaded_at": text("uploadedAt"),
    },
    "offline_messages": {"ts": text("ts"), "mailed_at": text("mailedAt")},
    "mailings": {"ts": text("ts")},
    "private_groups": {"creator_id": text("u", "_id")},
    "audit": {
        "ts": text("ts"),
        "kind": text("t"),
        "actor_id": text("actor", "_id"),
        "target_id": text("target", "_id"),
    },
    "contacts": {
        "enabled": lambda doc: doc.get("enabled") is not False,
        "unknown": flag("unknown"),
        "manager": text("contactManager"),
    },
    "contact_merges": {
        "kept": text("kept"),
        "taken": text("taken"),
        "ts": text("ts"),
        "undone": flag("undone"),
    },
}
ORDINARY: dict[str, dict[str, Any]] = {
    "canned_responses": {"audience": "a", "shortcut_key": "s", "text_key": "t"},
    "tags": {"name_key": "n"},
    "departments": {"name_key": "d"},
    "private_groups": {"name_key": "g"},
    "email_inboxes": {"secrets": "s", "state": "{}"},
    "messages": {"seq": 1},
    "units": {"name_key": "u"},
    "sla": {"name_key": "s"},
    "users": {"username_key": "u"},
    "visitors": {"token": "t", "contact_id": "c"},
}

# What the edge lets in: no NUL, no lone surrogate.
letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
words = st.sampled_from(["12", "-3", "1.5", "true", "null", "0", "", 'a"b\\', "$.x", "é\u2028\x7f"])
odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.sampled_from([0, -1, 2**31 - 1, 2**31, 10**15 - 1, 10**15])
    | st.floats(allow_nan=False, allow_infinity=False)
    | letters
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters | words, inner, max_size=3),
    max_leaves=5,
)
roles = st.lists(st.sampled_from(["bot", "Bot", "livechat-agent", "a bot", '"bot"']), max_size=3)
inner = st.fixed_dictionaries({}, optional={"_id": odd, "agentId": odd, "": odd})
addresses = st.fixed_dictionaries({}, optional={"address": odd, "phoneNumber": odd})
limits = st.fixed_dictionaries({}, optional={"maxNumberSimultaneousChat": odd})
PLAIN = set(re.findall(r"\w+", """
    rid ts lm t closedAt contactId departmentId department status statusConnection statusLivechat
    name agentId username _updatedAt msgs count order active enabled archived showOnRegistration
    departmentEnabled open _hidden disabled state onHold maxNumberSimultaneousChat
    email _enforceSingleRoom dueTimeInMinutes priorityWeight estimatedWaitingTimeQueue
    shortcut scope _createdAt
"""))  # fmt: skip
documents = st.builds(
    lambda known, unknown: {**unknown, **known},
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(sorted(PLAIN), odd),
            **dict.fromkeys(["v", "u", "servedBy", "defaultAgent", "createdBy"], inner | odd),
            "roles": roles | odd,
            "livechat": limits | odd,
            "visitorEmails": st.lists(addresses | odd, max_size=2) | odd,
            "phone": st.lists(addresses | odd, max_size=2) | odd,
        },
    ),
    st.dictionaries(letters.filter(lambda key: key not in PLAIN), odd, max_size=3),
)


class Both:
    """The two engines, migrated, by their bare drivers."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self._runner = asyncio.Runner()
        self.sqlite = sqlite3.connect(":memory:", isolation_level=None)
        migrate_sqlite(self.sqlite, folder / "parley.db")
        run = self._runner.run
        self.postgres = run(asyncpg.connect(postgres.url(postgres.create())))
        run(migrate_postgres(self.postgres))

    def close(self) -> None:
        self._runner.run(self.postgres.close())
        self.sqlite.close()
        self._runner.close()

    def stored(self, doc: str) -> dict[str, list[tuple[Any, ...]]]:
        """Document and columns, a row of each engine for each table."""
        inserts = {table: self._insert(table) for table in COLUMNS}
        values = {table: ("x", doc, *ORDINARY.get(table, {}).values()) for table in COLUMNS}
        ours = self._in_sqlite(inserts, values)
        theirs = self._runner.run(self._in_postgres(inserts, values))
        return {table: [ours[table], theirs[table]] for table in COLUMNS}

    def _insert(self, table: str) -> str:
        columns = ORDINARY.get(table, {})
        marks = ", ".join(f"${n}" for n in range(1, len(columns) + 3))
        return (
            f"INSERT INTO {table} ({', '.join(['id', 'doc', *columns])}) VALUES ({marks})"
            f" RETURNING doc, {', '.join(COLUMNS[table])}"
        )

    def _in_sqlite(self, inserts: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
        self.sqlite.execute("BEGIN")
        try:
            run = self.sqlite.execute
            return {t: run(numbered(sql), values[t]).fetchone() for t, sql in inserts.items()}
        finally:
            self.sqlite.execute("ROLLBACK")

    async def _in_postgres(self, inserts: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
        transaction = self.postgres.transaction()
        await transaction.start()
        try:
            fetch = self.postgres.fetchrow
            return {t: tuple(await fetch(sql, *values[t]) or ()) for t, sql in inserts.items()}
        finally:
            await transaction.rollback()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Both]:
    engines = Both(tmp_path_factory.mktemp("both"), postgres)
    yield engines
    engines.close()


def test_every_generated_column_is_read_here() -> None:
    for engine in ("sqlite", "postgres"):
        found: dict[str, list[str]] = {}
        for migration in known(engine):
            for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", migration.sql, re.S):
                if names := re.findall(r"^ +(\w+) .*GENERATED ALWAYS", body, re.M):
                    found[table] = names
            added = r"ALTER TABLE (\w+) ADD COLUMN (\w+) .*GENERATED ALWAYS"
            for table, name in re.findall(added, migration.sql):
                found.setdefault(table, []).append(name)
        assert found == {table: list(columns) for table, columns in COLUMNS.items()}


@settings(max_examples=200, deadline=None)
@given(doc=documents)
@example(doc={"msgs": "abc", "count": 1.5, "order": 2**31, "v": "text", "roles": "bot"})
@example(doc={"msgs": 12499999999999949824, "count": -(10**14), "order": 10**15})
@example(doc={"maxNumberSimultaneousChat": "3", "livechat": {"maxNumberSimultaneousChat": 12}})
@example(doc={"maxNumberSimultaneousChat": "", "livechat": {"maxNumberSimultaneousChat": -1}})
@example(doc={"open": True, "onHold": False, "servedBy": {"_id": "a"}})
@example(doc={"open": True, "onHold": True, "servedBy": {"_id": "a"}})
@example(doc={"msgs": -7, "count": "12", "order": True, "v": None, "roles": ["Bot"]})
def test_both_engines_and_python_read_the_same(both: Both, doc: Doc) -> None:
    sent = encode(doc)
    stored = both.stored(sent)
    for table, columns in COLUMNS.items():
        expected = [sent, *(read(doc) for read in columns.values())]
        for row in stored[table]:
            pairs = zip(row, expected, strict=True)
            assert [a if b is not WHATEVER else b for a, b in pairs] == expected


class Unique(NamedTuple):
    table: str
    first: Doc
    rival: Doc
    """Breaks the constraint against `first`, and against nothing else."""
    other: Doc
    """Breaks nothing."""
    columns: tuple[str, ...] = ()
    """Which keys of the three are ordinary columns."""


def member(doc: Doc) -> Doc:
    return {"emails": [], **doc}


UNIQUE = {
    "an open room of a visitor": Unique(
        "rooms",
        {"v": {"_id": "v"}, "open": True},
        {"v": {"_id": "v"}, "open": True},
        {"v": {"_id": "v"}},
    ),
    "a visitor's token": Unique(
        "visitors",
        {"token": "T", "contact_id": "a"},
        {"token": "T", "contact_id": "b"},
        {"token": "t", "contact_id": "a"},
        ("token", "contact_id"),
    ),
    "a username": Unique(
        "users", member({"username": "Eva"}), member({"username": "eVA"}), member({"username": "e"})
    ),
    "an e-mail address": Unique(
        "users",
        {"username": "a", "emails": [{"address": "eva@x.example"}]},
        {"username": "b", "emails": [{"address": "EVA@x.example"}]},
        {"username": "c", "emails": [{"address": "evan@x.example"}]},
    ),
    "an inquiry of a room": Unique("inquiries", {"rid": "r"}, {"rid": "r"}, {"rid": "s"}),
    "a subscription of room and user": Unique(
        "subscriptions",
        {"rid": "r", "u": {"_id": "u"}},
        {"rid": "r", "u": {"_id": "u"}},
        {"rid": "r", "u": {"_id": "w"}},
    ),
    "an agent of a department": Unique(
        "department_agents",
        {"agentId": "x", "departmentId": "d"},
        {"agentId": "x", "departmentId": "d"},
        {"agentId": "x", "departmentId": "e"},
    ),
}


@pytest.mark.parametrize("unique", UNIQUE.values(), ids=UNIQUE)
async def test_there_is_one(db: Database, unique: Unique) -> None:
    async def add(tx: Tx, key: str, what: Doc) -> bool:
        doc = {"_id": key} | {k: v for k, v in what.items() if k not in unique.columns}
        if unique.table == "users":
            return await insert_user(tx, doc, None)
        return await insert(tx, unique.table, doc, **{k: what[k] for k in unique.columns})

    assert await db.act(add, "first", unique.first)
    # Many at once: a check in code, made before the insertion, would let some in.
    rivals = [db.act(add, f"rival{n}", unique.rival) for n in range(30)]
    assert set(await asyncio.gather(*rivals)) == {False}
    assert await db.act(add, "other", unique.other)
    assert not await db.act(add, "other", unique.other)
    ids = [row[0] for row in await db.read(lambda q: q.rows(f"SELECT id FROM {unique.table}"))]
    assert sorted(ids) == ["first", "other"]


ROOM: Doc = {"_id": "a", "v": {"_id": "visitor"}, "open": True}


async def add_room(tx: Tx, room: Doc) -> bool:
    return await insert(tx, "rooms", room)


async def test_a_closed_room_makes_room_for_the_next(db: Database) -> None:
    async def close(tx: Tx) -> None:
        room = await find(tx, "rooms", "a")
        assert room is not None
        del room["open"]
        await save(tx, "rooms", room)

    assert await db.act(add_room, dict(ROOM))
    assert not await db.act(add_room, ROOM | {"_id": "b"})
    await db.act(close)
    assert await db.act(add_room, ROOM | {"_id": "b"})


async def test_a_patch_keeps_the_order_of_keys_and_what_it_does_not_know(db: Database) -> None:
    sent = '{"_id":"a","z":[1.0,-0.0,1e-7],"é":{"b":null,"a":"\u2028\\n"},"msgs":3,"custom":true}'
    await db.act(add_room, decode(sent))

    async def patch(tx: Tx) -> None:
        room = await find(tx, "rooms", "a")
        assert room is not None
        room["msgs"] += 1
        await save(tx, "rooms", room)

    await db.act(patch)
    stored = await db.read(lambda q: q.value("SELECT doc FROM rooms"))
    assert re.sub(r',"_updatedAt":"[^"]+"', "", stored) == sent.replace('"msgs":3', '"msgs":4')
