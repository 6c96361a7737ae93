"""The hot queries, as the code asks them: each enters by its index, and none sorts.

What is explained is what ran, caught at the drivers; a query that changes is explained anew.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import asyncpg
import pytest

from parley import jobs
from parley.accounts.identify import Identifier, hash_token
from parley.accounts.presence_store import left_before, running_before
from parley.accounts.service import new_user
from parley.accounts.store import insert_token, insert_user
from parley.clock import later
from parley.conversations.queue.store import first_waiting, overdue
from parley.conversations.sla.store import open_rooms_under
from parley.conversations.transcripts.content import NEVER_SHOWN
from parley.db import Database, Tx
from parley.db.documents import Doc, insert
from parley.db.postgres import Postgres, PostgresTx
from parley.db.sqlite import Sqlite, SqliteTx, connect, numbered
from parley.events import emit, prune
from parley.events.webhooks import STARTED, tell
from parley.integrations import store as webhooks
from parley.messages.store import changed_since, page_back
from parley.messages.uploads.erase import (
    delete_expired_uploads,
    delete_uploads_of_room,
    erase_files,
)
from parley.preferences.service import DEFAULTS
from parley.realtime.store import open_rooms
from parley.rooms.subscription_store import fold_names, prune_former
from parley.rooms.waiting_store import Mark, answered_before, held_before, unanswered_since
from parley.routing.selection import next_agent
from tests.forms import form
from tests.office import Client, Office, Visitor
from tests.stored import stored_message, stored_room

TOLD = DEFAULTS | {"Livechat_webhookUrl": "x", STARTED.switch: True}
START = "2026-01-01T00:00:00.000Z"
SMALL = {"policy", "departments", "unit_monitors", "settings", "permissions", "found"}
"""Tables of a few rows, or a statement's own, which may be read from end to end, and sorted."""

# Of an EXISTS, PostgreSQL may rather fetch once all that can match, by the second index.
MINE = "subscriptions_one|subscriptions_user"
WAITING = "inquiries_room|inquiries_queue|inquiries_waiting"


class Asked(NamedTuple):
    sql: str
    args: tuple[Any, ...]


class Plan(NamedTuple):
    indexes: set[str]
    sorts: bool
    scans: set[str]
    """Tables that are read from end to end."""
    text: str


@contextmanager
def watched() -> Iterator[list[Asked]]:
    """Every statement that runs meanwhile."""
    asked: list[Asked] = []

    def caught(run: Any) -> Any:
        def catch(self: Any, sql: str, *args: Any) -> Any:
            asked.append(Asked(sql, args))
            return run(self, sql, *args)

        return catch

    with pytest.MonkeyPatch.context() as patch:
        for kind, names in ((SqliteTx, "rows row"), (PostgresTx, "rows row value")):
            for name in names.split():  # SQLite's value() asks row()
                patch.setattr(kind, name, caught(getattr(kind, name)))
        yield asked


