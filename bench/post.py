"""Messages posted by visitors: how many a second, each kept durably, against a bare app that keeps
the same documents with a commit for each; and what it costs that another system is told of each,
which takes it, fails or hangs.

What each number shows: bench/README.md. Exit status 1 when the goal is missed on SQLite.
"""

import argparse
import contextlib
import json
import os
import re
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from bench.rig.load import BUFFER, WrongAnswer
from bench.rig.process import LOAD_CORE, Process, cpu_seconds
from parley.testmode import KNOWN_ADMIN
from tests.postgres import Postgres

AT_ONCE = 64
GOAL = 4.0
HEADS = f"{'median':>8}{'lowest':>8}{'highest':>8}{'CPU us':>8}"
NOBODY = "nobody is told"
MOODS = {
    "hangs": "a receiver that hangs",
    "fails": "one that answers 500",
    "takes": "one that takes all",
}
"""Of bench/rig/receiver.py."""
TEXT = "Where is my parcel? It was promised for today, number {}, see https://shop.example/parcels."

_numbers = count(1)

Body = Callable[[int], dict[str, Any]]
"""What the n-th message of all is posted with."""


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float


WHOLE, QUICK = Plan(3, 3.0), Plan(2, 1.0)


class Connection:
    def __init__(self, port: int, path: str, body: Body) -> None:
        self._path, self._body = path, body
        self._answer = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self) -> None:
        text = json.dumps(self._body(next(_numbers))).encode()
        head = f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(text)}\r\n"
        self.socket.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + text)

    def read(self) -> bool:
        """True at the end of an answer. Raises WrongAnswer for one that is no success."""
        part = self.socket.recv(BUFFER)
        self._answer += part
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        if not part or (end and (length is None or not head.startswith(b"HTTP/1.1 200 "))):
            raise WrongAnswer(self._answer[:1000])
        if not end or length is None or len(body) < int(length[1]):
            return False
        self._answer = b""
        return True


@dataclass
class Posting:
    name: str
    server: Process
    path: str
    bodies: list[Body]
    """One for each connection."""
    rates: list[float] = field(default_factory=list)
    micros: list[float] = field(default_factory=list)
    """Of the server's CPU for each message."""

    def connect(self, body: Body) -> Connection:
        return Connection(self.server.port, self.path, body)

    def rate(self) -> float:
        return median(self.rates)

    def cost(self) -> float:
        return median(self.micros)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench post", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter rounds")
    parser.add_argument("--postgres", action="store_true", help="Parley on PostgreSQL")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    plan = QUICK if options.quick else WHOLE
    with (
        tempfile.TemporaryDirectory(prefix="parley-bench-") as name,
        _databases(Path(name), postgres=options.postgres) as new_database,
    ):
        ratio = _run(plan, Path(name), new_database())
        _told(plan, Path(name), new_database)
    sys.exit(0 if ratio >= GOAL or options.postgres else 1)


@contextlib.contextmanager
def _databases(folder: Path, *, postgres: bool) -> Iterator[Callable[[], str]]:
    """Gives URLs of new databases, each in a folder of its own."""
    if not postgres:
        numbers = count()
        yield lambda: f"sqlite://{folder}/{next(numbers)}/parley.db"
        return
    engine = Postgres(folder / "postgres")
    try:
        yield lambda: engine.url(engine.create())
    finally:
        engine.stop()


def _parley(url: str, folder: Path) -> Process:
    # In test mode nobody is held to a rate; else it is what is served elsewhere.
    serve = ("parley", "serve", "--port", "PORT", "--database", url, "--data", str(folder))
    return Process(*serve, "--test-mode")


def _run(plan: Plan, folder: Path, url: str) -> float:
    """How many times as many messages as with a commit each."""
    with (
        _parley(url, folder) as ours,
        Process("bench.rig.durable", str(folder / "bare.db"), "PORT") as bare,
    ):
        visitors = _office(ours.port)
        kept = _call(ours.port, "POST", "livechat/message", visitors[0](0))["message"]
        postings = [
            Posting(f"{name}, {len(bodies)} at once", server, path, bodies)
            for bodies, same in ((visitors, [_same(kept)] * AT_ONCE), (visitors[:1], [_same(kept)]))
            for name, server, path, bodies in (
                ("Parley", ours, "/api/v1/livechat/message", bodies),
                ("a commit each", bare, "/", same),
            )
        ]
        for _ in range(plan.rounds):
            for posting in postings:
                _measure(posting, plan.seconds)
    print(
        f"{url.partition(':')[0]}: documents of {len(json.dumps(kept))} bytes;"
        f" {plan.rounds} rounds of {plan.seconds:.0f} s, interleaved\n"
    )
    return _show(postings)


