"""Opening and closing, by jobs: at the moment itself, after each change, and in any case soon.

Who is not as the hours say is found, and put right a batch at a time. It makes no difference which
process does it, or whether one died over it: what is right already is left alone.
"""

from typing import Any

from parley.accounts.working_hours import KIND
from parley.agents.business_hours import store
from parley.agents.business_hours.following import Settings, hours_settings, office_now, recompute
from parley.agents.business_hours.week import next_change
from parley.clock import iso, now, parse
from parley.db import Database, Tx
from parley.db.tx import Reader
from parley.jobs import enqueue

BATCH = 50


async def turn(db: Database, doc: dict[str, Any]) -> None:
    """The job's handler."""
    settings = await db.read(hours_settings)
    wrong = await db.scan(_wrong, settings)
    for start in range(0, len(wrong), BATCH):
        await db.act(recompute, wrong[start : start + BATCH])
    if settings["Livechat_enable_business_hours"]:
        await db.act(_plan_next)


async def _wrong(q: Reader, settings: Settings) -> list[str]:
    """Ids of the agents who are not as the hours of this moment say."""
    office = await office_now(q, settings)
    agents = await store.agent_lines(q)
    if office is None:
        return [agent_id for agent_id, hours, _ in agents if hours]
    mine = await store.hours_by_agent(q, None) if office.custom else {}
    found = []
    for agent_id, hours, stoppable in agents:
        right = office.open_for(mine.get(agent_id, ()))
        if hours != right or (stoppable and not right):
            found.append(agent_id)
    return found


async def _plan_next(tx: Tx) -> None:
    """A job for when any of the hours opens or closes next; one, whoever plans it."""
    at = parse(now())
    changes = [next_change(hour, at) for hour in await store.all_hours(tx)]
    soonest = min((change for change in changes if change is not None), default=None)
    if soonest is not None:
        run_at = iso(soonest)
        await enqueue(tx, KIND, {}, run_at=run_at, key=f"{KIND}:{run_at}")
