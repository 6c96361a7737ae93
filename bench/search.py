"""Both searches over a million messages: how long an answer takes, and what the index costs a post.

What each number shows: bench/README.md.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench.rig.load import WrongAnswer
from bench.rig.process import LOAD_CORE, Process
from bench.rig.seeding import Office, seed
from bench.rig.talk import PER_ROOM, Words, talk
from parley.db import Database, open_database
from parley.messages import service
from parley.messages.index import index_new
from parley.messages.service import post_as_visitor
from parley.preferences.service import DEFAULTS
from tests.office import Visitor, open_office
from tests.postgres import Postgres

GOAL_MS = 20.0


@dataclass(frozen=True)
class Plan:
    messages: int
    small: int
    """Messages of a visitor; and of another."""
    large: int
    asked: int
    """Times each thing is asked for."""
    posts: int


WHOLE = Plan(1_000_000, 200, 100_000, asked=200, posts=2000)
QUICK = Plan(100_000, 200, 10_000, asked=60, posts=500)


@dataclass
class Asked:
    name: str
    paths: list[str]
    """Asked for in turn."""
    found: list[int] = field(default_factory=list)
    """What the answers say: `total`, or else `count`."""
    times: list[float] = field(default_factory=list)
    """In milliseconds."""

    def quantile(self, share: float) -> float:
        return sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench search", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for who asks")
    os.sched_setaffinity(0, {LOAD_CORE})
    logging.getLogger("parley").setLevel(logging.ERROR)
    plan = QUICK if options.quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name:
        folder = Path(name)
        with _databases(folder, postgres=options.postgres) as (url, other):
            _posts(plan, other)
            _searches(plan, folder, url)


@contextmanager
def _databases(folder: Path, *, postgres: bool) -> Iterator[tuple[str, str]]:
    if not postgres:
        yield f"sqlite://{folder}/large.db", f"sqlite://{folder}/posts.db"
        return
    engine = Postgres(folder / "postgres")
    try:
        yield engine.url(engine.create()), engine.url(engine.create())
    finally:
        engine.stop()


def _searches(plan: Plan, folder: Path, url: str) -> None:
    rooms = (plan.small // PER_ROOM, plan.large // PER_ROOM)
    started = time.monotonic()
    office = asyncio.run(seed(url, plan.messages // PER_ROOM, rooms, folder / "scratch.db"))
    words = asyncio.run(talk(url, plan.messages))
    print(
        f"{url.partition(':')[0]}: {plan.messages:,} messages, {PER_ROOM} in each room,"
        f" made in {time.monotonic() - started:.0f} s; each line is asked {plan.asked} times\n"
    )
    listed = _listed(plan, office, words)
    serve = ("parley", "serve", "--port", "PORT", "--database", url, "--data", str(folder))
    with Process(*serve) as server:
        _ask_all(plan, server.port, office.agent, listed)
    _show(listed)


def _listed(plan: Plan, office: Office, words: Words) -> list[Asked]:
    classes = {"rare": words.rare, "middling": words.middling, "common": words.common}
    listed = []
    for size in (plan.small, plan.large):
        visitor, room = office.visitors[size // PER_ROOM]
        where = f"room/{room}/visitor/{visitor}"
        listed.append(
            Asked(f"chatHistory, visitor with {size:,}", [f"visitors.chatHistory/{where}"])
        )
        chats = f"visitors.searchChats/{where}?searchText="
        for kind, some in classes.items():
            listed.append(Asked(f"  searchChats, {kind} word", [chats + w for w in some]))
        listed.append(Asked("  a phrase of two common words", [chats + quote(words.two)]))
        listed.append(Asked("  a common beginning", [f"{chats}{w[:3]}*" for w in words.common]))
        listed.append(Asked("  part of a word, nowhere", [f"{chats}qqq"]))
        mine = f"messages.search?visitorId={visitor}&text="
        listed.append(Asked("  messages.search, common word", [mine + w for w in words.common]))
    across = "messages.search?text="
    for kind, some in classes.items():
        listed.append(Asked(f"messages.search, all, {kind} word", [across + w for w in some]))
    two = " ".join(words.common[:2])
    listed.append(Asked("  two common words", [across + quote(two)]))
    listed.append(Asked("  a phrase of them", [across + quote(words.two)]))
    listed.append(Asked("  a common beginning", [f"{across}{w[:3]}*" for w in words.common]))
    listed.append(Asked("  part of a word, nowhere", [f"{across}qqq"]))
    tagged = [f"{across}{word}&tag=none" for word in words.common]
    listed.append(Asked("  common, with a tag that none has", tagged))
    return listed


def _ask_all(plan: Plan, port: int, headers: dict[str, str], listed: list[Asked]) -> None:
    """In turn, so that what the machine does meanwhile meets all alike; the first round is lost."""
    rng = random.Random(1)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for round in range(plan.asked + 1):
        for asked in listed:
            path = f"/api/v1/livechat/{rng.choice(asked.paths)}"
            started = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            took = (time.perf_counter() - started) * 1000
            if answer.status != 200:
                raise WrongAnswer(body[:1000])
            if round:
                asked.times.append(took)
                said = json.loads(body)
                asked.found.append(said.get("total", said["count"]))
    connection.close()


def _show(listed: list[Asked]) -> None:
    print(f"{'':40}{'found':>9}{'p50 ms':>9}{'p99 ms':>9}{'to history':>12}")
    history = 0.0
    for asked in listed:
        p50 = median(asked.times)
        history = p50 if asked.name.startswith("chatHistory") else history
        p99 = asked.quantile(0.99)
        verdict = "" if asked.name.startswith("chatHistory") else "  ok"
        verdict = "  missed" if verdict and p99 > GOAL_MS else verdict
        print(
            f"{asked.name:40}{median(asked.found):9,.0f}{p50:9.2f}{p99:9.2f}"
            f"{p50 / history:12.2f}{verdict}"
        )
    print(f"\ngoal: p99 of {GOAL_MS:.0f} ms")


def _posts(plan: Plan, url: str) -> None:
    """A visitor's message, with its index and without, in turn."""
    with_index, without = asyncio.run(_posting(plan, url))
    for label, ours, bare in zip(("alone", "64 at once"), with_index, without, strict=True):
        print(
            f"a message posted, {label}: {ours:.0f} us, without its index {bare:.0f} us:"
            f" {ours / bare:.2f} times"
        )
    print()


