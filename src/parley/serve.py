"""Running the server: open the database, prepare it, listen, do its jobs, stop in order."""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from parley import testmode
from parley.accounts.passwords import hash_password
from parley.accounts.service import create_first_admin, one_time_password
from parley.accounts.store import anybody
from parley.app import Application, build_app
from parley.config import Config
from parley.db import Database, open_database
from parley.db.meta import DEMO, get_mark
from parley.errors import Unavailable
from parley.integrations.courier import Courier
from parley.jobs import Worker
from parley.realtime import Realtime
from parley.traces import open_traces
from parley.web.sockets import Http, WebSockets
from parley.work import ALONE, FINISHED, JOBS, SCHEDULE

log = logging.getLogger("parley")

DRAIN_SECONDS = 5
LONGEST_FRAME = 1 << 20
"""Bytes of a WebSocket message from a client; as of a JSON body."""

Say = Callable[[str], None]
Started = Callable[[str], Awaitable[None]]


async def serve(config: Config, say: Say) -> None:
    """Serves until SIGTERM or SIGINT. `say` prints what only a person may read."""
    db = await open_database(config.database_url)
    try:
        await testmode.check_mark(db, config)
        if await db.read(get_mark, DEMO) is not None:
            # Nobody knows the password of its admin.
            raise Unavailable("this is the demo's data: give serve a --data of its own")
        if config.test_mode:
            await testmode.make_admin(db)
        else:
            await _first_admin(db, say)

        async def started(url: str) -> None:
            if config.test_mode:
                await testmode.set_settings(db, url)

        traces = open_traces(config.traces)
        try:
            await listen(config, build_app(config, db, traces=traces), db, started)
        finally:
            if traces is not None:
                await traces.close()
    finally:
        await db.close()


async def _first_admin(db: Database, say: Say) -> None:
    if await db.read(anybody):
        return
    password = one_time_password()
    if await db.act(create_first_admin, await hash_password(password)) is not None:
        say(f"First admin made. Username: admin  Password: {password}")


def _open_many() -> None:
    """Each client holds a file descriptor; the soft limit is often 1,024 of them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):  # a sandbox may forbid it; `doctor` counts
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def listen(config: Config, app: Application, db: Database, started: Started) -> None:
    _open_many()
    served: ASGIApp = app
    if config.test_mode:
        finisher = Worker(db, {kind: JOBS[kind] for kind in FINISHED})
        served = testmode.finishing(app, finisher.finish_what_is_due)
    server = make_server(config, app, started, served)
    figures = app.metrics.figures
    figures.sockets = lambda: len(server.server_state.connections)
    worker = Worker(
        db, JOBS, SCHEDULE, lambda kind, good: figures.job(kind, good=good), alone=ALONE
    )
    courier = Courier(db, lambda good: figures.webhook(good=good))
    tasks = (app.realtime.run(), worker.run(), courier.run())
    beside = [asyncio.create_task(task) for task in tasks]
    try:
        await server.serve()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    if server.trouble is not None:
        raise server.trouble


def make_server(
    config: Config, app: Application, started: Started, served: ASGIApp | None = None
) -> "Server":
    """`served` is the application with something around it."""
    return Server(
        uvicorn.Config(
            served or app,
            host=config.host,
            port=config.port,
            loop="uvloop",
            http=Http,
            ws=WebSockets,
            ws_per_message_deflate=False,
            ws_max_size=LONGEST_FRAME,
            ws_ping_interval=None,  # DDP has pings of its own
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        ),
        started,
        app.realtime,
    )


class Server(uvicorn.Server):
    """uvicorn's, but it says where it listens, and a signal ends it with exit status 0."""

    def __init__(self, config: uvicorn.Config, when_started: Started, realtime: Realtime) -> None:
        super().__init__(config)
        self._realtime = realtime
        self._when_started = when_started
        self.trouble: Exception | None = None
        """What went wrong in `when_started`, which ended the server."""

    async def startup(self, sockets: Any = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as end:
            # uvicorn's way to say that the address is taken, with an exit status of its own.
            raise Unavailable(f"cannot listen: {end.__context__}") from end.__context__
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        log.info("listening on %s", url)
        # What is alive now stays: the collector need not walk it again.
        gc.collect()
        gc.freeze()
        self._after = asyncio.create_task(self._tell(url))

    async def _tell(self, url: str) -> None:
        try:
            await self._when_started(url)
        except Exception as error:
            if not self.should_exit:
                self.trouble = error
                self.should_exit = True

    async def shutdown(self, sockets: Any = None) -> None:
        self._realtime.stop()
        await self._realtime.stopped()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal again at the end, which makes the exit status 143.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains; a second one, of either kind, waits for nobody."""
        log.info("stopping at once" if self.should_exit else "stopping")
        self.force_exit = self.should_exit
        self.should_exit = True
        # What lasts would be waited for until the time is over.
        self._realtime.stop()
