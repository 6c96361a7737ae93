"""A message to a thousand sockets, and how soon it is seen, against a bare server.

What each number shows: bench/README.md. Exit status 1 when a goal's floor is missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

import httpx
import uvloop

from bench.rig.process import LOAD_CORE, Process, cpu_seconds, memory
from bench.rig.sockets import Socket, open_socket
from parley.testmode import KNOWN_ADMIN

SOCKETS, IDLE, ROUNDS, EACH_SECOND, SECONDS, ROOMS = 1000, 2000, 100, 200, 15, 40
FLOOR = 0.5
"""Of the bare server's CPU for one delivery."""


class Count:
    """Until so many texts that hold `mark` were heard."""

    def __init__(self, mark: bytes) -> None:
        self.mark, self.left = mark, 0
        self._done = asyncio.Event()

    def heard(self, text: bytes) -> None:
        if self.mark in text:
            self.left -= 1
            if not self.left:
                self._done.set()

    async def of(self, number: int, act: Callable[[], Any]) -> None:
        self.left = number
        self._done.clear()
        result = act()
        if result is not None:
            await result
        async with asyncio.timeout(60):
            await self._done.wait()


class Office:
    """An office in test mode with one agent, and visitors in their rooms."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.headers: dict[str, str] = {}

    async def call(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1/{path}", headers=self.headers, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def prepare(self) -> None:
        data = (
            await self.call("POST", "login", json={"user": KNOWN_ADMIN, "password": KNOWN_ADMIN})
        )["data"]
        self.headers = {"X-Auth-Token": data["authToken"], "X-User-Id": data["userId"]}
        await self.call("POST", "livechat/users/agent", json={"username": KNOWN_ADMIN})
        await self.call("POST", "users.setStatus", json={"status": "online"})

    async def room(self, token: str) -> str:
        await self.call("POST", "livechat/visitor", json={"visitor": {"token": token}})
        room = await self.call("GET", "livechat/room", params={"token": token})
        return str(room["room"]["_id"])

    async def say(self, room_id: str, text: str) -> None:
        await self.call("POST", "chat.sendMessage", json={"message": {"rid": room_id, "msg": text}})


async def _connected(port: int, count: int, heard: Callable[[bytes], None]) -> list[Socket]:
    hello = Count(b'"connected"')

    def hear(text: bytes) -> None:
        hello.heard(text)
        heard(text)

    def connect() -> None:
        for socket in sockets:
            socket.say(msg="connect", version="1")

    sockets = [await open_socket(port, hear) for _ in range(count)]
    await hello.of(count, connect)
    return sockets


async def _listening(sockets: list[Socket], ready: Count, room_id: str, token: str) -> None:
    params = [room_id, {"args": [{"token": token, "visitorToken": token}]}]

    def subscribe() -> None:
        for socket in sockets:
            socket.say(msg="sub", id="s", name="stream-room-messages", params=params)

    await ready.of(len(sockets), subscribe)


async def _fan_out(server: Process, office: Office, rounds: int) -> tuple[float, float, bytes]:
    """(CPU us for a delivery, KiB for an idle socket, the frame)."""
    seen, ready, frame = Count(b'"bench '), Count(b'"ready"'), b""

    def heard(text: bytes) -> None:
        nonlocal frame
        ready.heard(text)
        seen.heard(text)
        if seen.mark in text:
            frame = text

    room_id = await office.room("fan-out")
    alone = await _cpu(server, rounds, lambda n: office.say(room_id, f"alone {n}"))
    before = memory(server.pid)[1]
    sockets = await _connected(server.port, SOCKETS, heard)
    each = (memory(server.pid)[1] - before) * 1024 / SOCKETS
    await _listening(sockets, ready, room_id, "fan-out")
    told = await _cpu(
        server, rounds, lambda n: seen.of(SOCKETS, lambda: office.say(room_id, f"bench {n}"))
    )
    for socket in sockets:
        socket.transport.close()
    return (told - alone) / SOCKETS * 1e6, each, frame


async def _bare_fan_out(server: Process, frame: bytes, rounds: int) -> tuple[float, float]:
    seen = Count(b'"bench ')
    before = memory(server.pid)[1]
    sockets = [await open_socket(server.port, seen.heard) for _ in range(SOCKETS + 1)]
    each = (memory(server.pid)[1] - before) * 1024 / SOCKETS
    used = await _cpu(server, rounds, lambda n: seen.of(SOCKETS, lambda: sockets[-1].send(frame)))
    for socket in sockets:
        socket.transport.close()
    return used / SOCKETS * 1e6, each


async def _cpu(server: Process, rounds: int, act: Callable[[int], Any]) -> float:
    """CPU seconds of the server for one of them."""
    began = cpu_seconds(server.pid)
    for n in range(rounds):
        await act(n)
    return (cpu_seconds(server.pid) - began) / rounds


async def _sent_to_seen(server: Process, office: Office, seconds: int) -> tuple[list[float], float]:
    """(seconds from before the POST to the frame, each; CPU seconds), among idle sockets."""
    idle = await _connected(server.port, IDLE, lambda text: None)
    ready, sent, took = Count(b'"ready"'), dict[bytes, float](), list[float]()
    complete = asyncio.Event()

    def heard(text: bytes) -> None:
        ready.heard(text)
        at = text.find(b'"seen ')
        if at >= 0:
            took.append(time.perf_counter() - sent[text[at + 6 : text.index(b'"', at + 6)]])
            if len(took) == EACH_SECOND * seconds:
                complete.set()

    rooms = [await office.room(f"visitor-{n}") for n in range(ROOMS)]
    sockets = await _connected(server.port, ROOMS, heard)
    for n, socket in enumerate(sockets):
        await _listening([socket], ready, rooms[n], f"visitor-{n}")
    posts: set[asyncio.Task[None]] = set()
    used, began = cpu_seconds(server.pid), time.perf_counter()
    for n in range(EACH_SECOND * seconds):
        await asyncio.sleep(began + n / EACH_SECOND - time.perf_counter())
        sent[b"%d" % n] = time.perf_counter()
        posts.add(asyncio.create_task(office.say(rooms[n % ROOMS], f"seen {n}")))
    await asyncio.gather(*posts)
    async with asyncio.timeout(30):
        await complete.wait()
    used = cpu_seconds(server.pid) - used
    for socket in idle + sockets:
        socket.transport.close()
    return took, used


async def _run(data: str, quick: bool) -> bool:
    rounds, seconds = (ROUNDS // 4, SECONDS // 3) if quick else (ROUNDS, SECONDS)
    serve = ["parley", "serve", "--port", "PORT", "--data", data, "--test-mode"]
    bare_cpu, our_cpu, frame = [], [], b""
    with Process(*serve) as ours, Process("bench.rig.bare_sockets", "PORT") as bare:
        limits = httpx.Limits(max_connections=20)
        url = f"http://127.0.0.1:{ours.port}"
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as http:
            office = Office(http)
            await office.prepare()
            for _ in range(3):
                cpu, each, frame = await _fan_out(ours, office, rounds)
                our_cpu.append((cpu, each))
                bare_cpu.append(await _bare_fan_out(bare, frame, rounds))
            took, used = await _sent_to_seen(ours, office, seconds)
    cpu, bare_us = median(c for c, _ in our_cpu), median(c for c, _ in bare_cpu)
    # Of the first round: later sockets take the room of those before them.
    each, bare_each = our_cpu[0][1], bare_cpu[0][1]
    cuts = quantiles(took, n=100)
    print(f"a frame of {len(frame)} bytes to {SOCKETS} sockets, CPU us for each delivery")
    print(f"  parley {cpu:.1f}  bare {bare_us:.1f}  bare/parley {bare_us / cpu:.2f}")
    print(f"memory of an idle socket, KiB: parley {each:.1f}  bare {bare_each:.1f}")
    print(f"sent to seen, {EACH_SECOND} a second among {IDLE} idle sockets:")
    print(f"  p50 {cuts[49] * 1e3:.1f} ms  p99 {cuts[98] * 1e3:.1f} ms  of {len(took)}, none lost")
    print(f"  CPU of the server, with the POST: {used / len(took) * 1e6:.0f} us for each")
    return bare_us / cpu >= FLOOR


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench realtime", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for the load")
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        good = uvloop.run(_run(folder, options.quick))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
