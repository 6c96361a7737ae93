"""Group commit: acts share a transaction, each stands or falls alone, nobody is answered early."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parley.db import Database, Reader, Tx, open_database, writer
from parley.db.sqlite import Sqlite, connect
from parley.errors import Refused, Unavailable

PATIENCE = 60


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group closes by its size or an empty queue, never by the clock of a busy machine."""
    monkeypatch.setattr(writer, "GROUP_SECONDS", PATIENCE)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Sqlite]:
    opened = await open_database(f"sqlite:///{tmp_path}/parley.db")
    assert isinstance(opened, Sqlite)
    yield opened
    await opened.close()


class Gate:
    """An act that keeps the writer busy, so that what is submitted behind it shares its group."""

    def __init__(self, db: Database) -> None:
        self._inside = asyncio.Event()
        self._open = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._passing = asyncio.create_task(db.act(self._wait))

    async def _wait(self, tx: Tx) -> None:
        self._loop.call_soon_threadsafe(self._inside.set)
        assert self._open.wait(PATIENCE), "the event loop was blocked by an act"

    async def reached(self) -> None:
        await asyncio.wait_for(self._inside.wait(), PATIENCE)

    async def open(self) -> None:
        """Returns when the gate's whole group is settled."""
        self.release()
        await asyncio.gather(self._passing, return_exceptions=True)

    def release(self) -> None:
        self._open.set()


@asynccontextmanager
async def one_group(db: Database) -> AsyncIterator[None]:
    """All that is submitted inside goes to one group."""
    gate = Gate(db)
    await gate.reached()
    yield
    await gate.open()


async def submit(db: Database, *acts: Any) -> list[asyncio.Task[Any]]:
    """In this order; not yet answered."""
    tasks = [asyncio.ensure_future(db.act(*act)) for act in acts]
    await asyncio.sleep(0)  # a task submits when it first runs
    return tasks


async def put(tx: Tx, name: str) -> str:
    await tx.rows("INSERT INTO meta (id, value) VALUES ($1, 'x')", name)
    return name


async def put_and_fail(tx: Tx, name: str) -> None:
    await put(tx, name)
    raise Refused(name)


async def put_twice(tx: Tx, name: str) -> None:
    await put(tx, name)
    await put(tx, name)


async def names(q: Reader) -> list[str]:
    return [row[0] for row in await q.rows("SELECT id FROM meta ORDER BY id")]


def seen_outside(db: Sqlite) -> list[str]:
    connection = connect(db.path, readonly=True)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM meta ORDER BY id")]
    finally:
        connection.close()


def traced(db: Sqlite) -> list[str]:
    """The transaction control that the writer runs from now on."""
    control: list[str] = []
    words = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")
    db.writing.set_trace_callback(
        lambda sql: control.append(sql) if sql.startswith(words) else None
    )
    return control


async def test_a_failed_act_is_undone_alone(db: Sqlite) -> None:
    control = traced(db)
    async with one_group(db):
        tasks = await submit(db, (put, "a"), (put_and_fail, "b"), (put_twice, "c"), (put, "d"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0::3] == ["a", "d"]
    assert isinstance(outcomes[1], Refused)
    assert isinstance(outcomes[2], sqlite3.IntegrityError)
    assert seen_outside(db) == ["a", "d"]
    assert [sql for sql in control if sql in ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")] == [
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]


async def test_the_first_act_of_a_group_needs_no_savepoint_to_be_undone_alone(db: Sqlite) -> None:
    control = traced(db)
    gate = threading.Event()

    async def fails_later(tx: Tx) -> None:
        await put(tx, "first")
        assert gate.wait(PATIENCE)
        raise Refused("first")

    tasks = await submit(db, (fails_later,), (put_and_fail, "b"), (put, "c"), (put_twice, "d"))
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in outcomes] == [Refused, Refused, str, sqlite3.IntegrityError]
    assert seen_outside(db) == ["c"]
    assert control == [
        *["BEGIN IMMEDIATE", "ROLLBACK"] * 2,
        *["BEGIN IMMEDIATE", "SAVEPOINT act", "ROLLBACK TO act", "COMMIT"],
    ]