async def explained(db: Database, asked: Asked) -> Plan:
    if isinstance(db, Sqlite):
        return _of_sqlite(db, asked)
    assert isinstance(db, Postgres)
    connection = await asyncpg.connect(db.url)
    try:
        # Few rows are cheaper read whole and sorted, whatever the indexes; we ask whether an
        # index serves alone, as it must where there are many.
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        sql = f"EXPLAIN (FORMAT JSON) {asked.sql}"
        [top] = json.loads(await connection.fetchval(sql, *asked.args))
    finally:
        await connection.close()
    nodes = list(_nodes(top["Plan"]))
    return Plan(
        {node["Index Name"] for node in nodes if "Index Name" in node},
        any("Sort" in node["Node Type"] for node in nodes),
        {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"},
        json.dumps(top, indent=1),
    )


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _tables(sql: str) -> list[str]:
    return re.findall(r"(?:FROM|JOIN|UPDATE|INTO) (\w+)", sql)


def _of_sqlite(db: Sqlite, asked: Asked) -> Plan:
    connection = connect(db.path, readonly=True)
    try:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {numbered(asked.sql)}", asked.args)
        steps = [row[3] for row in rows]
    finally:
        connection.close()
    text = "\n".join(steps)
    aliases = {table: table for table in _tables(asked.sql)} | {
        short: table for table, short in re.findall(r"(?:FROM|JOIN) (\w+) (\w)\b", asked.sql)
    }
    scanned = re.findall(r"^SCAN (\w+)$", text, re.MULTILINE)
    return Plan(
        set(re.findall(r"USING (?:COVERING )?INDEX (\w+)", text)),
        "TEMP B-TREE" in text,
        {aliases[name] for name in scanned if name in aliases},
        text,
    )


class Scene(NamedTuple):
    office: Office
    visitor: Visitor
    room: str
    """The visitor's open room."""
    agent: Client
    manager: Client
    monitor: Client


async def set_scene(office: Office, rooms: int) -> Scene:
    """A visitor with an open room, `rooms` closed ones of theirs and many more of others."""
    visitor = await office.visitor()
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    agent = await office.agent(username="anna")
    manager = await office.agent("livechat-manager", online=False)
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hi")
    await office.db.act(fill, rooms, visitor.id, agent.user_id)
    monitor = await office.person("livechat-monitor")
    await office.admin.post(
        "livechat/units",
        unitData={"name": "Unit", "visibility": "public"},
        unitMonitors=[{"monitorId": monitor.user_id, "username": ""}],
        unitDepartments=[{"departmentId": "dept1"}],
    )
    return Scene(office, visitor, room, agent, manager, monitor)


async def fill(tx: Tx, rooms: int, visitor_id: str, agent_id: str) -> None:
    for n in range(3):
        department = {"_id": f"dept{n}", "name": f"Department {n}"}
        await insert(tx, "departments", department, name_key=f"department {n}")
    for n in range(rooms // 40):
        user = new_user(f"agent{n}", f"Agent {n}", f"a{n}@x.example", ["user", "livechat-agent"])
        user |= {"_id": f"a{n}", "status": "online"}
        await insert_user(tx, user, None)
        for m in range(5):
            expires = later(START, days=9999)
            await insert_token(tx, hash_token(f"token{n}.{m}"), f"a{n}", expires)
        place: Doc = {"agentId": f"a{n}", "departmentId": f"dept{n % 3}", "username": f"agent{n}"}
        place |= {"_id": f"d{n}", "departmentEnabled": True, "count": n, "order": 0}
        await insert(tx, "department_agents", place)
        token = {"token": f"someone{n}", "contact_id": f"c{n}"}
        await insert(tx, "visitors", {"_id": f"v{n}"}, **token)
        text = {"_id": f"t{n}", "shortcut": f"t{n}", "scope": "department"}
        keys = {"audience": f"queue:dept{n % 9}", "shortcut_key": "", "text_key": ""}
        await insert(tx, "canned_responses", text, **keys)
    for n in range(rooms // 4):
        guest = new_user(f"guest{n}", "Guest", f"g{n}@x.example", ["user"])
        await insert_user(tx, guest, None)
    for n in range(rooms):
        await _room(tx, f"mine{n}", visitor_id, n, agent_id if n % 3 else f"a{n}")
        await _room(tx, f"other{n}", f"v{n}", n, f"a{n % 30}")
        await emit(tx, f"room:other{n}", "message", {})
        await tell(tx, TOLD, STARTED, {"_id": f"other{n % 40}"})
    await tx.rows("UPDATE webhook_events SET state = 'done', finished_at = at WHERE seq < 28")


async def _room(tx: Tx, key: str, visitor_id: str, n: int, agent_id: str) -> None:
    ts = later(START, minutes=n)
    room = stored_room(key, visitor_id, ts, msgs=3, departmentId=f"dept{n % 3}")
    room["servedBy"] = {"_id": agent_id, "username": agent_id, "ts": ts}
    if key.startswith("other") and n % 5 == 0:
        room["open"] = True
        await insert(tx, "subscriptions", {"_id": f"s{n}", "rid": key, "u": {"_id": f"a{n % 2}"}})
        waits: Doc = {"_id": f"i{n}", "rid": key, "status": "queued", "ts": ts, "queuedAt": ts}
        waits |= {"priorityWeight": n % 6, "estimatedWaitingTimeQueue": n % 50}
        if n % 3:
            waits["department"] = f"dept{n % 3}"
        await insert(tx, "inquiries", waits, due_at=later(ts, minutes=n) if n % 4 else None)
    await insert(tx, "rooms", room)
    for m in range(3):
        message = stored_message(f"{key}.{m}", key, later(ts, seconds=m))
        await insert(tx, "messages", message, visitor_id=visitor_id, contact_id="c", seq=m)


async def faults(scene: Scene, what: str, *indexes: str) -> list[str]:
    """Wrong plans of a request; `indexes` must serve it, `a|b` either of two."""
    engine = "sqlite" if isinstance(scene.office.db, Sqlite) else "postgres"
    with watched() as asked:
        await act_out(scene, what)
    assert asked, what
    plans = [await explained(scene.office.db, one) for one in asked]
    name = "sqlite_autoindex_{}_1" if engine == "sqlite" else "{}_pkey"
    used = set().union(*(plan.indexes for plan in plans))
    wanted = [
        {name.format(one[7:]) if one.startswith("key of ") else one for one in index.split("|")}
        for index in indexes
    ]
    missing = [f"{what}: no statement uses {index}" for index in wanted if not index & used]
    return missing + [
        f"{what}:\n{one.sql}\n{plan.text}\n"
        for one, plan in zip(asked, plans, strict=True)
        if plan.scans - SMALL or (plan.sorts and not set(_tables(one.sql)) <= SMALL)
    ]


async def act_out(scene: Scene, what: str) -> None:
    office, visitor, room, agent, manager, monitor = scene
    match what.split():
        case ["who", "is", "calling"]:
            await agent.get("me")
        case ["open", "room"]:
            await visitor.room()
        case ["say"]:
            await visitor.say(room, "and again")
        case ["answer"]:
            await agent.post("chat.sendMessage", message={"rid": room, "msg": "hello"})
        case ["messages"]:
            path = f"livechat/messages.history/{room}"
            await office.nobody.get(path, token=visitor.token)
            await office.nobody.get(path, token=visitor.token, end="2999-01-01", offset=1, count=1)
        case ["start"]:
            await (await office.visitor()).room()
        case ["start", "in", _, "department"]:
            department = await office.department(agent)
            await (await office.visitor(department=department["_id"])).room()
        case ["choose", "below", "limits", *where]:
            settings = DEFAULTS | {"Livechat_waiting_queue": True}
            settings["Livechat_maximum_chats_per_agent"] = 1000
            await office.db.act(next_agent, settings, where[0] if where else None)
        case ["close"]:
            await agent.post("livechat/room.closeByUser", rid=room, comment="bye")
        case ["send", "a", "file"]:
            sent = form(None, ("a.txt", b"x", "text/plain"), x_visitor_token=visitor.token)
            await visitor.nobody.call("POST", f"livechat/upload/{room}", **sent)
        case ["files", "go"]:
            await office.db.act(delete_expired_uploads)
            await office.db.act(delete_uploads_of_room, room)
            await erase_files(office.db, {"ids": ["x"]})
        case ["transcripts"]:
            await agent.get("livechat/transcript.status", rid=room)
            await office.db.read(page_back, room, None, None, 10)
            await office.db.read(page_back, room, NEVER_SHOWN, (START, 1, "x"), 10)
            await office.db.read(changed_since, room, "2999-01-01")
            await office.db.act(jobs.enqueue, "x", {}, about=room)
            await office.db.read(jobs.waiting_about, "x", room)
            await office.db.act(jobs.forget_about, room)
            await office.db.act(jobs.forget_about_rooms_of, visitor.id)
        case ["prune"]:
            await office.db.act(prune)
        case ["list"]:
            await manager.get("livechat/rooms", count=1)
            await manager.get("livechat/rooms", count=1, offset=1, open="true")
        case ["list", "of", "mine"]:
            await agent.get("livechat/rooms", **{"agents[]": agent.user_id, "count": 1})
        case ["rooms", "taken", "part", "in"]:
            await agent.get("rooms.get", updatedSince=START)
            await agent.get("subscriptions.get", updatedSince=START)
        case ["sources"]:
            await agent.get("livechat/rooms/filters")
        case ["tidy", "rooms"]:
            await office.db.act(fold_names)
            await office.db.act(prune_former)
        case ["webhooks"]:
            await office.db.act(lambda tx: tell(tx, TOLD, STARTED, {"_id": room}))
            await office.db.read(webhooks.anything_due)
            for event in await office.db.act(webhooks.take, 1):
                await office.db.act(webhooks.put_off, event, 1, {})
                await office.db.act(webhooks.finish, event, "done", {})
            await office.db.read(webhooks.oldest_waiting)
            await office.db.act(webhooks.prune)
        case ["canned", "responses"]:
            await agent.get("canned-responses.get")
        case ["who", "has", "left"]:
            await office.db.read(answered_before, START, Mark("", ""))
            await office.db.read(unanswered_since, START, Mark("", ""))
            await office.db.read(left_before, START, ("", ""))
            await office.db.read(running_before, 20260101)
        case ["next", "by", mechanism, *where]:
            settings = DEFAULTS | {"Omnichannel_sorting_mechanism": mechanism}
            for asking in (False, True):
                queue = where[0] if where else None
                await office.db.read(first_waiting, settings, queue, 1, asking=asking)
        case ["who", "waits", "too", "long"]:
            await office.db.read(overdue, START, 1000)
            await office.db.read(held_before, START, Mark("", ""))
        case ["under", "an", "SLA"]:
            await office.db.read(open_rooms_under, "sla", "", 500)
        case ["history", "of", who, *_]:
            people = {"all": manager, "agent": agent, "monitor": monitor}
            await page_through(scene, people[who])


async def page_through(scene: Scene, person: Client) -> None:
    """First page, a later one by offset, the next by cursor."""
    where = (person, scene.room, scene.visitor.id)
    first = await scene.office.history(*where, count=1)
    await scene.office.history(*where, count=1, offset=1)
    await scene.office.history(*where, count=1, cursor=first["cursor"]["next"])


HOT = {
    "who is calling": ("key of login_tokens", "key of users"),
    "open room": ("visitors_token", "rooms_one_open"),
    "say": ("visitors_token", "key of rooms"),
    "answer": ("key of rooms", MINE),
    "messages": ("visitors_token", "messages_history"),
    "start": ("users_agents", "rooms_one_open"),
    "start in a department": ("department_agents_turn", "key of users"),
    "choose below limits": ("users_agents", "rooms_busy"),
    "choose below limits dept0": ("department_agents_turn", "rooms_busy"),
    "send a file": ("visitors_token", "key of uploads"),
    "files go": ("uploads_expiry", "uploads_room", "key of uploads", "key of upload_chunks"),
    "history of all": ("rooms_history",),
    "transcripts": ("jobs_about", "messages_history", "messages_updated", "deleted_messages_room"),
    "prune": ("outbox_age", "key of outbox"),
    "list": ("rooms_newest",),
    "list of mine": ("rooms_served",),
    "sources": ("rooms_source",),
    "tidy rooms": ("rooms_unfolded", "former_subscriptions_age"),
    "webhooks": (
        "webhook_events_due",
        "webhook_events_lane|webhook_events_order",  # a lane is short
        "webhook_events_order",
        "webhook_events_since",
        "webhook_events_finished",
    ),
    "canned responses": ("canned_responses_audience",),
    "who has left": (
        "rooms_answered",
        "rooms_given",
        "agent_presence_left",
        "agent_activity_running",
    ),
}
ORDERS = {
    "Timestamp": "inquiries_waiting",
    "Priority": "inquiries_urgent",
    "SLAs": "inquiries_impatient",
}
HOT |= {
    f"next by {mechanism}{where}": (index,)
    for mechanism, index in ORDERS.items()
    for where in ("", " dept1")
} | {
    "who waits too long": ("inquiries_due", "rooms_held"),
    "under an SLA": ("rooms_sla",),
}
OF_AN_AGENT = ("rooms_history", MINE)


async def faults_of_units(scene: Scene) -> list[str]:
    """A monitor's lists are sorted, but what is not theirs, or closed long since, is not gone
    through: unless statistics say that a third of all rooms is theirs, as here."""
    with watched() as asked:
        await scene.monitor.get("livechat/rooms", count=1)
    plans = [await explained(scene.office.db, one) for one in asked]
    known = isinstance(scene.office.db, Sqlite) and "unit_id>?" in str(plans)
    wrong = [plan.text for plan in plans if plan.scans - SMALL - {"page"} and not known]
    token = hash_token(scene.monitor.headers["X-Auth-Token"])
    person = await Identifier(scene.office.db).known(token, scene.monitor.user_id)
    with watched() as asked:
        await scene.office.db.read(open_rooms, person, 10)
    [plan] = [await explained(scene.office.db, one) for one in asked]
    good = "rooms_open_newest" in plan.indexes and "rooms_department" not in plan.indexes
    return wrong if good and not plan.scans - SMALL else [*wrong, plan.text]


async def all_faults(scene: Scene) -> str:
    office = scene.office
    wrong = [
        fault for what, indexes in HOT.items() for fault in await faults(scene, what, *indexes)
    ]
    wrong += await faults(scene, "history of agent", *OF_AN_AGENT)
    wrong += await faults_of_units(scene)
    await office.patch("rooms", scene.room, departmentId="dept1")
    wrong += await faults(scene, "history of monitor", *OF_AN_AGENT)
    await office.grant("view-livechat-room-closed-by-another-agent", "admin")
    wrong += await faults(scene, "history of agent who sees less", *OF_AN_AGENT)
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    manual = (*OF_AN_AGENT, WAITING)
    wrong += await faults(scene, "history of agent by hand who sees less", *manual)
    await office.grant("view-livechat-room-closed-by-another-agent", "livechat-agent")
    wrong += await faults(scene, "history of agent by hand", *manual)
    wrong += await faults(scene, "close", "inquiries_room", "subscriptions_one", "key of rooms")
    return "\n".join(wrong)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_new_database_uses_its_indexes(office: Office) -> None:
    """Without statistics SQLite plans by rules of thumb, and an office runs so for hours."""
    wrong = await all_faults(await set_scene(office, 3))
    assert not wrong, wrong


async def test_a_busy_database_uses_its_indexes(office: Office) -> None:
    scene = await set_scene(office, 1200)
    await office.db.act(lambda tx: tx.rows("ANALYZE"))
    wrong = await all_faults(scene)
    assert not wrong, wrong


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_total_opens_no_document(office: Office) -> None:
    """SQLite does not call an index of generated columns covering, even where it reads no more."""
    scene = await set_scene(office, 100)
    db = office.db
    assert isinstance(db, Sqlite)
    connection = connect(db.path, readonly=True)
    [root] = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'rooms'"
    ).fetchone()
    for person in (scene.manager, scene.agent):
        with watched() as asked:
            await office.history(person, scene.room, scene.visitor.id)
        [(counts, args)] = [(part, args) for sql, args in asked for part in totals(sql)]
        used = max(int(n) for n in re.findall(r"\$(\d+)", counts))
        code = connection.execute(f"EXPLAIN {numbered(counts)}", args[:used]).fetchall()
        [table] = [p1 for _, op, p1, p2, *_ in code if op == "OpenRead" and p2 == root]
        read = [op for _, op, p1, *_ in code if op in ("Column", "FinishSeek") and p1 == table]
        assert read == [], counts
    connection.close()


def totals(sql: str) -> list[str]:
    """Each `SELECT count(*) FROM (SELECT 1 FROM rooms …` that stands in brackets."""
    found: list[str] = []
    for match in re.finditer(r"\((?=SELECT count\(\*\) FROM \(SELECT 1 FROM rooms )", sql):
        depth = 0
        for end in range(match.start(), len(sql)):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            if not depth:
                found.append(sql[match.end() : end])
                break
    return found
