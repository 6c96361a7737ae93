"""Many sockets, held for minutes: all stay, and each hears each message once and in order."""

import asyncio
import contextlib
import resource
import sys
import time
from typing import NamedTuple

from bench.rig.listeners import Count, Office, connected, listening
from bench.rig.process import Process, cpu_seconds, memory

HELD = 10_000
EVERY_SECONDS = 2.0
"""A message to all of them."""
SOURCES = [f"127.0.0.{n}" for n in range(2, 10)]
"""An address has some 28,000 ports to connect from, and others use them too."""
SPARE = 200
"""File descriptors of a process for all else."""

_MARK = b'"held '


class Heard:
    """What one socket was told."""

    def __init__(self, *counts: Count) -> None:
        self._counts = counts
        self.numbers: list[int] = []

    def __call__(self, text: bytes) -> None:
        for count in self._counts:
            count.heard(text)
        at = text.find(_MARK)
        if at >= 0:
            start = at + len(_MARK)
            self.numbers.append(int(text[start : text.index(b'"', start)]))


class Held(NamedTuple):
    closed: int
    """Sockets that were not there at the end."""
    lost: int
    doubled: int
    disordered: int
    """Sockets that heard something out of order."""

    @property
    def good(self) -> bool:
        return not any(self)


async def hold(server: Process, office: Office, seconds: int) -> bool:
    _let_open(HELD + SPARE)
    ready, over = Count(b'"ready"'), Count(b'"over"')
    ears = [Heard(ready, over) for _ in range(HELD)]
    room_id = await office.room("held")
    before, used, began = memory(server.pid)[1], cpu_seconds(server.pid), time.perf_counter()
    sockets = await connected(server.port, SOURCES, list(ears))
    each = (memory(server.pid)[1] - before) * 1024 / HELD
    await listening(sockets, ready, room_id, "held")
    took, used = time.perf_counter() - began, (cpu_seconds(server.pid) - used) / HELD * 1e6
    print(f"{HELD:,} sockets listen after {took:.0f} s and {used:.0f} us of the server's CPU each;")
    print(f"{each:.1f} KiB each when idle", flush=True)
    used, posted, began = cpu_seconds(server.pid), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        await office.say(room_id, f"held {posted}")
        posted += 1
        await asyncio.sleep(began + posted * EVERY_SECONDS - time.perf_counter())
    with contextlib.suppress(TimeoutError):
        await over.of(HELD, lambda: office.say(room_id, "over"))
    used = (cpu_seconds(server.pid) - used) / posted / HELD * 1e6
    held = _held([socket.closed for socket in sockets], ears, posted)
    pings = sum(socket.pings for socket in sockets)
    print(f"after {seconds} s: {posted} messages to each, {pings:,} pings answered;")
    print(f"{used:.1f} us of the server's CPU for each delivery, pings and posts included")
    print(", ".join(f"{name} {count}" for name, count in held._asdict().items()))
    for why in {socket.why for socket in sockets if socket.closed}:
        print(f"closed: {why}")
    for socket in sockets:
        socket.transport.close()
    return held.good


def _let_open(files: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < files:
        sys.exit(f"bench: {files:,} open files are needed, the hard limit is {hard:,} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _held(closed: list[bool], ears: list[Heard], posted: int) -> Held:
    lost = sum(posted - len(set(ear.numbers)) for ear in ears)
    doubled = sum(len(ear.numbers) - len(set(ear.numbers)) for ear in ears)
    disordered = sum(ear.numbers != sorted(ear.numbers) for ear in ears)
    return Held(sum(closed), lost, doubled, disordered)
