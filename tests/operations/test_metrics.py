"""`GET /metrics`: true numbers, nothing secret, and only for who may read them."""

import asyncio
import re
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from parley.app import build_app
from parley.config import Config
from parley.db import Database, Reader, Tx
from parley.db.sqlite import Sqlite
from parley.errors import Refused, Unavailable
from parley.metrics import Measured, page
from tests.db.test_plans import explained, set_scene, watched
from tests.office import Office
from tests.server import Server

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]
TOKEN = "a token for those who scrape from afar"
VISITOR = "a/secret visitor%token"


class Scraped:
    """`scraped(name, label=value)` is the sample's number."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: Figures = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def has(self, name: str, **labels: str) -> bool:
        return (name, frozenset(labels.items())) in self.samples

    def __call__(self, name: str, **labels: str) -> float:
        return self.samples[name, frozenset(labels.items())]

    def labels(self, label: str) -> set[str]:
        return {dict(labels)[label] for _, labels in self.samples if label in dict(labels)}


async def scrape(http: httpx.AsyncClient) -> Scraped:
    response = await http.get("/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(response.text)


def calls(scraped: Scraped, method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return scraped("parley_http_requests_total", **labels)


async def test_every_request_is_counted_by_its_route(office: Office) -> None:
    route = "/api/v1/livechat/visitor/:token"
    await office.visitor(token=VISITOR)
    for token in (VISITOR, "nobody's"):
        path = f"livechat/visitor/{token.replace('%', '%25').replace('/', '%2F')}"
        await office.nobody.call("GET", path, params={"query": "asked-by-query"})
    await office.nobody.call("GET", "livechat/visitor/a/b/c")
    await office.nobody.call("HEAD", "me")
    await office.nobody.call("BREW", "me")
    for path in ("/", "/no/such/page", "/api/v1", "/health/live"):
        await office.http.get(path)
    scraped = await scrape(office.http)
    assert calls(scraped, "GET", route, 200) == 1
    assert calls(scraped, "GET", route, 400) == 1
    assert calls(scraped, "GET", "(none)", 404) == 3
    assert calls(scraped, "HEAD", "/api/v1/me", 401) == 1
    assert calls(scraped, "(other)", "(none)", 404) == 1
    assert calls(scraped, "GET", "/health/live", 200) == 1
    seconds = "parley_http_request_duration_seconds"
    assert scraped(f"{seconds}_count", method="GET", route=route) == 2
    assert scraped(f"{seconds}_bucket", method="GET", route=route, le="10.0") == 2
    assert scraped("parley_http_requests_under_way") == 1  # this scrape
    assert calls(await scrape(office.http), "GET", "/metrics", 200) == 1
    for secret in ("secret", "nobody", "asked", "such", office.admin.headers["X-Auth-Token"]):
        assert secret not in scraped.text
    assert len(scraped.labels("route")) < 12


async def test_the_queue_and_who_logs_in(office: Office) -> None:
    before = await fresh(office)
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.agent()
    await office.agent(online=False)
    for _ in range(2):
        await (await office.visitor()).room()
    await office.nobody.call("POST", "login", json={"user": "nobody", "password": "wrong"})
    after = await fresh(office)
    names = ("parley_rooms_open", "parley_queue_waiting", "parley_agents_available")
    assert [before(name) for name in names] == [0, 0, 0]
    assert [after(name) for name in names] == [2, 2, 1]

    def logins(outcome: str) -> float:
        return after("parley_logins_total", outcome=outcome) - before.samples.get(
            ("parley_logins_total", frozenset({("outcome", outcome)})), 0
        )

    assert (logins("ok"), logins("refused")) == (2, 1)


async def fresh(office: Office) -> Scraped:
    """Of an application of its own on the office's database."""
    app = build_app(Config(), office.db)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://office"
    ) as http:
        return await scrape(http)


async def test_what_the_database_does(office: Office, db: Database) -> None:
    async def put(tx: Tx, key: str) -> None:
        await tx.rows("INSERT INTO meta (id, value) VALUES ($1, 'x')", key)

    async def put_and_refuse(tx: Tx) -> None:
        await put(tx, "never")
        raise Refused

    async def twins(tx: Tx) -> None:
        """PostgreSQL and SQLite alike meet what is wrong at COMMIT only."""
        deferred = "REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED"
        await tx.rows("CREATE TABLE a (id text PRIMARY KEY)")
        await tx.rows(f"CREATE TABLE b (id text {deferred})")
        await tx.rows("INSERT INTO b VALUES ('nobody')")

    if isinstance(db, Sqlite):
        db.writing.execute("PRAGMA foreign_keys = ON")
    before = await scrape(office.http)
    await asyncio.gather(*(db.act(put, f"key{n}") for n in range(5)))
    with pytest.raises(Refused):
        await db.act(put_and_refuse)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await db.act(twins)
    after = await scrape(office.http)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert more("parley_db_acts_total") == 5
    assert more("parley_db_commit_acts_sum") == 5
    assert 1 <= more("parley_db_commit_acts_count") <= 6
    assert more("parley_db_commit_failures_total") == 1
    assert more("parley_db_statements_total") >= 9
    assert after("parley_db_readers_busy") <= after("parley_db_readers")
    engine = "sqlite" if isinstance(db, Sqlite) else "postgres"
    assert engine in after.labels("engine")


async def test_a_storm_of_scrapes_asks_the_database_once(office: Office) -> None:
    before = office.db.statements
    await asyncio.gather(*(scrape(office.http) for _ in range(50)))
    assert office.db.statements - before == 6


