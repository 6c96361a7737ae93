"""Business hours: saved, shown, and what their opening and closing does to agents."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.agents.business_hours import turning
from parley.agents.business_hours.following import recompute
from parley.db import Database, Tx
from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.office import Client, Json, Office, open_office

PATH = "livechat/business-hour"
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def body(start: str = "08:00", finish: str = "20:00", **more: Any) -> Json:
    work = [{"day": day, "start": start, "finish": finish, "open": True} for day in DAYS]
    return {
        "name": "",
        "timezoneName": "Europe/Berlin",
        "daysOpen": DAYS,
        "departmentsToApplyBusinessHour": "",
        "active": True,
        "type": "default",
        "workHours": work,
    } | more


async def work(db: Database) -> None:
    """What is due is done, as by a worker that has just started."""
    await Worker(db, JOBS).run_what_is_due()


async def save(office: Office, **more: Any) -> None:
    hour = await default(office)
    await office.admin.post(f"{PATH}s.save", **body(**{"_id": hour["_id"], **more}))
    await work(office.db)


async def default(office: Office) -> Json:
    found: Json = (await office.admin.get(PATH))["businessHour"]
    return found


async def custom(office: Office, *departments: Json, **more: Any) -> Json:
    ids = ",".join(each["_id"] for each in departments)
    more = {"type": "custom", "name": "Late", "departmentsToApplyBusinessHour": ids} | more
    await office.admin.post(f"{PATH}s.save", **body(**more))
    await work(office.db)
    hours = (await office.admin.get(f"{PATH}s", name=more["name"]))["businessHours"]
    return dict(hours[-1])


async def ready(*people: Client) -> list[bool]:
    return [(await each.get("me"))["statusLivechat"] == "available" for each in people]


def at(clock: Clock, text: str) -> None:
    clock.at = datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
async def then(db: Database, clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """An office whose first day is that of the test: no clock goes back."""
    at(clock, request.param)
    async with open_office(db) as opened:
        yield opened


async def switch_on(office: Office, kind: str = "Single") -> None:
    await office.setting("Livechat_enable_business_hours", True)
    await office.setting("Livechat_business_hour_type", kind)


async def test_the_default_hours(office: Office) -> None:
    hour = await default(office)
    assert (hour["type"], hour["name"], hour["active"]) == ("default", "", True)
    assert [(w["day"], w["code"], w["open"]) for w in hour["workHours"]] == [
        (day, n, n < 6) for n, day in enumerate(DAYS, 1)
    ]
    assert {(w["start"]["time"], w["finish"]["time"]) for w in hour["workHours"]} == {
        ("08:00", "20:00")
    }
    assert (await office.admin.get(PATH, type="strange"))["businessHour"] is None
    without_id = body("01:00", "02:00")
    await office.admin.post(f"{PATH}s.save", **without_id)
    assert await default(office) == hour
    await save(office, start="09:00:30", finish="17:30")
    changed = await default(office)
    assert changed["_id"] == hour["_id"] and changed["ts"] == hour["ts"]
    assert changed["timezone"]["name"] == "Europe/Berlin"
    assert {(w["start"]["time"], w["finish"]["time"]) for w in changed["workHours"]} == {
        ("09:00", "17:30")
    }
    await office.admin.post(f"{PATH}s.remove", _id=hour["_id"], type="default")
    assert await default(office) == changed
    (entry,) = (await office.admin.get("audit.events", t="business-hours.saved"))["events"]
    assert entry["target"]["_id"] == hour["_id"]


async def test_custom_hours_and_their_departments(office: Office) -> None:
    agent = await office.agent()
    one, two = await office.department(agent), await office.department(agent)
    late = await custom(office, one, two, name="Late")
    early = await custom(office, two, name="Early")

    async def told(hour: Json) -> str:
        found = (await office.admin.get(PATH, type="custom", _id=hour["_id"]))["businessHour"]
        return str(found["departmentsToApplyBusinessHour"])

    # A department keeps the hours of one.
    assert (await told(late), await told(early)) == (one["_id"], two["_id"])
    listed = await office.admin.get(f"{PATH}s", sort='{"name":-1}', count=2)
    assert [each["name"] for each in listed["businessHours"]] == ["Late", "Early"]
    assert (listed["count"], listed["offset"], listed["total"]) == (2, 0, 3)
    await custom(office, one, name="Later", _id=late["_id"])
    assert (await office.admin.get(f"{PATH}s", name="later"))["total"] == 1
    await office.admin.post(f"{PATH}s.remove", _id=early["_id"], type="custom")
    assert (await office.admin.get(f"{PATH}s"))["total"] == 2
    departments = (await office.admin.get("livechat/department"))["departments"]
    kept = {each["_id"]: each.get("businessHourId") for each in departments}
    assert kept == {one["_id"]: late["_id"], two["_id"]: None}


async def test_what_is_refused(office: Office) -> None:
    manager, agent = await office.person("livechat-manager"), await office.agent()
    for method, path in (("GET", PATH), ("GET", f"{PATH}s"), ("POST", f"{PATH}s.save")):
        more = {"json": body()} if method == "POST" else {}
        assert (await agent.refused(method, path, **more))[0] == 403
    assert (await agent.refused("POST", f"{PATH}s.remove", json={"_id": "x", "type": "custom"}))[
        0
    ] == 403
    hour = (await manager.get(PATH))["businessHour"]
    mine = {"_id": hour["_id"]}
    cases: list[tuple[Json, str]] = [
        (body("10:00", "10:00"), "error-business-hour-finish-time-equals-start-time"),
        (body("22:00", "06:00"), "error-business-hour-finish-time-before-start-time"),
        (body(timezoneName="Mars/Base", **mine), "error-invalid-timezone"),
        (body(timezoneName="../etc/passwd", **mine), "error-invalid-timezone"),
        (body(type="other"), "error-invalid-business-hour-type"),
        (body(_id="unknown", type="custom"), "error-business-hour-not-found"),
        (body(type="custom", **mine), "error-business-hour-not-found"),
    ]
    for sent, error in cases:
        found = await manager.refused("POST", f"{PATH}s.save", json=sent)
        assert found == (400, {"success": False, "error": error})
    without = body()
    del without["workHours"]
    found = await manager.refused("POST", f"{PATH}s.save", json=without)
    assert found[1]["errorType"] == "invalid-params"
    # Late at night there, another day in UTC: only the wall counts.
    await manager.post(
        f"{PATH}s.save", **body("20:00", "23:59", timezoneName="America/Sao_Paulo", **mine)
    )


SEASONS = {
    "Berlin, to summer time": ("Europe/Berlin", "2026-03-28", "2026-03-29", "+01:00", "+02:00"),
    "Berlin, to winter time": ("Europe/Berlin", "2026-10-24", "2026-10-25", "+02:00", "+01:00"),
    "Sao Paulo, midnight": ("America/Sao_Paulo", "2018-11-03", "2018-11-04", "-03:00", "-02:00"),
    "Kathmandu": ("Asia/Kathmandu", "2026-03-28", "2026-03-29", "+05:45", "+05:45"),
}


@pytest.mark.parametrize(
    ("then", "season"),
    [(f"{season[1]}T12:00:00{season[3]}", season) for season in SEASONS.values()],
    indirect=["then"],
    ids=SEASONS,
)
async def test_opening_and_closing(then: Office, clock: Clock, season: Any) -> None:
    """Over the night on which the clock changes; each turn is made by the job planned for it."""
    zone, day, next_day, before, after = season
    office = then
    ann, bot = await office.agent(), await office.agent("bot")
    away, own = await office.agent(), await office.agent()
    await save(office, timezoneName=zone)
    await switch_on(office)
    # The watch, which a worker runs every few seconds.
    await JOBS["hours"](office.db, {})
    assert await ready(ann, bot, away, own) == [True] * 4
    at(clock, f"{day}T19:59:59{before}")
    await work(office.db)
    assert await ready(ann, bot) == [True, True]
    at(clock, f"{day}T20:00:00{before}")
    await work(office.db)
    assert await ready(ann, bot, away, own) == [False, True, False, False]
    assert "openBusinessHours" not in await ann.get("me")
    await away.post("users.setStatus", status="away")
    at(clock, f"{next_day}T07:59:59{after}")
    await work(office.db)
    assert await ready(ann, away) == [False, False]
    at(clock, f"{next_day}T08:00:00{after}")
    await work(office.db)
    assert await ready(ann, bot, away, own) == [True, True, False, True]
    assert (await ann.get("me"))["openBusinessHours"] == [(await default(office))["_id"]]
    # In open hours a person's own choice holds, whatever runs.
    await own.post("livechat/agent.status", status="not-available")
    await away.post("users.setStatus", status="online")
    for kind in ("hours", "business-hours"):
        await JOBS[kind](office.db, {})
    assert await ready(own, away) == [False, True]


EDGES = {
    # Zone, then (local moment, whether it is open): from Sunday into Monday.
    "Berlin, the week of summer time": (
        "Europe/Berlin",
        ("2026-03-29T21:00:00+02:00", True),
        ("2026-03-29T23:59:00+02:00", False),
        ("2026-03-30T00:00:00+02:00", True),
        ("2026-03-30T06:00:00+02:00", False),
    ),
    "Sao Paulo, Sunday's night is Monday in UTC": (
        "America/Sao_Paulo",
        ("2018-11-04T21:30:00-02:00", True),
        ("2018-11-04T23:59:00-02:00", False),
        ("2018-11-05T00:00:00-02:00", True),
        ("2018-11-05T06:00:00-02:00", False),
    ),
    "Kathmandu, Monday's morning is Sunday in UTC": (
        "Asia/Kathmandu",
        ("2026-03-29T20:00:00+05:45", True),
        ("2026-03-29T23:59:00+05:45", False),
        ("2026-03-30T00:00:00+05:45", True),
        ("2026-03-30T06:00:00+05:45", False),
    ),
}


@pytest.mark.parametrize(
    ("then", "edge"),
    [(edge[1][0].replace("T2", "T1"), edge) for edge in EDGES.values()],
    indirect=["then"],
    ids=EDGES,
)
async def test_the_edge_of_the_week(then: Office, clock: Clock, edge: Any) -> None:
    """Sunday until its last minute and Monday from its first: each turn by the job planned for it,
    and a second before it nothing has turned."""
    office, (zone, *turns) = then, edge
    ann = await office.agent()
    shifts = [
        {"day": "Sunday", "start": "20:00", "finish": "23:59", "open": True},
        {"day": "Monday", "start": "00:00", "finish": "06:00", "open": True},
    ]
    await save(office, timezoneName=zone, workHours=shifts, daysOpen=["Sunday", "Monday"])
    await switch_on(office)
    await JOBS["hours"](office.db, {})
    expected = False
    assert await ready(ann) == [expected]
    for moment, is_open in turns:
        at(clock, moment)
        clock.at -= timedelta(seconds=1)
        await work(office.db)
        if moment != turns[0][0]:  # the first is in the middle of its shift
            assert await ready(ann) == [expected], moment
        clock.wait(seconds=1)
        await work(office.db)
        expected = is_open
        assert await ready(ann) == [expected], moment
        refused = await ann.call("POST", "livechat/agent.status", json={"status": "available"})
        assert refused.status_code == (200 if is_open else 400)


@pytest.mark.parametrize("then", ["2026-06-10T12:00:00+02:00"], indirect=True)
async def test_who_may_become_available(then: Office, clock: Clock) -> None:
    office = then
    ann, bot = await office.agent(username="ann"), await office.agent("bot")
    manager = await office.person("livechat-manager")
    await save(office)
    await switch_on(office)
    at(clock, "2026-06-10T21:00:00+02:00")
    await JOBS["hours"](office.db, {})
    assert await ready(ann, bot) == [False, True]
    closed = (400, {"success": False, "error": "error-business-hours-are-closed"})
    status = "livechat/agent.status"
    assert await ann.refused("POST", status, json={"status": "available"}) == closed
    assert await ann.refused("POST", status, json={}) == closed
    other = {"agentId": ann.user_id, "status": "available"}
    assert (await manager.post(status, **other))["status"] == "not-available"
    for wanted in ("not-available", "available"):
        assert (await bot.post(status, status=wanted))["status"] == wanted
    await ann.post("users.setStatus", status="online")
    await office.login("ann", ann.password)
    assert await ready(ann) == [False]
    # New ones: by each way the role is given.
    people = [await office.agent(), await office.person(), await office.person()]
    names = [(await each.get("me"))["username"] for each in people]
    await office.admin.post("livechat/users/agent", username=names[1])
    await office.admin.post("roles.addUserToRole", username=names[2], roleId="livechat-agent")
    await work(office.db)
    assert await ready(*people) == [False] * 3
    # Open again, without any turn yet: the wall clock is asked, not what was stored.
    at(clock, "2026-06-11T09:00:00+02:00")
    assert (await ann.post(status, status="available"))["status"] == "available"
    await office.setting("Livechat_enable_business_hours", False)
    await JOBS["hours"](office.db, {})
    assert await ready(ann, *people) == [True, False, False, False]
    assert (await people[0].post(status))["status"] == "available"


@pytest.mark.parametrize("then", ["2026-06-10T12:00:00+02:00"], indirect=True)
async def test_reactivation_and_new_agents_in_open_hours(then: Office, clock: Clock) -> None:
    office = then
    await save(office)
    await switch_on(office)
    ann = await office.person(username="ann")
    await office.admin.post("livechat/users/agent", username="ann")
    me = await ann.get("me")
    assert (me["statusLivechat"], len(me["openBusinessHours"])) == ("available", 1)
    for active in (False, True):
        await office.admin.post("users.setActiveStatus", userId=ann.user_id, activeStatus=active)
    me = await (await office.login("ann", ann.password)).get("me")
    assert (me["statusLivechat"], len(me["openBusinessHours"])) == ("not-available", 1)


@pytest.mark.parametrize("then", ["2026-06-10T12:00:00+02:00"], indirect=True)
async def test_departments_with_their_own_hours(then: Office, clock: Clock) -> None:
    office = then
    day, night, both, none, plain = [await office.agent() for _ in range(5)]
    first, second = await office.department(day, both), await office.department(night, both)
    await office.department(plain)
    everybody = (day, night, both, none, plain)
    await save(office, start="06:00", finish="07:00")
    early = await custom(office, first, name="Early", start="08:00", finish="16:00")
    late = await custom(office, second, name="Late", start="14:00", finish="22:00")
    await switch_on(office, "Multiple")
    await JOBS["hours"](office.db, {})
    assert await ready(*everybody) == [True, False, True, False, False]
    expected = {"14:00": "YYY--", "16:00": "-YY--", "22:00": "-----"}
    for time, marks in expected.items():
        at(clock, f"2026-06-10T{time}:00+02:00")
        await work(office.db)
        assert await ready(*everybody) == [mark == "Y" for mark in marks], time
    at(clock, "2026-06-11T06:00:00+02:00")
    await work(office.db)
    assert await ready(*everybody) == [False, False, False, True, True]
    at(clock, "2026-06-11T15:00:00+02:00")
    await work(office.db)
    assert (await both.get("me"))["openBusinessHours"] == sorted([early["_id"], late["_id"]])
    # A department that is disabled is out of its hours: who works nowhere else follows the default.
    keys = ("name", "email", "showOnRegistration", "showOnOfflineForm")
    disabled = {key: second[key] for key in keys} | {"enabled": False}
    path = f"livechat/department/{second['_id']}"
    await office.admin.call("PUT", path, json={"department": disabled})
    await work(office.db)
    assert await ready(*everybody) == [True, False, True, False, False]
    # Who joins a department follows its hours, who leaves it no longer does.
    seats = [{"agentId": each.user_id, "username": "x"} for each in (night, day)]
    change = {"upsert": seats[:1], "remove": seats[1:]}
    await office.admin.post(f"livechat/department/{first['_id']}/agents", **change)
    await work(office.db)
    assert await ready(*everybody) == [False, True, True, False, False]
    await office.admin.post(f"{PATH}s.remove", _id=early["_id"], type="custom")
    await work(office.db)
    assert await ready(*everybody) == [False] * 5
    await office.setting("Livechat_business_hour_type", "Single")
    at(clock, "2026-06-12T06:30:00+02:00")
    await JOBS["hours"](office.db, {})
    assert await ready(*everybody) == [True] * 5


@pytest.mark.parametrize("then", ["2026-06-10T12:00:00+02:00"], indirect=True)
async def test_what_died_over_an_opening_is_taken_up(
    then: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the agents are put right when the process dies; the next one does the others, and
    does not touch who chose otherwise meanwhile."""
    office, people = then, [await then.agent() for _ in range(4)]
    people.sort(key=lambda person: person.user_id)
    await save(office)
    await switch_on(office)
    at(clock, "2026-06-10T20:00:00+02:00")
    await JOBS["hours"](office.db, {})
    at(clock, "2026-06-11T08:00:00+02:00")
    done: list[list[str]] = []

    async def dies(tx: Tx, agent_ids: list[str]) -> None:
        if done:
            raise RuntimeError("killed")
        done.append(agent_ids)
        await recompute(tx, agent_ids)

    monkeypatch.setattr(turning, "BATCH", 2)
    monkeypatch.setattr(turning, "recompute", dies)
    with pytest.raises(RuntimeError):
        await JOBS["hours"](office.db, {})
    assert await ready(*people) == [True, True, False, False]
    await people[0].post("livechat/agent.status", status="not-available")
    monkeypatch.setattr(turning, "recompute", recompute)
    # Two processes at once.
    await asyncio.gather(*(JOBS["hours"](office.db, {}) for _ in range(2)))
    assert await ready(*people) == [False, True, True, True]
    told = await office.db.read(
        lambda q: q.rows("SELECT stream FROM outbox WHERE kind = 'agent-status'")
    )
    # Closed, opened; and one's own choice.
    assert len(told) == 4 + 4 + 1
