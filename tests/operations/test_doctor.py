"""`parley doctor` names what is wrong, and nothing where nothing is."""

import http.server
import json
import os
import re
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parley.clock import later, now
from parley.config import Config
from parley.db import Database, open_database
from parley.db.documents import decode, encode
from parley.db.snapshot import snapshot
from parley.operations.doctor import examine
from parley.operations.doctor.books import RULES
from tests.office import Office
from tests.operations.command import doctor, healthy, parley
from tests.server import Server


async def found(url: str, **options: Any) -> list[tuple[str, str]]:
    """(severity, text) of every finding; without looking for a server unless told to."""
    config = Config(database=url, **({"port": 0} | options))
    return [(f.severity, f.text) for f in await examine(config, set())]


async def wrong(url: str, **options: Any) -> list[str]:
    """What is not well, but for the settings that every new office lacks."""
    new = ("Site_Url is not set", "sends no mail", "still with the password")
    return [
        text
        for severity, text in await found(url, **options)
        if severity != "ok" and not text.startswith(new)
    ]


async def busy(office: Office) -> dict[str, str]:
    """Ids in an office with a served, a waiting and a closed chat."""
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    agent = await office.agent()
    department = await office.department(agent)
    served = await office.visitor(department=department["_id"])
    room = await served.room()
    await served.say(room["_id"], "hello")
    gone = await office.visitor(department=department["_id"])
    closed = await gone.room()
    await gone.close(closed["_id"])
    waiting = await (await office.visitor(department=(await office.department())["_id"])).room()
    ids = {"served": room["_id"], "closed": closed["_id"], "waiting": waiting["_id"]}
    return ids | {"department": department["_id"], "visitor": served.id}


async def test_a_busy_office_is_well_and_an_empty_one(office: Office, database_url: str) -> None:
    assert await wrong(database_url) == []
    await busy(office)
    assert await wrong(database_url) == []
    texts = [text for _, text in await found(database_url)]
    assert {rule.holds for rule in RULES} < set(texts)


async def patch(office: Office, table: str, key: str, **changes: Any) -> None:
    """Unlike the office's own, without a word to the document's `_updatedAt`."""
    doc = decode(
        await office.db.read(lambda q: q.value(f"SELECT doc FROM {table} WHERE id = $1", key))
    )
    doc |= changes
    text = encode({k: v for k, v in doc.items() if v is not None})
    sql = f"UPDATE {table} SET doc = $2 WHERE id = $1"
    await office.db.act(lambda tx: tx.rows(sql, key, text))


async def test_each_rule_finds_who_breaks_it(office: Office, database_url: str) -> None:
    ids = await busy(office)

    async def delete(table: str, column: str, value: str) -> None:
        await office.db.act(lambda tx: tx.rows(f"DELETE FROM {table} WHERE {column} = $1", value))

    async def insert(table: str, doc: dict[str, Any], more: str = "", *values: Any) -> None:
        names = f"id, doc{more}"
        marks = ", ".join(f"${n}" for n in range(1, 3 + len(values)))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        await office.db.act(lambda tx: tx.rows(sql, doc["_id"], encode(doc), *values))

    await patch(office, "rooms", ids["closed"], msgs=1)
    await patch(office, "rooms", ids["waiting"], usersCount=7)
    await patch(office, "rooms", ids["served"], lastMessage={"_id": "m"}, slaId="gold")
    await patch(office, "rooms", ids["closed"], onHold=True)
    sql = "INSERT INTO deleted_messages (id, room_id, at) VALUES ('d', 'erased', '')"
    await office.db.act(lambda tx: tx.rows(sql))
    await delete("inquiries", "room_id", ids["waiting"])
    await delete("subscriptions", "room_id", ids["served"])
    await insert("subscriptions", {"_id": "s", "rid": ids["closed"], "u": {"_id": "u"}})
    await insert("inquiries", {"_id": "i", "rid": "no room"})
    await insert("messages", {"_id": "m", "rid": "lost", "ts": now()}, ", seq", 1)
    await patch(office, "departments", ids["department"], numAgents=None)
    await office.db.act(lambda tx: tx.rows("UPDATE streams SET last = 0"))
    await office.db.act(lambda tx: tx.rows("DROP INDEX rooms_one_open"))
    second = {"_id": "second", "open": True, "v": {"_id": ids["visitor"]}, "msgs": 0}
    await insert("rooms", second | {"servedBy": {"_id": "x"}})

    texts = await wrong(database_url)
    for rule, broken in zip(
        RULES,
        [
            [ids["closed"]],
            ["lost"],
            [ids["served"]],
            ["erased"],
            [ids["closed"], ids["waiting"], ids["served"], "second"],
            [ids["served"], "second"],
            [ids["waiting"]],
            [ids["served"]],
            [ids["closed"]],
            [ids["closed"], "no room"],
            [ids["visitor"]],
            [ids["department"]],
            None,
        ],
        strict=True,
    ):
        [text] = [text for text in texts if rule.broken in text]
        if broken is not None:
            assert text == f"{len(broken)} {rule.broken}: {', '.join(sorted(broken))}"
    assert len(texts) == len(RULES)