def _told(plan: Plan, folder: Path, new_database: Callable[[], str]) -> None:
    """Four servers alike, but for whom they tell of each message."""
    with contextlib.ExitStack() as opened:
        postings = []
        for mood in (None, *MOODS):
            url = new_database()
            server = opened.enter_context(_parley(url, folder))
            bodies = _office(server.port)
            if mood:
                other = Process("bench.rig.receiver", mood, "PORT", core=LOAD_CORE)
                _tell(server.port, opened.enter_context(other).port)
            path = "/api/v1/livechat/message"
            postings.append(Posting(MOODS[mood] if mood else NOBODY, server, path, bodies))
        for _ in range(plan.rounds):
            for posting in postings:
                _measure(posting, plan.seconds)
        print(f"\n{'messages a second, 64 at once':32}{HEADS}")
        for each in postings:
            print(f"{each.name:32}{_rates(each)}")
        for each in postings[1:]:
            rate, micros = each.rate() / postings[0].rate(), each.cost() / postings[0].cost()
            print(f"{each.name} / {NOBODY}: rate {rate:.2f}, CPU {micros:.2f}")


def _tell(port: int, receiver: int) -> None:
    admin = _log_in(port, KNOWN_ADMIN, KNOWN_ADMIN)
    for name, value in (
        ("Livechat_webhook_private_addresses", "127.0.0.1"),
        ("Livechat_webhookUrl", f"http://127.0.0.1:{receiver}/hook"),
        ("Livechat_webhook_on_visitor_message", True),
    ):
        _call(port, "POST", f"settings/{name}", {"value": value}, admin)


def _log_in(port: int, user: str, password: str) -> dict[str, str]:
    data = _call(port, "POST", "login", {"user": user, "password": password})["data"]
    return {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}


def _office(port: int) -> list[Body]:
    """Visitors with an open room each, all of one agent's; what they post."""
    admin = _log_in(port, KNOWN_ADMIN, KNOWN_ADMIN)
    agent = {"username": "anna", "name": "Anna", "email": "anna@x.example", "password": "anna anna"}
    roles = {"roles": ["user", "livechat-agent"]}
    _call(port, "POST", "users.create", agent | roles, admin)
    anna = _log_in(port, "anna", "anna anna")
    _call(port, "POST", "users.setStatus", {"status": "online"}, anna)
    return [_visitor(port, f"visitor-token-{n}") for n in range(AT_ONCE)]


def _visitor(port: int, token: str) -> Body:
    _call(port, "POST", "livechat/visitor", {"visitor": {"token": token, "name": "Maria"}})
    rid = _call(port, "GET", f"livechat/room?token={token}")["room"]["_id"]
    return lambda n: {"token": token, "rid": rid, "msg": TEXT.format(n)}


def _same(kept: dict[str, Any]) -> Body:
    """The document that Parley made of a message."""
    return lambda n: kept | {"msg": TEXT.format(n)}


def _call(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/json", **(headers or {})}
    connection.request(method, f"/api/v1/{path}", json.dumps(body) if body else None, sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise WrongAnswer(text)
    return json.loads(text)


def _measure(posting: Posting, seconds: float) -> None:
    before = cpu_seconds(posting.server.pid)
    started = time.perf_counter()
    posted = _post(posting, seconds)
    posting.rates.append(posted / (time.perf_counter() - started))
    posting.micros.append((cpu_seconds(posting.server.pid) - before) / posted * 1e6)


def _post(posting: Posting, seconds: float) -> int:
    """How many were answered; each connection posts when it has its answer."""
    poll = select.epoll()
    connections = {each.socket.fileno(): each for each in map(posting.connect, posting.bodies)}
    for number, connection in connections.items():
        poll.register(number, select.EPOLLIN)
        connection.post()
    answered, waiting = 0, len(connections)
    ends = time.monotonic() + seconds
    while waiting:
        for number, _ in poll.poll(30):
            connection = connections[number]
            if connection.read():
                answered += 1
                if time.monotonic() < ends:
                    connection.post()
                else:
                    waiting -= 1
    poll.close()
    for connection in connections.values():
        connection.socket.close()
    return answered


def _show(postings: list[Posting]) -> float:
    print(f"{'messages a second':28}{HEADS}")
    for each in postings:
        print(f"{each.name:28}{_rates(each)}")
    many, bare, one, alone = (each.rate() for each in postings)
    met = "ok" if many / bare >= GOAL else "missed"
    print(
        f"\nParley / a commit each, {AT_ONCE} at once (goal {GOAL:.0f}) {many / bare:>13.2f}  {met}"
    )
    print(f"Parley / a commit each, one at a time {one / alone:>20.2f}")
    print(f"{AT_ONCE} at once / one at a time {many / one:>29.2f}")
    print(f"a commit takes {1e6 / alone:.0f} us, its request included")
    return many / bare


def _rates(posting: Posting) -> str:
    lowest, highest = min(posting.rates), max(posting.rates)
    return f"{posting.rate():>8,.0f}{lowest:>8,.0f}{highest:>8,.0f}{posting.cost():>8.0f}"


if __name__ == "__main__":
    main()