async def _posting(plan: Plan, url: str) -> tuple[list[float], list[float]]:
    db = await open_database(url)
    async with open_office(db) as office:
        await office.agent()
        visitors = [await office.visitor() for _ in range(64)]
        rooms = [(await visitor.room())["_id"] for visitor in visitors]
        both: tuple[list[list[float]], list[list[float]]] = ([], [])
        for _ in range(5):
            for indexed, into in zip((True, False), both, strict=True):
                setattr(service, "index_new", index_new if indexed else _nothing)  # noqa: B010 (mypy: a module)
                into.append(
                    [
                        await _post(db, plan.posts // 5, visitors[:1], rooms),
                        await _post(db, plan.posts, visitors, rooms),
                    ]
                )
    await db.close()
    with_index, without = ([median(c) for c in zip(*rounds, strict=True)] for rounds in both)
    return with_index, without


async def _nothing(*what: object) -> None:
    """Instead of the index."""


async def _post(db: Database, number: int, visitors: list[Visitor], rooms: list[str]) -> float:
    """Microseconds each."""
    texts = iter([f"this is message {n} of a visitor who has a question" for n in range(number)])

    async def write(visitor: Visitor, room: str) -> None:
        for text in texts:
            await db.act(post_as_visitor, visitor.token, room, text, None, DEFAULTS)

    started = time.perf_counter()
    await asyncio.gather(*(write(v, r) for v, r in zip(visitors, rooms, strict=False)))
    return (time.perf_counter() - started) / number * 1e6


if __name__ == "__main__":
    main()