async def test_of_many_it_names_ten(office: Office, database_url: str) -> None:
    for n in range(12):
        await office.visitor(token=f"t{n}")

    async def lose(tx: Any) -> None:
        for n in range(25):
            doc = encode({"_id": f"m{n}", "rid": f"room{n:02}", "ts": now()})
            await tx.rows("INSERT INTO messages (id, doc, seq) VALUES ($1, $2, 0)", f"m{n}", doc)

    await office.db.act(lose)
    ten = ", ".join(f"room{n:02}" for n in range(10))
    assert await wrong(database_url) == [f"25 rooms are missing whose messages are there: {ten}, …"]


async def test_a_clock_that_was_ahead(office: Office, database_url: str) -> None:
    ids = await busy(office)
    message = await office.db.read(
        lambda q: q.value("SELECT id FROM messages WHERE room_id = $1 LIMIT 1", ids["closed"])
    )
    tomorrow = later(now(), days=1)
    await patch(office, "messages", message, ts=tomorrow)
    assert await wrong(database_url) == [
        f"the newest entry is of {tomorrow}, and by our clock that is yet to come"
    ]


async def test_versions(db: Database, database_url: str, tmp_path: Path) -> None:
    assert await wrong(database_url) == ["nobody is an active admin"]
    await db.act(lambda tx: tx.rows("UPDATE migrations SET number = number + 90 WHERE number > 1"))
    [text] = await wrong(database_url)
    assert re.match(r"at version \d+, this parley knows ", text)
    await db.act(lambda tx: tx.rows("DELETE FROM migrations WHERE number > 1"))
    [text] = await wrong(database_url)
    assert text.startswith("at version 1, this parley needs ")
    [text] = await wrong(f"sqlite://{tmp_path}/nowhere/parley.db")
    assert text == f"{tmp_path}/nowhere/parley.db is not there yet"
    [text] = await wrong(f"postgresql:///x?host={tmp_path}")
    assert text.startswith("cannot be opened: ")


def broken_index(file: Path) -> None:
    """Takes an entry out of an index, as no program would."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA writable_schema = ON")
    sql = "CREATE INDEX messages_visitor ON messages (contact_id, ts)"
    connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'messages_visitor'", (sql,))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_damage_of_a_file(office: Office, database_url: str, tmp_path: Path) -> None:
    await busy(office)
    await office.db.close()
    broken_index(tmp_path / "parley.db")
    [text] = await wrong(database_url)
    assert text.startswith("damaged: ")
    assert "messages_visitor" in text
    (tmp_path / "parley.db").write_bytes(b"no database at all" * 1000)
    status, findings = doctor(database_url)
    assert status == 1
    assert findings[-1]["text"] == "cannot be opened: file is not a database"


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_what_postgres_promises(db: Database, database_url: str) -> None:
    name = await db.read(lambda q: q.value("SELECT current_database()"))
    await db.act(lambda tx: tx.rows(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    texts = await wrong(database_url)
    assert (
        "synchronous_commit is off: acknowledged messages can be lost when the machine stops"
        in texts
    )


def test_who_can_read_the_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = f"sqlite://{data}/parley.db"
    assert parley("migrate", "--database", url, umask=0).status == 0
    healthy(url)
    data.chmod(0o755)
    (data / "parley.db.lock").chmod(0o644)
    (data / "parley.db.before-0002").touch(0o600)
    status, findings = doctor(url)
    said = {f["text"]: f for f in findings if f["what"] == "files"}
    assert status == 1
    assert said[f"others can look into {data} (755)"]["remedy"] == f"chmod 700 {data}"
    assert said["others can read or write parley.db.lock"]["severity"] == "error"
    assert "0 MB in old copies, to be deleted by you: parley.db.before-0002" in said


@contextmanager
def another_server() -> Iterator[int]:
    """The port of somebody else's."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


