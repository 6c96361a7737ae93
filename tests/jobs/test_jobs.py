"""Jobs run once, whatever dies in between, and what fails is tried again until it is given up."""

import asyncio
from typing import Any

import pytest

from parley.db import Database, Tx
from parley.errors import Unavailable
from parley.jobs import GiveUp, Scheduled, Worker, enqueue, enqueue_once, queue
from parley.jobs import worker as worker_module
from parley.jobs.lease import LEASE_SECONDS
from parley.jobs.worker import MOST_ATTEMPTS
from tests.clock import Clock
from tests.office import Office


class Work:
    """A kind of job that does as it is told, and remembers."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.trouble: Exception | None = None
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, db: Database, doc: dict[str, Any]) -> None:
        self.started.set()
        await self.go_on.wait()
        if self.trouble is not None:
            raise self.trouble
        self.done.append(doc)


async def put(db: Database, **more: Any) -> str | None:
    return await db.act(enqueue, "work", {"n": 1}, **more)


async def shown(db: Database) -> list[dict[str, Any]]:
    return (await db.scan(queue.list_jobs, "", "", 100, 0))[0]


async def test_a_job_is_there_when_its_act_is_committed_and_only_then(db: Database) -> None:
    work = Work()
    worker = Worker(db, {"work": work})

    async def fails(tx: Tx) -> None:
        await enqueue(tx, "work", {"n": 0})
        raise KeyError

    with pytest.raises(KeyError):
        await db.act(fails)
    assert await put(db) is not None
    await db.act(enqueue, "another", {})
    await worker.run_what_is_due()
    assert work.done == [{"n": 1}]
    assert sorted((job["kind"], job["state"]) for job in await shown(db)) == [
        ("another", "waiting"),  # nobody here knows how
        ("work", "done"),
    ]


async def test_many_workers_do_each_job_once(db: Database) -> None:
    work = Work()
    for n in range(50):
        await db.act(enqueue, "work", {"n": n})
    workers = [Worker(db, {"work": work}) for _ in range(5)]
    await asyncio.gather(*(worker.run_what_is_due() for worker in workers))
    assert sorted(doc["n"] for doc in work.done) == list(range(50))


async def test_what_fails_is_tried_again_ever_later_and_given_up(
    db: Database, clock: Clock
) -> None:
    work = Work()
    work.trouble = ValueError("the visitor's secret")
    worker = Worker(db, {"work": work})
    await put(db)
    waits: list[int] = []
    job: dict[str, Any] = {}
    for attempt in range(1, MOST_ATTEMPTS + 1):
        await worker.run_what_is_due()
        (job,) = await shown(db)
        assert (job["attempts"], job["error"]) == (attempt, "ValueError")
        waited = 0
        while job["state"] == "waiting" and clock.wait() < job["runAt"]:
            clock.wait(seconds=5)
            waited += 5
        waits.append(waited)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 0]
    assert job["state"] == "failed"
    clock.wait(days=1)
    work.trouble = None
    await worker.run_what_is_due()
    assert work.done == []


async def test_what_cannot_succeed_is_given_up_at_once(db: Database) -> None:
    work = Work()
    work.trouble = GiveUp("no such address")
    await put(db)
    await Worker(db, {"work": work}).run_what_is_due()
    (job,) = await shown(db)
    assert (job["state"], job["error"]) == ("failed", "no such address")


async def test_a_process_that_dies_leaves_its_job_to_another(db: Database, clock: Clock) -> None:
    await put(db)
    (dead,) = await db.act(queue.take, ["work"], 10)
    work = Work()
    other = Worker(db, {"work": work})
    await other.run_what_is_due()
    assert work.done == []
    clock.wait(seconds=LEASE_SECONDS)
    await other.run_what_is_due()
    assert work.done == [{"n": 1}]
    # It was not dead but slow: what it says now no longer counts.
    assert not await db.act(queue.renew, dead)
    await db.act(queue.give_up, dead, "too late")
    (job,) = await shown(db)
    assert (job["state"], job["attempts"]) == ("done", 2)


async def test_a_worker_that_is_stopped_gives_its_work_to_the_next(
    db: Database, clock: Clock
) -> None:
    work = Work()
    work.go_on.clear()
    await put(db)
    running = asyncio.create_task(Worker(db, {"work": work}).run())
    await asyncio.wait_for(work.started.wait(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert work.done == []
    work.go_on.set()
    clock.wait(seconds=LEASE_SECONDS)
    await Worker(db, {"work": work}).run_what_is_due()
    assert work.done == [{"n": 1}]


async def test_a_schedule_runs_once_for_all_processes_and_after_trouble(
    db: Database, clock: Clock
) -> None:
    work = Work()
    workers = [Worker(db, {"work": work}, [Scheduled("work", 60)]) for _ in range(3)]

    async def look() -> int:
        for worker in workers:
            await worker._plan()
            await worker.run_what_is_due()
        return len(work.done)

    assert await look() == 1
    clock.wait(seconds=59)
    assert await look() == 1
    clock.wait(seconds=1)
    assert await look() == 2
    work.trouble = RuntimeError()
    clock.wait(seconds=60)
    assert await look() == 2
    work.trouble = None
    clock.wait(seconds=5)
    assert await look() == 3


async def test_the_work_may_say_when_it_runs_again(db: Database, clock: Clock) -> None:
    runs = []

    async def work(db: Database, doc: dict[str, Any]) -> float:
        runs.append(doc)
        return 7

    worker = Worker(db, {"work": work}, [Scheduled("work", 60)])
    await worker._plan()
    for seconds, expected in ((0, 1), (6, 1), (1, 2), (6, 2), (1, 3)):
        clock.wait(seconds=seconds)
        await worker.run_what_is_due()
        assert len(runs) == expected


async def test_a_job_that_is_there_and_has_not_begun_is_enough(db: Database, clock: Clock) -> None:
    async def ask(where: str = "TRUE") -> int:
        await db.act(enqueue_once, "work", where=where)
        return len(await shown(db))

    assert await ask("1 = 0") == 0
    assert await ask() == 1
    assert await ask() == 1
    # It has begun, and may have looked already.
    await db.act(queue.take, ["work"], 10)
    assert await ask() == 2
    assert await ask() == 2


async def test_a_job_waits_for_its_time_and_its_key_is_one(db: Database, clock: Clock) -> None:
    work = Work()
    worker = Worker(db, {"work": work})
    later = clock.wait(hours=1)
    clock.wait(hours=-1)
    assert await put(db, run_at=later, key="reminder") == "reminder"
    assert await put(db, run_at=later, key="reminder") is None
    await worker.run_what_is_due()
    assert work.done == []
    clock.wait(hours=1)
    await worker.run_what_is_due()
    assert work.done == [{"n": 1}]
    assert await db.act(queue.prune) == 0
    clock.wait(days=8)
    assert await db.act(queue.prune) == 1


async def test_an_admin_sees_how_jobs_ended(office: Office) -> None:
    work = Work()
    work.trouble = GiveUp("no such address")
    await put(office.db)
    await Worker(office.db, {"work": work}).run_what_is_due()
    await put(office.db)
    answer = await office.admin.get("jobs.list")
    assert [job["state"] for job in answer["jobs"]].count("failed") == 1
    answer = await office.admin.get("jobs.list", state="failed", kind="work")
    assert (answer["total"], answer["jobs"][0]["error"]) == (1, "no such address")
    agent = await office.agent()
    assert (await agent.refused("GET", "jobs.list"))[0] == 403


async def test_a_mistake_of_ours_does_not_end_the_work(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOOKS_EVERY_SECONDS", 0.01)
    work = Work()
    troubles = [KeyError("x"), Unavailable("x")]

    async def take(*args: Any, **more: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return await queue_take(*args, **more)

    queue_take = queue.take
    monkeypatch.setattr(queue, "take", take)
    await put(db)
    running = asyncio.create_task(Worker(db, {"work": work}).run())
    await asyncio.wait_for(work.started.wait(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert troubles == []
