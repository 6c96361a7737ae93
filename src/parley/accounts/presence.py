"""Agents coming and going (contract/management.md §1.2, §9.5).

Everything that changes whether somebody can be given chats tells `note_presence`: it keeps who is
there, since when they have left, and the sessions of the day. Sockets will tell it, too.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from parley.accounts import presence_store as store
from parley.accounts.readiness import look_at_queue
from parley.accounts.roles import AGENT, BOT
from parley.clock import iso, now, parse, seconds
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.events import emit
from parley.preferences.service import setting
from parley.zones import server_zone

AVAILABLE, NOT_AVAILABLE = "available", "not-available"

MOST_SESSIONS = 500
"""Of a day, told one by one; the time of all of them counts."""

_OFF = "Troubleshoot_Disable_Livechat_Activity_Monitor"


def is_there(user: Doc) -> bool:
    """Online and available; of a bot nobody asks whether it is online."""
    if AGENT not in user["roles"] or not user.get("active"):
        return False
    online = BOT in user["roles"] or user.get("status", "offline") != "offline"
    return online and user.get("statusLivechat") == AVAILABLE


def _is_offline(user: Doc) -> bool:
    if not user.get("active"):
        return True
    return BOT not in user["roles"] and user.get("status", "offline") == "offline"


def came_back(user: Doc, settings: Mapping[str, Any], *, by_login: bool = False) -> bool:
    """Makes an agent available who is so no longer only because of the system: by a logout, or
    because the office was closed; a login does so for all who may work now. Whether it did.
    """
    if AGENT not in user["roles"] or BOT in user["roles"]:
        return False
    if user.get("statusLivechat") == AVAILABLE:
        return False
    hours = settings["Livechat_enable_business_hours"]
    if hours and not user.get("openBusinessHours"):
        return False
    if not (user.get("livechatStatusSystemModified") or (hours and by_login)):
        return False
    user |= {"statusLivechat": AVAILABLE, "livechatStatusSystemModified": False}
    return True


async def note_presence(tx: Tx, user: Doc) -> None:
    """After the person's document was changed, by who has locked them; an act of no agent's is
    free, and one that changes nothing costs a look."""
    if AGENT not in user["roles"]:
        return
    before = await store.presence_of(tx, user["_id"])
    there, at = is_there(user), now()
    left_at = before.left_at if before else None
    if there:
        left_at = None
    elif _is_offline(user):
        left_at = left_at or at
    after = store.Presence(there, left_at)
    if after == before:
        return
    await store.put_presence(tx, user["_id"], after)
    if there and not (before and before.there):
        await look_at_queue(tx)
    if there and not await setting(tx, _OFF):
        await _begin(tx, user["_id"], at)
    else:
        await _end_running(tx, user["_id"], at)


async def tell_readiness(tx: Tx, user: Doc) -> None:
    """An agent became available or not available; `note_presence` is part of it."""
    status = user["statusLivechat"]
    await emit(tx, f"user:{user['_id']}", "agent-status", {"_id": user["_id"], "status": status})
    await note_presence(tx, user)


async def forget_presence(tx: Tx, user: Doc) -> None:
    """The person works here no longer; the days they were there stay."""
    await _end_running(tx, user["_id"], now())
    await store.delete_presence(tx, user["_id"])


async def _begin(tx: Tx, agent_id: str, at: str) -> None:
    date = _date(at)
    row = await store.day_of(tx, agent_id, date)
    if row is None:
        row = {"agentId": agent_id, "date": date, "availableTime": 0, "serviceHistory": []}
    row["lastStartedAt"] = at
    row.pop("lastStoppedAt", None)
    await store.put_day(tx, row, running=True)


async def _end_running(tx: Tx, agent_id: str, at: str) -> None:
    for row in await store.running_of(tx, agent_id):
        # A session of yesterday that nobody has cut yet ends with its day.
        await _end(tx, row, min(at, _last_second(row["date"])))


async def _end(tx: Tx, row: Doc, at: str) -> None:
    started = row["lastStartedAt"]
    at = max(at, started)
    row["lastStoppedAt"] = at
    row["availableTime"] = round(row["availableTime"] + seconds(started, at), 3)
    row["serviceHistory"].append({"startedAt": started, "stoppedAt": at})
    del row["serviceHistory"][:-MOST_SESSIONS]
    await store.put_day(tx, row, running=False)


async def cut_sessions(db: Database) -> None:
    """At midnight in the server's zone every open session ends and goes on in the new day; where
    sessions are not to be kept, all end."""
    if await db.read(setting, _OFF):
        while await db.act(_end_all):
            pass
    while await db.act(_cut, _date(now())):
        pass


async def _cut(tx: Tx, today: int) -> int:
    """A day of each is cut; who was there for several days is found again."""
    rows = await _locked_before(tx, today)
    for row in rows:
        await _end(tx, row, _last_second(row["date"]))
        presence = await store.presence_of(tx, row["agentId"])
        if presence is not None and presence.there:
            await _begin(tx, row["agentId"], _midnight_after(row["date"]))
    return len(rows)


async def _end_all(tx: Tx) -> int:
    rows = await _locked_before(tx, 99999999)
    for row in rows:
        await _end(tx, row, min(now(), _last_second(row["date"])))
    return len(rows)


async def _locked_before(tx: Tx, date: int) -> list[Doc]:
    agents = {row["agentId"] for row in await store.running_before(tx, date)}
    for agent_id in sorted(agents):
        await tx.lock("users", agent_id)
    # Somebody may have gone before their turn to be locked came.
    return [row for row in await store.running_before(tx, date) if row["agentId"] in agents]


def _date(at: str) -> int:
    return int(f"{parse(at).astimezone(server_zone()):%Y%m%d}")


def _last_second(date: int) -> str:
    """23:59:59 of the day."""
    return iso(_wall(date, time(23, 59, 59)))


def _midnight_after(date: int) -> str:
    return iso(_wall(date, time(), days=1))


def _wall(date: int, clock: time, *, days: int = 0) -> datetime:
    day = datetime.strptime(str(date), "%Y%m%d").date() + timedelta(days=days)
    return datetime.combine(day, clock, server_zone())