async def test_an_act_that_overlooks_a_dropped_transaction_is_not_answered_as_done(
    db: Sqlite,
) -> None:
    async def overlooks(tx: Tx) -> str:
        await put(tx, "lost")
        db.writing.execute("ROLLBACK")
        return "done"

    with pytest.raises(Unavailable):
        await db.act(overlooks)
    assert await db.act(put, "healed") == "healed"
    assert seen_outside(db) == ["healed"]


async def test_nobody_is_answered_before_commit(db: Sqlite) -> None:
    [first] = await submit(db, (put, "first"))
    await first
    gate = Gate(db)
    await gate.reached()
    [done] = await submit(db, (put, "done"))
    second = Gate(db)
    await asyncio.sleep(0)
    gate.release()
    await second.reached()
    # `done` has run to its end, and its group waits for the act behind it.
    assert not done.done()
    assert seen_outside(db) == ["first"]
    assert await db.read(names) == ["first"]
    await second.open()
    assert await done == "done"
    assert seen_outside(db) == ["done", "first"]


class Trouble(NamedTuple):
    spoil: list[Any]
    """Acts that bring it about, between two innocent ones."""
    lift: Callable[[], object]
    after: list[str]
    """What is stored all the same: a group that began after the trouble."""


def commit_fails(db: Sqlite) -> Trouble:
    """By a constraint that SQLite checks at COMMIT only."""
    db.writing.execute("PRAGMA foreign_keys = ON")
    db.writing.execute("CREATE TABLE child (id REFERENCES meta DEFERRABLE INITIALLY DEFERRED)")

    async def orphan(tx: Tx) -> None:
        await tx.rows("INSERT INTO child VALUES ('nobody')")

    return Trouble([(orphan,)], lambda: None, [])


def begin_fails(db: Sqlite) -> Trouble:
    """Somebody else, a backup tool say, holds the write lock for longer than we wait."""
    db.writing.execute("PRAGMA busy_timeout = 1")
    other = connect(db.path)
    other.execute("BEGIN IMMEDIATE")
    return Trouble([], other.close, [])


def transaction_is_dropped(db: Sqlite) -> Trouble:
    """By SQLite itself, which does so when the disk is full."""

    async def fill(tx: Tx) -> None:
        [[pages]] = await tx.rows("PRAGMA page_count")
        await tx.rows(f"PRAGMA max_page_count = {pages + 1}")
        await tx.rows("INSERT INTO meta VALUES ('big', $1)", "x" * 100_000)

    def lift() -> None:
        db.writing.execute("PRAGMA max_page_count = 1073741823")

    return Trouble([(fill,)], lift, ["c"])


