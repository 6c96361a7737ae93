"""What opening and closing mean to agents (contract/management.md §5.3, §5.4).

An agent follows the hours of their departments, or the default one. The first of these to open
makes whoever is online available; when the last one has closed, nobody is. In between a person's
own choice holds. All of this is told by the moment and the documents alone: whenever it is done,
late or twice, it comes to the same.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from parley.accounts.presence import AVAILABLE, NOT_AVAILABLE, note_presence, tell_readiness
from parley.accounts.roles import AGENT, BOT
from parley.agents.business_hours import store
from parley.agents.business_hours.week import open_at, open_seconds
from parley.clock import now, parse, seconds
from parley.db import Tx
from parley.db.documents import Doc, find, save
from parley.db.tx import Reader
from parley.preferences.service import setting

Settings = Mapping[str, Any]

NAMES = ("Livechat_enable_business_hours", "Livechat_business_hour_type")


class Office(NamedTuple):
    """The hours as of this moment."""

    default: str
    custom: frozenset[str]
    """Empty in single mode."""
    open: frozenset[str]

    def open_for(self, hours: Collection[str]) -> list[str]:
        """Ids of those that are open to who works in departments with these hours."""
        own = self.custom.intersection(hours) or {self.default}
        return sorted(self.open.intersection(own))


async def office_now(q: Reader, settings: Settings) -> Office | None:
    """None while the hours are switched off."""
    if not settings["Livechat_enable_business_hours"]:
        return None
    default, *others = await store.all_hours(q)
    custom = others if settings["Livechat_business_hour_type"] == "Multiple" else []
    at = parse(now())
    return Office(
        default["_id"],
        frozenset(hour["_id"] for hour in custom),
        frozenset(hour["_id"] for hour in (default, *custom) if open_at(hour, at)),
    )


async def hours_settings(q: Reader) -> Settings:
    """The two there are of the hours; the second only where the first makes it matter."""
    on = await setting(q, NAMES[0])
    return {NAMES[0]: on, NAMES[1]: await setting(q, NAMES[1]) if on else None}


async def may_work(q: Reader, settings: Settings, user: Doc) -> bool:
    """Whether an agent may become available now (§5.3)."""
    office = await office_now(q, settings)
    if office is None or BOT in user["roles"]:
        return True
    mine = await store.hours_by_agent(q, [user["_id"]]) if office.custom else {}
    return bool(office.open_for(mine.get(user["_id"], ())))


async def worked_between(
    q: Reader, settings: Settings, department_id: str | None, start: str, end: str
) -> float:
    """Seconds of open hours, of the department's or the default ones; all, without hours."""
    if not settings["Livechat_enable_business_hours"]:
        return max(0.0, seconds(start, end))
    default, *custom = await store.all_hours(q)
    kept = ""
    if settings["Livechat_business_hour_type"] == "Multiple" and department_id:
        kept = (await find(q, "departments", department_id) or {}).get("businessHourId", "")
    hour = next((each for each in custom if each["_id"] == kept), default)
    return open_seconds(hour, parse(start), parse(end))


async def follow(tx: Tx, user: Doc) -> bool:
    """Puts one agent right; the caller has locked them, saves, and tells of it. Whether anything
    changed."""
    if AGENT not in user["roles"]:
        return False
    office = await office_now(tx, await hours_settings(tx))
    mine: dict[str, set[str]] = {}
    if office is not None and office.custom:
        mine = await store.hours_by_agent(tx, [user["_id"]])
    return _follow(user, office, mine)


async def recompute(tx: Tx, agent_ids: Collection[str]) -> None:
    """Puts these agents right, a hundred at most, and saves them."""
    ids = sorted(agent_ids)
    for agent_id in ids:
        await tx.lock("users", agent_id)
    office = await office_now(tx, await hours_settings(tx))
    mine = await store.hours_by_agent(tx, ids) if office is not None and office.custom else {}
    for user in await store.agents_by_id(tx, ids):
        before = user.get("statusLivechat")
        if not _follow(user, office, mine):
            continue
        await save(tx, "users", user)
        if user.get("statusLivechat") != before:
            await tell_readiness(tx, user)
        else:
            await note_presence(tx, user)


def _follow(user: Doc, office: Office | None, mine: Mapping[str, set[str]]) -> bool:
    before = user.get("openBusinessHours") or []
    if office is None:
        # Switched off: nobody's readiness changes.
        return user.pop("openBusinessHours", None) is not None
    hours = office.open_for(mine.get(user["_id"], ()))
    changed = hours != before
    if hours:
        user["openBusinessHours"] = hours
    else:
        user.pop("openBusinessHours", None)
    return _become_ready(user, before, hours) or changed


def _become_ready(user: Doc, before: list[str], hours: list[str]) -> bool:
    """Whether the agent's readiness changed."""
    if BOT in user["roles"] or not user.get("active"):
        return False
    available = user.get("statusLivechat") == AVAILABLE
    if not hours and available:
        user |= {"statusLivechat": NOT_AVAILABLE, "livechatStatusSystemModified": True}
        return True
    if hours and not before and not available and user.get("status") == "online":
        user |= {"statusLivechat": AVAILABLE, "livechatStatusSystemModified": False}
        return True
    return False
