"""Keeping SLA policies (contract/management.md §15). Conversations follow by a job."""

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.conversations.sla import store
from parley.conversations.sla.following import KIND
from parley.conversations.sla.schemas import SavePolicy
from parley.db import Reader, Tx
from parley.db.documents import Doc, find
from parley.errors import NotFound, Refused
from parley.ids import object_id
from parley.jobs import enqueue

MOST = 200


async def policy_of(q: Reader, policy_id: str) -> Doc:
    """Raises NotFound."""
    policy = await find(q, "sla", policy_id)
    if policy is None:
        raise _none()
    return policy


def _none() -> NotFound:
    return NotFound("SLA not found")


async def create(tx: Tx, actor: Actor, wanted: SavePolicy) -> Doc:
    """Raises Refused."""
    await tx.lock("settings", "sla")
    if await store.how_many(tx) >= MOST:
        raise Refused(f"There are {MOST} SLA policies at most")
    policy = {"_id": object_id()} | await _fields(tx, "", wanted)
    await store.insert_policy(tx, policy)
    minutes = policy["dueTimeInMinutes"]
    await record(tx, actor, "sla.created", "sla", policy["_id"], policy["name"], minutes=minutes)
    return policy


async def update(tx: Tx, actor: Actor, policy_id: str, wanted: SavePolicy) -> Doc:
    """Raises NotFound or Refused."""
    before = await _locked(tx, policy_id)
    policy = before | await _fields(tx, policy_id, wanted)
    await store.save_policy(tx, policy)
    minutes = policy["dueTimeInMinutes"]
    if minutes != before["dueTimeInMinutes"]:
        await enqueue(tx, KIND, {"slaId": policy_id})
    await record(tx, actor, "sla.updated", "sla", policy_id, policy["name"], minutes=minutes)
    return policy


async def delete(tx: Tx, actor: Actor, policy_id: str) -> None:
    """Raises NotFound."""
    policy = await _locked(tx, policy_id)
    await store.delete_policy(tx, policy_id)
    await enqueue(tx, KIND, {"slaId": policy_id, "userId": actor.id})
    await record(tx, actor, "sla.deleted", "sla", policy_id, policy["name"])


async def _locked(tx: Tx, policy_id: str) -> Doc:
    """Whoever puts a conversation under it meanwhile waits, or is followed by the job."""
    await tx.lock("settings", "sla")
    await tx.lock("settings", f"sla:{policy_id}")
    return await policy_of(tx, policy_id)


async def _fields(tx: Tx, policy_id: str, wanted: SavePolicy) -> Doc:
    name = wanted.name.strip()
    if not name:
        raise Refused("error-invalid-name")
    if await store.taken(tx, policy_id, name, wanted.dueTimeInMinutes):
        raise Refused("error-duplicated-sla")
    description = (wanted.description or "").strip()
    minutes = wanted.dueTimeInMinutes
    return {"name": name, "description": description, "dueTimeInMinutes": minutes}