async def test_the_queue_is_counted_by_indexes(office: Office) -> None:
    await set_scene(office, 400)
    with watched() as asked:
        await scrape(office.http)
    plans = [await explained(office.db, one) for one in asked]
    assert not any(plan.sorts for plan in plans)
    assert set().union(*(plan.scans for plan in plans)) <= {"settings"}
    indexes = set().union(*(plan.indexes for plan in plans))
    assert "users_agents" in indexes
    assert indexes & {"rooms_open", "rooms_open_newest"}
    waiting = {"inquiries_waiting", "inquiries_urgent", "inquiries_impatient"}
    assert indexes & {"inquiries_queue", *waiting}


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_database_that_is_down_is_told_of(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    stuck = asyncio.Event()

    async def scan(fn: Any) -> Any:
        if not hangs:
            raise Unavailable("gone")
        await stuck.wait()

    monkeypatch.setattr(sqlite_office.db, "scan", scan)
    monkeypatch.setattr(page, "WAITS", 0.01)
    scraped = await fresh(sqlite_office)
    assert scraped("parley_db_up") == 0
    assert "parley_rooms_open" not in scraped.text
    stuck.set()


async def answer(
    office: Office, path: str, caller: str, token: str = TOKEN, **headers: str
) -> httpx.Response:
    app = build_app(Config(metrics_token=token), office.db)
    transport = httpx.ASGITransport(app, client=(caller, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        return await http.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("caller", "headers", "token", "shown"),
    [
        ("127.0.0.1", {}, "", True),
        ("::1", {}, TOKEN, True),
        ("127.0.0.1", {"x_forwarded_for": "10.1.1.1"}, TOKEN, False),
        ("127.0.0.1", {"via": "1.1 proxy"}, "", False),
        ("10.1.1.1", {}, TOKEN, False),
        ("10.1.1.1", {"authorization": f"Bearer {TOKEN}"}, TOKEN, True),
        ("127.0.0.1", {"forwarded": "for=x", "authorization": f"bearer {TOKEN}"}, TOKEN, True),
        ("10.1.1.1", {"authorization": f"Bearer {TOKEN}x"}, TOKEN, False),
        ("10.1.1.1", {"authorization": f"Basic {TOKEN}"}, TOKEN, False),
        ("10.1.1.1", {"authorization": "Bearer"}, "", False),
        ("10.1.1.1", {"authorization": "Bearer "}, "", False),
    ],
)
async def test_who_may_read(
    sqlite_office: Office, caller: str, headers: dict[str, str], token: str, shown: bool
) -> None:
    response = await answer(sqlite_office, "/metrics", caller, token, **headers)
    if shown:
        assert "parley_build_info" in response.text
    else:
        nothing = await answer(sqlite_office, "/nothing", caller, token, **headers)
        assert (response.status_code, response.text) == (404, nothing.text)
        assert response.headers == nothing.headers


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_server_tells_of_its_process(server: Server) -> None:
    server.start()
    async with (
        httpx.AsyncClient(base_url=server.url) as one,
        httpx.AsyncClient(base_url=server.url) as other,
    ):
        await other.get("/health/live")
        # The first run of each job comes by itself, a moment after the server listens.
        async with asyncio.timeout(60):
            while not (scraped := await scrape(one)).has("parley_job_runs_total", job="tidy"):
                await other.get("/health/live")
    assert scraped("parley_sockets_open") == 2
    assert scraped("parley_job_runs_total", job="tidy") == 1
    assert scraped("parley_job_failures_total", job="tidy") == 0
    last = scraped("parley_job_last_success_timestamp_seconds", job="tidy")
    assert last >= scraped("process_start_time_seconds") - 1
    assert scraped("process_resident_memory_bytes") > 10e6
    assert scraped("process_open_fds") > 3
    assert scraped("python_gc_collections_total", generation="0") >= 0


async def test_a_failed_job_is_counted(sqlite_office: Office) -> None:
    app = build_app(Config(), sqlite_office.db)
    app.metrics.figures.job("tidy", good=True)
    app.metrics.figures.job("tidy", good=False)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://office"
    ) as http:
        scraped = await scrape(http)
    assert scraped("parley_job_runs_total", job="tidy") == 2
    assert scraped("parley_job_failures_total", job="tidy") == 1


async def test_an_application_that_fails_and_a_client_that_leaves(sqlite_office: Office) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/broken":
            raise RuntimeError

    metrics = page.Metrics(sqlite_office.db, "")
    app = Measured(broken, metrics)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as http:
        await http.get("/broken")
    gone: Any = {"type": "http", "method": "GET", "path": "/gone"}
    await app(gone, cast(Any, None), cast(Any, None))
    scraped = Scraped(bytes((await metrics.page()).body).decode())
    assert calls(scraped, "GET", "(none)", 500) == 1
    assert calls(scraped, "GET", "(none)", 499) == 1
    assert scraped("parley_http_requests_under_way") == 0


async def test_reads_are_counted_while_they_run(db: Database) -> None:
    async def look(q: Reader) -> tuple[int, int]:
        await q.value("SELECT 1")
        return db.readers()

    busy, most = await db.scan(look)
    assert busy == 1 <= most
    assert db.readers()[0] == 0


async def test_every_metric_is_described(sqlite_office: Office) -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/running.md").read_text()
    app = build_app(Config(), sqlite_office.db)
    app.metrics.figures.sockets = lambda: 0
    text = (await app.metrics.page()).body
    names = set(re.findall(r"# TYPE (parley_\w+)", bytes(text).decode()))
    assert len(names) > 10
    assert {name for name in names if f"`{name}`" not in guide} == set()
