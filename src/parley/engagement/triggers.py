"""Triggers: what the widget does by itself (contract/management.md §6)."""

from typing import Any

import msgspec

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db.documents import Doc, decode, find, insert, save
from parley.db.tx import Reader, Tx
from parley.engagement.external_service import SERVICE, check_url
from parley.engagement.schemas import SaveTrigger
from parley.errors import Refused
from parley.ids import object_id

MOST = 200
"""Each widget is told of every trigger that is enabled."""

_TOLD = ("_id", "actions", "conditions", "runOnce")


async def list_triggers(q: Reader, order: str, limit: int, offset: int) -> tuple[list[str], int]:
    """Documents as stored, and how many there are."""
    total = await q.value("SELECT count(*) FROM triggers")
    rows = await q.rows(
        f"SELECT doc FROM triggers ORDER BY {order} LIMIT $1 OFFSET $2", limit, offset
    )
    return [row[0] for row in rows], total


async def for_widget(q: Reader) -> list[Doc]:
    """By name, and only what a widget does with them."""
    rows = await q.rows("SELECT doc FROM triggers WHERE enabled ORDER BY name, id LIMIT $1", MOST)
    found = [{key: doc[key] for key in _TOLD} for doc in (decode(row[0]) for row in rows)]
    for action in (action for trigger in found for action in trigger["actions"]):
        # The widget asks us; where the service is, and what its URL holds, is no visitor's.
        (action.get("params") or {}).pop("serviceUrl", None)
    return found


async def save_trigger(tx: Tx, actor: Actor, wanted: SaveTrigger) -> None:
    """One with the `_id` of none changes nothing. Raises Coded for a service that cannot be asked,
    Refused when there are too many.
    """
    for action in wanted.actions:
        if action.name == SERVICE:
            check_url(action.params.serviceUrl if action.params else None, "serviceUrl")
    await tx.lock("settings", "triggers")
    new: dict[str, Any] = msgspec.to_builtins(wanted)
    new.pop("_id", None)
    if wanted.id is None:
        if await tx.value("SELECT count(*) FROM triggers") >= MOST:
            raise Refused(f"There are {MOST} triggers at most")
        trigger = {"_id": object_id(), **new}
        await insert(tx, "triggers", trigger)
        await record(tx, actor, "trigger.created", "trigger", trigger["_id"], wanted.name)
    elif (before := await find(tx, "triggers", wanted.id)) is not None:
        await save(tx, "triggers", before | new)
        await record(tx, actor, "trigger.updated", "trigger", wanted.id, wanted.name)


async def delete_trigger(tx: Tx, actor: Actor, trigger_id: str) -> None:
    """Nothing to delete is no error."""
    gone = await tx.value("DELETE FROM triggers WHERE id = $1 RETURNING name", trigger_id)
    if gone is not None:
        await record(tx, actor, "trigger.deleted", "trigger", trigger_id, gone)
