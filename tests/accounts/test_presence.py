"""Sessions of agents: when they were there to be given chats, day by day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parley.accounts import presence
from parley.accounts.presence_store import list_activity
from parley.db import Database
from parley.work import JOBS
from tests.clock import Clock
from tests.office import Client, Office

STATUS = "livechat/agent.status"
OFF = "Troubleshoot_Disable_Livechat_Activity_Monitor"


async def days(db: Database, agent: Client) -> list[tuple[int, float, list[str], bool]]:
    """(date, seconds, sessions, whether one is open) of each day."""
    rows, total = await db.read(list_activity, 0, 99999999, agent.user_id, 100, 0)
    assert total == len(rows)
    return [
        (
            row["date"],
            row["availableTime"],
            [f"{s['startedAt'][11:19]}-{s['stoppedAt'][11:19]}" for s in row["serviceHistory"]],
            "lastStoppedAt" not in row,
        )
        for row in rows
    ]


async def test_sessions(office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "server_zone", lambda: ZoneInfo("UTC"))
    clock.at = (clock.at + timedelta(days=1)).replace(hour=9, minute=0, second=0)
    today = int(f"{clock.at:%Y%m%d}")
    ann = await office.agent(username="ann", online=False)
    assert await days(office.db, ann) == []
    await ann.post("users.setStatus", status="online")
    assert await days(office.db, ann) == [(today, 0, [], True)]
    clock.wait(minutes=10)
    await ann.post("users.setStatus", status="away")  # still there
    clock.wait(minutes=10)
    await ann.post(STATUS, status="not-available")
    first = "09:00:00-09:20:00"
    assert await days(office.db, ann) == [(today, 1200, [first], False)]
    await ann.post("users.setStatus", status="online")  # not available all the same
    clock.wait(minutes=10)
    await ann.post(STATUS, status="available")
    clock.wait(minutes=10)
    await ann.post("logout")
    assert await days(office.db, ann) == [(today, 1800, [first, "09:30:00-09:40:00"], False)]
    ann = await office.login("ann", ann.password)
    ten = clock.wait(minutes=0)[:10] + "T10:00"
    await ann.post("users.setStatus", status="online", expiresAt=ten)
    clock.at = clock.at.replace(hour=10, minute=0)
    await JOBS["follow"](office.db, {})
    *_, (_, spent, sessions, running) = await days(office.db, ann)
    assert (spent, sessions[2:], running) == (3000, ["09:40:00-10:00:00"], False)
    await ann.post("users.setStatus", status="online")
    clock.wait(minutes=1)
    await office.admin.post("users.setActiveStatus", userId=ann.user_id, activeStatus=False)
    *_, (_, spent, _, running) = await days(office.db, ann)
    assert (spent, running) == (3060, False)
    ben = await office.agent(username="ben")
    clock.wait(minutes=1)
    await office.admin.post("roles.removeUserFromRole", username="ben", roleId="livechat-agent")
    assert [(day[1], day[3]) for day in await days(office.db, ben)] == [(60, False)]


async def test_they_are_cut_at_midnight_however_late(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "server_zone", lambda: ZoneInfo("Asia/Kathmandu"))
    day = clock.at.date()
    ann = await office.agent()
    gone = await office.agent()
    began = clock.at
    clock.at = datetime(day.year, day.month, day.day, 18, 14, tzinfo=UTC)
    if clock.at < began:
        clock.wait(days=1)
    await JOBS["sessions"](office.db, {})
    before = len(await days(office.db, ann))
    clock.wait(minutes=1)  # midnight there
    await gone.post("users.setStatus", status="offline")  # before anybody has cut
    await JOBS["sessions"](office.db, {})
    found = await days(office.db, ann)
    assert len(found) == before + 1
    assert found[-2][2][-1].endswith("-18:14:59") and not found[-2][3]
    assert found[-1][1:] == (0, [], True)
    assert [day[2][-1][-8:] for day in await days(office.db, gone)][-1] == "18:14:59"
    clock.wait(days=2, hours=1)
    for _ in range(2):
        await JOBS["sessions"](office.db, {})
    found = await days(office.db, ann)
    assert [day[1:] for day in found[-3:]] == [
        (86399, ["18:15:00-18:14:59"], False),
        (86399, ["18:15:00-18:14:59"], False),
        (0, [], True),
    ]
    await office.setting(OFF, True)
    await JOBS["sessions"](office.db, {})
    assert (await days(office.db, ann))[-1][1:] == (3600, ["18:15:00-19:15:00"], False)
    await ann.post("users.setStatus", status="offline")
    await ann.post("users.setStatus", status="online")
    assert not (await days(office.db, ann))[-1][3]
