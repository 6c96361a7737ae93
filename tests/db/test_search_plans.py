"""What both searches ask: by the full text or by a key, and never every message of the office."""

import json
from typing import Any

import asyncpg
import pytest

from parley.db import Database, fulltext
from parley.db.postgres import Postgres
from parley.db.sqlite import Sqlite, connect, numbered
from parley.messages import indexing
from tests.db.test_plans import Asked, Plan, Scene, _nodes, explained, set_scene, watched

SEARCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "words in a visitor's chats": ("chats", {"searchText": "hello"}),
    "a beginning": ("chats", {"searchText": "hel*"}),
    "parts of words in them": ("chats", {"searchText": "ello"}),
    "all chats": ("chats", {"servedChatsOnly": "true"}),
    "words, everywhere": ("messages", {"text": "hello"}),
    "a rare word": ("messages", {"text": "once"}),
    "parts of words, everywhere": ("messages", {"text": "ello"}),
    "a visitor's messages": ("messages", {"text": "hello", "visitorId": "mine"}),
    "all of a visitor's messages": ("messages", {"visitorId": "mine"}),
    "all of a room's messages": ("messages", {"roomId": "mine"}),
    "all messages of a day": ("messages", {"start": "2026-01-01", "end": "2026-01-02"}),
}
FULL_TEXT = {"words in a visitor's chats", "a beginning", "a visitor's messages", "a rare word"}
LARGE = {"rooms", "messages", "message_words", "visitors", "subscriptions"}


async def plans_of(scene: Scene, what: str) -> list[tuple[Asked, Plan]]:
    where, query = SEARCHES[what]
    mine = {"visitorId": scene.visitor.id, "roomId": scene.room}
    query = {key: mine[key] if value == "mine" else value for key, value in query.items()}
    path = "livechat/messages.search"
    if where == "chats":
        path = f"livechat/visitors.searchChats/room/{scene.room}/visitor/{scene.visitor.id}"
    with watched() as asked:
        await scene.agent.get(path, **query)
    searches = [one for one in asked if "message_words" in one.sql or "FROM rooms" in one.sql]
    return [(one, await plan(scene.office.db, one)) for one in searches]


async def plan(db: Database, asked: Asked) -> Plan:
    if isinstance(db, Sqlite):
        found = await explained(db, asked)
        return found._replace(scans=scanned(db, asked))
    assert isinstance(db, Postgres)
    connection = await asyncpg.connect(db.url)
    try:
        # A GIN index is always read into a bitmap.
        await connection.execute("SET enable_seqscan = off")
        sql = f"EXPLAIN (FORMAT JSON) {asked.sql}"
        [top] = json.loads(await connection.fetchval(sql, *asked.args))
    finally:
        await connection.close()
    nodes = list(_nodes(top["Plan"]))
    return Plan(
        {node["Index Name"] for node in nodes if "Index Name" in node},
        False,
        {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"},
        json.dumps(top, indent=1),
    )


def scanned(db: Sqlite, asked: Asked) -> set[str]:
    """Large tables that are read from one end, or an index of theirs; by the code, for the plan
    has one name for a table and for what was found in it.
    """
    connection = connect(db.path, readonly=True)
    try:
        roots = dict(connection.execute("SELECT rootpage, tbl_name FROM sqlite_master"))
        code = connection.execute(f"EXPLAIN {numbered(asked.sql)}", asked.args).fetchall()
    finally:
        connection.close()
    opened = {p1: roots[p2] for _, op, p1, p2, p3, *_ in code if op == "OpenRead" and p3 == 0}
    ends = {p1 for _, op, p1, *_ in code if op in ("Rewind", "Last")}
    return {table for cursor, table in opened.items() if cursor in ends}


async def faults(scene: Scene) -> str:
    wrong = []
    engine = "postgres" if isinstance(scene.office.db, Postgres) else "sqlite"
    for what in SEARCHES:
        found = await plans_of(scene, what)
        assert found, what
        wrong += [
            f"{what}:\n{asked.sql}\n{plan.text}\n" for asked, plan in found if plan.scans & LARGE
        ]
        used = set().union(*(plan.indexes for _, plan in found))
        text = "\n".join(plan.text for _, plan in found)
        if "chats" in what and "rooms_history" not in used:
            wrong.append(f"{what}: not by the visitor's history\n{text}")
        if what in FULL_TEXT:
            full = (
                "message_words_terms" in used if engine == "postgres" else "VIRTUAL TABLE" in text
            )
            if not full:
                wrong.append(f"{what}: not by the full text\n{text}")
        if "visitor's" in what and what.startswith("all") and "message_words_visitor" not in used:
            wrong.append(f"{what}: not by the visitor\n{text}")
    return "\n".join(wrong)


async def scene_of(scene: Scene) -> Scene:
    await scene.visitor.say(scene.room, "hello, only once")
    await scene.office.db.act(indexing.start_over)
    await indexing.index_older(scene.office.db)
    return scene


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_searches_of_a_new_database(database_url: str, office: Any) -> None:
    wrong = await faults(await scene_of(await set_scene(office, 3)))
    assert not wrong, wrong


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_searches_with_statistics_of_long_ago(database_url: str, office: Any) -> None:
    scene = await scene_of(await set_scene(office, 3))
    await office.db.act(lambda tx: tx.rows("ANALYZE"))
    sql = "UPDATE sqlite_stat1 SET stat = '300 ' || substr(stat, instr(stat, ' ') + 1)"
    await office.db.act(lambda tx: tx.rows(sql))
    await office.db.act(lambda tx: tx.rows("ANALYZE sqlite_schema"))
    wrong = await faults(scene)
    assert not wrong, wrong


async def test_searches_of_a_busy_database(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "WINDOW", 50)
    scene = await scene_of(await set_scene(office, 300))
    await office.db.act(lambda tx: tx.rows("ANALYZE"))
    wrong = await faults(scene)
    assert not wrong, wrong
