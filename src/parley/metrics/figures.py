"""What others count for themselves, read when somebody asks: database, queue, jobs, logins."""

import platform
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from parley import __version__, clock
from parley.accounts.login import OUTCOMES
from parley.db import Database
from parley.db.writes import SIZES
from parley.metrics.store import Queue
from parley.realtime.ddp.tally import CLOSED, FRAMES, OPEN

_SIZES = [*map(str, map(float, SIZES)), "+Inf"]


class Figures(Collector):
    def __init__(self, db: Database) -> None:
        self._db = db
        self.queue: Queue | None = None
        """None when the database does not answer."""
        self.sockets: Callable[[], int] | None = None
        """Counts the connections of whoever listens, if anybody does."""
        self._runs: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._succeeded: dict[str, float] = {}
        self._webhooks: Counter[str] = Counter()

    def job(self, name: str, *, good: bool) -> None:
        """A background job has run."""
        self._runs[name] += 1
        self._failures[name] += not good
        if good:
            self._succeeded[name] = clock.moment().timestamp()

    def webhook(self, *, good: bool) -> None:
        """Another system was told, or could not be."""
        self._webhooks["delivered" if good else "failed"] += 1

    def collect(self) -> Iterator[Metric]:
        yield from self._server()
        yield from self._database()
        yield from self._office()
        yield from self._jobs()
        yield from self._told()

    def _server(self) -> Iterator[Metric]:
        build = {"version": __version__, "python": platform.python_version()}
        build["engine"] = type(self._db).__name__.lower()
        yield InfoMetricFamily("parley_build", "What runs here.", build)
        if self.sockets is not None:
            yield GaugeMetricFamily(
                "parley_sockets_open",
                "Connections of clients, whether HTTP or WebSocket.",
                self.sockets(),
            )
        yield GaugeMetricFamily("parley_websockets_open", "WebSockets that are open.", OPEN["all"])
        yield _by("parley_websocket_frames", "Frames in and out.", "direction", FRAMES)
        yield _by(
            "parley_websockets_closed", "WebSockets by the code they ended with.", "code", CLOSED
        )
        yield _by("parley_logins", "Logins by outcome.", "outcome", OUTCOMES)

    def _database(self) -> Iterator[Metric]:
        writes, (busy, most) = self._db.writes, self._db.readers()
        yield GaugeMetricFamily(
            "parley_db_up", "1 when the database answers.", int(self.queue is not None)
        )
        yield CounterMetricFamily("parley_db_statements", "SQL statements.", self._db.statements)
        yield CounterMetricFamily("parley_db_acts", "Acts that were committed.", writes.acts)
        yield HistogramMetricFamily(
            "parley_db_commit_acts",
            "Acts in one commit: SQLite's writer groups those that wait.",
            [*zip(_SIZES, accumulate(writes.sizes), strict=True)],
            writes.acts,
        )
        yield CounterMetricFamily(
            "parley_db_commit_failures", "Commits that failed, with nothing kept.", writes.failures
        )
        yield GaugeMetricFamily("parley_db_readers_busy", "Readers in use or waited for.", busy)
        yield GaugeMetricFamily("parley_db_readers", "Readers there are at most.", most)

    def _office(self) -> Iterator[Metric]:
        if self.queue is None:
            return
        for name, doc, value in (
            ("parley_rooms_open", "Rooms that are open.", self.queue.rooms),
            ("parley_queue_waiting", "Chats that wait for an agent.", self.queue.inquiries),
            (
                "parley_queue_longest_wait_seconds",
                "How long the chat waits that waits longest.",
                self.queue.longest,
            ),
            ("parley_agents_available", "Agents who can be given a chat.", self.queue.agents),
        ):
            yield GaugeMetricFamily(name, doc, value)

    def _jobs(self) -> Iterator[Metric]:
        yield _by("parley_job_runs", "Runs of background jobs.", "job", self._runs)
        yield _by("parley_job_failures", "Those that failed.", "job", self._failures)
        last = GaugeMetricFamily(
            "parley_job_last_success_timestamp_seconds", "When one last succeeded.", labels=["job"]
        )
        for job, at in dict(self._succeeded).items():
            last.add_metric([job], at)
        yield last

    def _told(self) -> Iterator[Metric]:
        doc = "Attempts to tell another system, by outcome."
        yield _by("parley_webhook_attempts", doc, "outcome", self._webhooks)
        if self.queue is not None:
            yield GaugeMetricFamily(
                "parley_webhook_oldest_waiting_seconds",
                "How long the event waits to be told that waits longest.",
                self.queue.webhooks,
            )


def _by(name: str, doc: str, label: str, counted: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, doc, labels=[label])
    for value, count in dict(counted).items():
        family.add_metric([value], count)
    return family