@pytest.mark.parametrize("trouble", [commit_fails, begin_fails, transaction_is_dropped])
async def test_a_lost_group_is_unavailable_to_all_and_leaves_nothing(
    db: Sqlite, trouble: Callable[[Sqlite], Trouble]
) -> None:
    spoil, lift, after = trouble(db)
    async with one_group(db) if spoil else nullcontext():
        tasks = await submit(db, (put, "a"), (put_and_fail, "b"), *spoil, (put, "c"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    lost = outcomes[: len(outcomes) - len(after)]
    assert [type(outcome) for outcome in lost] == [Unavailable] * len(lost)
    # One exception object raised in many requests would collect all their tracebacks.
    assert len(set(map(id, lost))) == len(lost) >= 3
    assert outcomes[len(lost) :] == seen_outside(db) == after
    lift()
    assert await db.act(put, "healed") == "healed"
    assert seen_outside(db) == [*after, "healed"]


async def test_what_the_machine_refuses_is_unavailable_and_reads_go_on(db: Sqlite) -> None:
    await db.act(put, "a")
    db.writing.execute("PRAGMA query_only = ON")  # as a file system that turned read-only
    with pytest.raises(Unavailable):
        await db.act(put, "b")
    assert await db.read(names) == await db.scan(names) == ["a"]
    db.writing.execute("PRAGMA query_only = OFF")
    assert await db.act(put, "b") == "b"


async def test_an_act_may_wait_for_its_transaction_only(db: Sqlite) -> None:
    """Each of these would hold up every writer, or read beside its own transaction."""

    async def sleeps(tx: Tx) -> None:
        await put(tx, "sleeps")
        await asyncio.sleep(0)

    async def waits(tx: Tx) -> None:
        await put(tx, "waits")
        await asyncio.sleep(1)

    async def nests(tx: Tx) -> None:
        await put(tx, "nests")
        await db.act(put, "inner")

    async def reads(tx: Tx) -> None:
        await put(tx, "reads")
        await db.read(names)

    async def goes_on(tx: Tx) -> None:
        await put(tx, "goes on")
        try:
            await asyncio.sleep(0)
        finally:
            await put(tx, "in finally")

    for act in (sleeps, waits, nests, goes_on):
        with pytest.raises(RuntimeError):
            await db.act(act)
    with pytest.raises(sqlite3.ProgrammingError):
        await db.act(reads)
    assert seen_outside(db) == []
    assert await db.act(put, "after") == "after"


async def test_an_act_that_raises_anything_at_all_ends_nobody_else(db: Sqlite) -> None:
    class Odd(BaseException):
        pass

    async def odd(tx: Tx) -> None:
        await put(tx, "odd")
        raise Odd

    async with one_group(db):
        tasks = await submit(db, (put, "a"), (odd,), (put, "b"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0::2] == ["a", "b"]
    assert isinstance(outcomes[1], Odd)
    assert seen_outside(db) == ["a", "b"]


async def test_a_group_is_bounded(db: Sqlite) -> None:
    control = traced(db)
    async with one_group(db):
        tasks = await submit(db, *((put, str(n)) for n in range(2 * writer.GROUP_ACTS)))
    await asyncio.gather(*tasks)
    sizes: list[int] = []
    for sql in control:
        if sql == "BEGIN IMMEDIATE":
            sizes.append(1)
        elif sql == "SAVEPOINT act":
            sizes[-1] += 1
    assert sizes == [writer.GROUP_ACTS, writer.GROUP_ACTS, 1]  # with the gate
    assert control.count("COMMIT") == 3


async def test_closing_finishes_what_was_submitted_and_takes_no_more(db: Sqlite) -> None:
    gate = Gate(db)
    await gate.reached()
    tasks = await submit(db, *((put, f"{n:03}") for n in range(300)))
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await db.act(put, "late")
    await gate.open()
    await closing
    assert [task.result() for task in tasks] == [f"{n:03}" for n in range(300)]
    assert seen_outside(db) == [f"{n:03}" for n in range(300)]
    # The last connection to leave puts the log into the file: a copy of it is the whole database.
    reopened = await open_database(f"sqlite:///{db.path}")
    await reopened.close()
    assert sorted(path.name for path in db.path.parent.iterdir()) == [
        "parley.db",
        "parley.db.lock",
    ]


async def test_a_request_that_is_given_up_harms_nobody(db: Sqlite) -> None:
    async with one_group(db):
        tasks = await submit(db, (put, "a"), (put, "b"), (put, "c"))
        tasks[1].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0::2] == ["a", "c"]
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert seen_outside(db) == ["a", "b", "c"]


async def test_slow_acts_and_scans_leave_the_event_loop_free(db: Sqlite) -> None:
    """The gate opens only if the loop can open it; likewise for a reader's thread."""
    async with one_group(db):
        assert await db.read(names) == []
    go = threading.Event()

    async def long(q: Reader) -> list[str]:
        assert go.wait(PATIENCE), "the event loop was blocked by a scan"
        return await names(q)

    scans = [asyncio.create_task(db.scan(long)) for _ in range(2)]
    await asyncio.sleep(0)
    await db.act(put, "a")
    go.set()
    assert await asyncio.gather(*scans) == [["a"], ["a"]]