async def test_the_port(server: Server, database_url: str) -> None:
    server.start()
    number = int(server.url.rpartition(":")[2])
    texts = [text for _, text in await found(database_url, port=number)]
    assert f"parley 0.1.0 answers on 127.0.0.1:{number} and is ready" in texts
    assert server.stop() == 0
    texts = [text for _, text in await found(database_url, port=number)]
    assert f"127.0.0.1:{number} is free; no server runs there" in texts
    with another_server() as taken:
        assert any("is no parley" in text for text in await wrong(database_url, port=taken))


async def test_configuration(db: Database, database_url: str) -> None:
    async def said(**options: Any) -> list[str]:
        return [t for t in await wrong(database_url, **options) if "nobody is" not in t]

    assert await said() == []
    assert ["without a proxy" in t for t in await said(host="0.0.0.0")] == [True]
    assert ["pass by the proxy" in t for t in await said(host="::", trusted_proxy="::1")] == [True]
    assert ["is no address" in t for t in await said(trusted_proxy="localhost")] == [True]
    assert ["test mode: everybody" in t for t in await said(test_mode=True)] == [True]
    assert "will refuse to start" in str(await said(test_mode=True, host="0.0.0.0"))


async def test_few_open_files_are_few_visitors(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024, 1024))
    assert any(text.startswith("1,024 open files") for text in await wrong(database_url))


def test_a_secret_on_the_command_line(tmp_path: Path) -> None:
    url = f"postgresql://me:hush@localhost/x?host={tmp_path}"
    said = parley("doctor", "--database", url, "--port", 0)
    assert "--database holds a secret" in said.out
    assert "hush" not in said.out + said.err
    said = parley("doctor", "--port", 0, PARLEY_DATABASE=url)
    assert "holds a secret" not in said.out


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("parley.db*")}


async def test_it_reads_beside_a_server_and_changes_nothing(
    server: Server, database_url: str, engine: str, tmp_path: Path
) -> None:
    server.start()
    healthy(database_url)
    assert server.stop() == 0
    if engine == "sqlite":
        before = contents(tmp_path)
        healthy(database_url)
        assert contents(tmp_path) == before


def test_config_show(tmp_path: Path) -> None:
    said = parley(
        *("config", "show", "--json", "--data", tmp_path),
        PARLEY_DATABASE="postgresql://me:hush@host/x",
        PARLEY_METRICS_TOKEN="hush",
    )
    assert said.status == 0
    assert "hush" not in said.out
    rows = {row["option"]: row for row in json.loads(said.out)}
    assert rows["--data"]["source"] == "command line"
    assert rows["--database"]["value"] == "postgresql://me:***@host/x"
    assert rows["--database"]["source"] == "environment"
    assert rows["--metrics-token"]["value"] == "***"
    assert rows["--port"] == {
        "option": "--port",
        "environment": "PARLEY_PORT",
        "value": 3000,
        "source": "default",
    }
    text = parley("config", "show", PARLEY_DATABASE="postgresql://me:hush@host/x").out
    assert "hush" not in text
    assert "--database" in text


async def test_a_dry_run_changes_nothing(database_url: str, engine: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = database_url.replace(str(tmp_path), str(data)) if engine == "sqlite" else database_url
    run = ("migrate", "--dry-run", "--database", url)
    said = parley(*run)
    assert (said.status, said.out.splitlines()[0]) == (0, "would apply 0001 house")
    if engine == "sqlite":
        assert "data" not in os.listdir(tmp_path)  # noqa: PTH208
    else:
        async with snapshot(url) as opened:
            assert opened.version == 0
    db = await open_database(url)
    assert parley(*run) == (0, "nothing to do\n", "")
    await db.act(lambda tx: tx.rows("DELETE FROM migrations WHERE number > 1"))
    assert parley(*run).out.splitlines()[0] == "would apply 0002 accounts"
    await db.close()
