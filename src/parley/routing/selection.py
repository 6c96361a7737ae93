"""Auto_Selection: whose turn it is (contract/management.md §3.2).

Each selection runs under its lock, so that two chats that start together go to two agents.
"""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import online
from parley.db import Tx
from parley.db.documents import Doc, decode, save


async def next_agent(
    tx: Tx, settings: Mapping[str, Any], department_id: str | None, *, but: str = ""
) -> Doc | None:
    """`{_id, username}` of the agent to be given the chat; None when nobody can be.

    `but` is the id of one who is passed over.
    """
    await tx.lock("routing", department_id or "all")
    if department_id is None:
        return await _of_everybody(tx, settings, but)
    return await _of_department(tx, settings, department_id, but)


async def _of_everybody(tx: Tx, settings: Mapping[str, Any], but: str) -> Doc | None:
    row = await tx.row(
        "UPDATE users SET livechat_count = livechat_count + 1 WHERE id ="
        f" (SELECT u.id FROM users u WHERE {online(settings)} AND u.id <> $1"
        " ORDER BY u.livechat_count, u.username_key LIMIT 1)"
        " RETURNING id, doc ->> 'username'",
        but,
    )
    return None if row is None else {"_id": row[0], "username": row[1]}


async def _of_department(
    tx: Tx, settings: Mapping[str, Any], department_id: str, but: str
) -> Doc | None:
    doc = await tx.value(
        "SELECT d.doc FROM department_agents d JOIN users u ON u.id = d.agent_id"
        f" WHERE d.department_id = $1 AND d.department_enabled AND {online(settings)}"
        " AND u.id <> $2 ORDER BY d.turns, d.rank, d.username LIMIT 1",
        department_id,
        but,
    )
    if doc is None:
        return None
    turn = decode(doc)
    turn["count"] += 1
    await save(tx, "department_agents", turn)
    return {"_id": turn["agentId"], "username": turn["username"]}
