"""visitors.chatHistory under load, set against a bare ASGI app that answers the same bytes.

What each number shows: bench/README.md. Exit status 1 when the floor is missed.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from bench.rig.load import Target, WrongAnswer, answer, load, page
from bench.rig.process import LOAD_CORE, Process, cpu_seconds, memory
from bench.rig.seeding import Office, seed
from parley.app import build_app
from parley.config import Config
from parley.db import open_database
from tests.postgres import Postgres

FLOOR, GOAL, SAME = 0.20, 0.27, 1.20


@dataclass(frozen=True)
class Plan:
    rooms: int
    few_rooms: int
    """Of the second, smaller table."""
    sizes: tuple[int, int, int]
    """Rooms of the visitors who are asked for."""
    rounds: int
    seconds: float
    """Of load on each page in each round."""
    starts: int


WHOLE = Plan(200_000, 20_000, (60, 1_000, 100_000), rounds=5, seconds=1.5, starts=5)
QUICK = Plan(40_000, 4_000, (60, 1_000, 20_000), rounds=3, seconds=0.7, starts=3)


@dataclass
class Measured:
    name: str
    target: Target
    pid: int
    length: int
    micros: list[float]
    """CPU of the server per request, a number for each round."""

    @property
    def median(self) -> float:
        return median(self.micros)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench history", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller tables, shorter rounds")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    # The conversation that is the template is held in test mode, which warns of itself.
    logging.getLogger("parley").setLevel(logging.ERROR)
    plan = QUICK if options.quick else WHOLE
    with (
        tempfile.TemporaryDirectory(prefix="parley-bench-") as folder,
        _databases(Path(folder), postgres=options.postgres) as (url, small_url),
    ):
        good = _run(plan, Path(folder), url, small_url)
    sys.exit(0 if good else 1)


@contextlib.contextmanager
def _databases(folder: Path, *, postgres: bool) -> Iterator[tuple[str, str]]:
    if not postgres:
        yield f"sqlite://{folder}/large.db", f"sqlite://{folder}/small.db"
        return
    engine = Postgres(folder / "postgres")
    try:
        yield engine.url(engine.create()), engine.url(engine.create())
    finally:
        engine.stop()


def _run(plan: Plan, folder: Path, url: str, small_url: str) -> bool:
    engine = url.partition(":")[0]
    large = asyncio.run(seed(url, plan.rooms, plan.sizes, folder / "scratch-1.db"))
    small = asyncio.run(seed(small_url, plan.few_rooms, plan.sizes[:2], folder / "scratch-2.db"))
    print(
        f"{engine}: {plan.rooms:,} rooms of {large.document_bytes:,} bytes (closed) made in"
        f" {large.seconds:.0f} s, {plan.few_rooms:,} in {small.seconds:.0f} s;"
        f" {plan.rounds} rounds of {plan.seconds} s for each page"
    )
    _starts(plan, folder, url, large)
    with (
        _serve(folder, url) as ours,
        _serve(folder, small_url) as ours_small,
    ):
        few = _target(ours, large, 60)
        body = folder / "answer"
        body.write_bytes(answer(few))
        idle = memory(ours.pid)
        with Process("bench.rig.reference", str(body), "PORT") as bare:
            pages = _pages(plan, large, small, ours, ours_small, few, bare)
            _measure(plan, pages)
        _show_pages(pages)
        loaded = memory(ours.pid)
    for moment, (rss, pss) in (("after start and one page", idle), ("after the load", loaded)):
        print(f"memory {moment}: {rss:.0f} MB resident, {pss:.0f} MB proportional")
    count = asyncio.run(_statements(url, few))
    print(f"SQL statements of a page: {count} (at most 4)")
    # The floor is SQLite's: there the database's work is the server's own.
    return _verdict(plan, {p.name: p for p in pages}) or engine != "sqlite"


def _serve(folder: Path, url: str) -> Process:
    return Process("parley", "serve", "--port", "PORT", "--database", url, "--data", str(folder))


def _target(server: Process, office: Office, size: int, query: str = "") -> Target:
    visitor, room = office.visitors[size]
    path = f"/api/v1/livechat/visitors.chatHistory/room/{room}/visitor/{visitor}"
    return Target(server.port, path + query, office.agent)


def _pages(
    plan: Plan,
    large: Office,
    small: Office,
    ours: Process,
    ours_small: Process,
    few: Target,
    bare: Process,
) -> list[Measured]:
    sixty, thousand, most = plan.sizes
    first = _target(ours, large, most)
    second, last = _cursors(first, most)
    listed = [
        ("bare ASGI, the same bytes", Target(bare.port, "/", few.headers), bare),
        (f"visitor with {sixty}", few, ours),
        ("  asked by a manager", Target(few.port, few.path, large.manager), ours),
        (f"  in a table of {plan.few_rooms:,}", _target(ours_small, small, sixty), ours_small),
        (f"visitor with {thousand:,}", _target(ours, large, thousand), ours),
        (f"visitor with {most:,}: first page", first, ours),
        ("  second page by cursor", Target(first.port, first.path + second, first.headers), ours),
        ("  last page by cursor", Target(first.port, first.path + last, first.headers), ours),
    ]
    return [
        Measured(name.strip(), target, server.pid, len(page(target)), [])
        for name, target, server in listed
    ]


def _cursors(first: Target, rooms: int) -> tuple[str, str]:
    """Queries of the second and of the last page; each room is met once on the way."""
    seen: set[str] = set()
    queries = [""]
    while True:
        target = Target(first.port, first.path + queries[-1], first.headers)
        found = json.loads(page(target))
        seen.update(room["_id"] for room in found["history"])
        if "cursor" not in found:
            break
        queries.append(f"?cursor={found['cursor']['next']}")
    if len(seen) != rooms or found["total"] != rooms:
        raise WrongAnswer(f"{len(seen)} rooms by cursor, a total of {found['total']}: not {rooms}")
    return queries[1], queries[-1]


def _measure(plan: Plan, pages: list[Measured]) -> None:
    for measured in pages:
        load(measured.target, measured.length, plan.seconds / 3)
    for _ in range(plan.rounds):
        for measured in pages:
            before = cpu_seconds(measured.pid)
            answered = load(measured.target, measured.length, plan.seconds)
            used = cpu_seconds(measured.pid) - before
            measured.micros.append(used / answered * 1e6)


def _ratio(bare: Measured, ours: Measured) -> list[float]:
    return [b / o for b, o in zip(bare.micros, ours.micros, strict=True)]


def _show_pages(pages: list[Measured]) -> None:
    bare = pages[0]
    print(
        f"\n{'a page of 50':40}{'bytes':>8}{'CPU us':>9}{'lowest':>8}{'highest':>8}{'bare/it':>9}"
    )
    for p in pages:
        print(
            f"{p.name:40}{p.length:8,}{p.median:9.0f}{min(p.micros):8.0f}{max(p.micros):8.0f}"
            f"{median(_ratio(bare, p)):9.2f}"
        )
    print()


def _starts(plan: Plan, folder: Path, url: str, office: Office) -> None:
    live, history = [], []
    for _ in range(plan.starts):
        with _serve(folder, url) as server:
            page(Target(server.port, "/health/live", {}))
            live.append(time.perf_counter() - server.born)
            page(_target(server, office, plan.sizes[0]))
            history.append(time.perf_counter() - server.born)
    print(
        f"start to first answer: /health/live {1000 * median(live):.0f} ms,"
        f" a page of history {1000 * median(history):.0f} ms (median of {plan.starts})"
    )


async def _statements(url: str, target: Target) -> int:
    db = await open_database(url)
    transport = httpx.ASGITransport(app=build_app(Config(), db))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        await http.get(target.path, headers=target.headers)  # reads the policy as well
        before = db.statements
        response = await http.get(target.path, headers=target.headers)
        count = db.statements - before
    await db.close()
    assert response.status_code == 200
    return count


def _verdict(plan: Plan, pages: dict[str, Measured]) -> bool:
    sixty, _, most = plan.sizes
    ours = pages[f"visitor with {sixty}"]
    ratio = median(_ratio(pages["bare ASGI, the same bytes"], ours))
    growth = ours.median / pages[f"in a table of {plan.few_rooms:,}"].median
    first = pages[f"visitor with {most:,}: first page"].median
    last = pages["last page by cursor"].median
    second = pages["second page by cursor"].median
    for text, value, good in (
        (f"bare / visitor with {sixty} (floor {FLOOR:.2f}, goal {GOAL:.2f})", ratio, ratio >= GOAL),
        (f"{plan.rooms:,} rooms / {plan.few_rooms:,} (goal {SAME:.2f})", growth, growth <= SAME),
        (f"last page / first, which counts {most:,}", last / first, last <= SAME * first),
        (f"last page / second (goal {SAME:.2f})", last / second, last <= SAME * second),
    ):
        print(f"{text:58}{value:8.2f}  {'ok' if good else 'missed'}")
    if ratio < FLOOR:
        print(f"the floor of {FLOOR:.2f} is missed")
    return ratio >= FLOOR


if __name__ == "__main__":
    main()
