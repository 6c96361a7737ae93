"""Backup and restore: of one moment, beside a server that writes, from any engine to any."""

import asyncio
import itertools
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from parley.db import Database, open_database
from parley.db import copying as copying_module
from parley.db.meta import get_mark, set_mark
from parley.db.snapshot import snapshot
from parley.errors import Unavailable
from parley.operations import backup as backup_module
from parley.operations import into_postgres
from parley.operations.backup import backup
from parley.operations.restore import restore
from parley.preferences.store import put_setting
from tests.faults.chats import Chat, connected, start_chats, text_of
from tests.faults.invariants import check_books
from tests.operations.command import healthy, parley
from tests.postgres import Postgres
from tests.server import Server

ENOUGH = 200
"""Answers before the backup begins."""


@pytest.fixture
def elsewhere(tmp_path: Path, postgres: Postgres) -> Iterator[dict[str, str]]:
    """An empty place of either engine."""
    name = postgres.create()
    yield {"sqlite": f"sqlite://{tmp_path}/new/parley.db", "postgres": postgres.url(name)}
    postgres.drop(name)


async def test_under_load_holds_all_that_was_acknowledged(
    server: Server, database_url: str, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    server.start()
    answered: set[str] = set()
    enough, stop = asyncio.Event(), asyncio.Event()
    keys = (f"message{n}" for n in itertools.count())

    async def write(chat: Chat) -> None:
        while not stop.is_set():
            key = next(keys)
            await chat.say(key)
            answered.add(key)
            if len(answered) >= ENOUGH:
                enough.set()

    async with connected(server) as http:
        chats = await start_chats(http, 8)
        writers = [asyncio.create_task(write(chats[n % 8])) for n in range(16)]
        await asyncio.wait_for(enough.wait(), 60)
        before = set(answered)
        file = tmp_path / "backup"
        made = await asyncio.to_thread(parley, "backup", file, "--database", database_url)
        during = set(answered)
        stop.set()
        await asyncio.gather(*writers)
    assert server.stop() == 0
    assert (made.status, made.err) == (0, "")
    assert len(during) > len(before), "the writers went on"
    kept = []
    for url in elsewhere.values():
        done = await asyncio.to_thread(parley, "restore", file, "--database", url)
        assert (done.status, done.err) == (0, "")
        kept.append({k: m for k, m in (await check_books(url)).items() if k in answered})
        assert before <= kept[-1].keys()
        assert {key: message["msg"] for key, message in kept[-1].items()} == {
            key: text_of(key) for key in kept[-1]
        }
        await asyncio.to_thread(healthy, url)
    assert kept[0] == kept[1]


async def test_nobody_waits_for_it_and_it_is_of_one_moment(
    server: Server, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying_module, "PAGES", 5)
    monkeypatch.setattr(backup_module, "ROWS", 2)
    server.start()
    file = tmp_path / "backup"
    async with connected(server) as http:
        [chat] = await start_chats(http, 1)
        await chat.say("before")
    meanwhile: list[str] = []
    with httpx.Client(base_url=server.url) as caller:

        def write(done: int, total: int) -> None:
            key = f"meanwhile{len(meanwhile)}"
            body = {"token": chat.visitor.token, "rid": chat.room, "msg": "x", "_id": key}
            assert caller.post("/api/v1/livechat/message", json=body).status_code == 200
            meanwhile.append(key)

        await backup(database_url, file, force=False, watch=write)
    assert len(meanwhile) > 10
    assert server.stop() == 0
    await restore(f"sqlite://{tmp_path}/new/parley.db", file, force=False)
    stored = await check_books(f"sqlite://{tmp_path}/new/parley.db")
    assert "before" in stored
    assert not stored.keys() & set(meanwhile)
    assert set(meanwhile) <= (await check_books(database_url)).keys()


def names(folder: Path, start: str) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(start))


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_backup_is_private_and_replaces_nothing_unasked(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    run = ("backup", file, "--database", database_url)
    await db.act(set_mark, "kept", "1")
    assert parley(*run, umask=0).status == 0
    assert mode(file) == 0o600
    first = file.read_bytes()
    await db.act(set_mark, "kept", "2")
    refused = parley(*run)
    assert (refused.status, refused.err) == (
        1,
        f"parley: {file} exists already: --force replaces it\n",
    )
    assert file.read_bytes() == first
    assert parley(*run, "--force").status == 0
    assert file.read_bytes() != first
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        [(mark,)] = connection.execute("SELECT value FROM meta WHERE id = 'backup'")
        assert f'"engine":"{"sqlite" if "sqlite" in database_url else "postgres"}"' in mark
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert names(tmp_path, "backup") == ["backup"]


async def test_a_backup_that_fails_leaves_nothing(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    def full(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "folder" / "backup"
    file.parent.mkdir()
    with pytest.raises((Unavailable, OSError), match="No space"):
        await backup(database_url, file, force=False, watch=full)
    assert list(file.parent.iterdir()) == []
    with pytest.raises(Unavailable, match="No such file"):
        await backup(database_url, tmp_path / "nowhere" / "backup", force=False)


async def test_data_is_never_replaced_silently(
    db: Database, database_url: str, engine: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    run = ("restore", file, "--database", database_url)
    await backup(database_url, file, force=False)
    in_use = {
        "sqlite": f"{tmp_path}/parley.db is already served by another parley process",
        "postgres": "a parley process uses this database: stop it first",
    }
    assert parley(*run).err == f"parley: {in_use[engine]}\n"
    # Nobody's data: tables, and a row of an operator.
    await db.act(set_mark, "kept", "1")
    await db.close()
    assert parley(*run).status == 0
    db = await open_database(database_url)
    assert await db.read(get_mark, "kept") is None
    # Somebody's.
    await db.act(lambda tx: tx.rows("INSERT INTO settings VALUES ('x', '{}')"))
    await db.close()
    refused = parley(*run)
    assert refused.status == 1
    assert "holds data: with --force it is kept" in refused.err
    done = parley(*run, "--force")
    assert done.status == 0
    kept = done.out.splitlines()[-1].removeprefix("what was there before is now ")
    db = await open_database(database_url)
    assert await db.read(lambda q: q.value("SELECT count(*) FROM settings")) == 0
    assert await db.read(get_mark, "backup") is None
    if engine == "postgres":
        sql = f"SELECT id FROM {kept}.settings"
        assert await db.read(lambda q: q.value(sql)) == "x"
    else:
        assert mode(Path(kept)) == 0o600
        async with snapshot(f"sqlite://{kept}") as old:
            assert await old.q.value("SELECT id FROM settings") == "x"
    await db.close()


async def test_a_restore_that_stops_half_way_changes_nothing(
    db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(done: int, total: int) -> None:
        raise RuntimeError("stopped")

    monkeypatch.setattr(into_postgres, "TOLD_ROWS", 1)
    await db.act(lambda tx: put_setting(tx, "Site_Url", "https://x.example"))
    await backup(database_url, tmp_path / "backup", force=False)
    await db.act(lambda tx: put_setting(tx, "Site_Name", "X"))
    await db.close()
    with pytest.raises(RuntimeError, match="stopped"):
        await restore(database_url, tmp_path / "backup", force=True, watch=stopped)
    async with snapshot(database_url) as found:
        assert await found.q.value("SELECT count(*) FROM settings") == 2
    healthy(database_url)
    assert names(tmp_path, "parley.db") in ([], ["parley.db", "parley.db.lock"])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_command_that_has_the_file_open_is_waited_for_by_nobody(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    await backup(database_url, file, force=False)
    await db.close()
    beside = await open_database(database_url, serving=False)
    with pytest.raises(Unavailable, match=r"another parley command has .* open"):
        await restore(database_url, file, force=False)
    await beside.close()
    await restore(database_url, file, force=False)


async def test_a_damaged_file_makes_way(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/parley.db"
    db = await open_database(url)
    await backup(url, tmp_path / "backup", force=False)
    await db.close()
    (tmp_path / "parley.db").write_bytes(b"not what it was" * 1000)
    with pytest.raises(Unavailable, match="holds data"):
        await restore(url, tmp_path / "backup", force=False)
    done = await restore(url, tmp_path / "backup", force=True)
    assert content(done.kept).startswith(b"not what it was")
    healthy(url)


async def test_what_is_no_whole_backup_is_refused(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async def refused(why: str, file: Path) -> None:
        with pytest.raises(Unavailable, match=why):
            await restore(database_url, file, force=True)

    await refused("is not there", tmp_path / "nothing")
    text = tmp_path / "text"
    text.write_text("not a database, and long enough to be taken for one" * 50)
    await refused("not a database", text)
    other = await open_database(f"sqlite://{tmp_path}/other.db")
    await other.close()
    await refused("was not made by `parley backup`", tmp_path / "other.db")

    file = tmp_path / "backup"
    await backup(database_url, file, force=False)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    await refused("damaged|malformed", file)
    file.write_bytes(whole)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE meta SET value = json_set(value, '$.migration', 99)")
    await refused("at version 99, this parley knows .. at most: restore it with parley", file)
    assert names(tmp_path, "parley.db.") in ([], ["parley.db.lock"])
