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

from bench.rig.holding import hold
from bench.rig.listeners import LOOPBACK, Count, Office, connected, listening
from bench.rig.process import LOAD_CORE, Process, cpu_seconds, memory
from bench.rig.sockets import open_socket

SOCKETS, IDLE, ROUNDS, EACH_SECOND, SECONDS, ROOMS = 1000, 2000, 100, 200, 15, 40
FLOOR = 0.5
"""Of the bare server's CPU for one delivery."""


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
    sockets = await connected(server.port, [LOOPBACK], [heard] * SOCKETS)
    each = (memory(server.pid)[1] - before) * 1024 / SOCKETS
    await listening(sockets, ready, room_id, "fan-out")
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
    idle = await connected(server.port, [LOOPBACK], [lambda text: None] * IDLE)
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
    sockets = await connected(server.port, [LOOPBACK], [heard] * ROOMS)
    for n, socket in enumerate(sockets):
        await listening([socket], ready, rooms[n], f"visitor-{n}")
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


async def _hold(data: str, seconds: int) -> bool:
    with Process("parley", "serve", "--port", "PORT", "--data", data, "--test-mode") as ours:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ours.port}", timeout=60) as http:
            office = Office(http)
            await office.prepare()
            return await hold(ours, office, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench realtime", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--hold", action="store_true", help="10,000 sockets for minutes instead")
    parser.add_argument("--seconds", type=int, default=300, help="of --hold; 300")
    options = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("bench: needs two cores, one for the server and one for the load")
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        run = _hold(folder, options.seconds) if options.hold else _run(folder, options.quick)
        good = uvloop.run(run)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
