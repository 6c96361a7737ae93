"""Whose turn it is (contract/management.md §3.2).

Each selection runs under its locks to the end of the transaction that gives the chat away, so that
two chats that start together go to two agents. Hence no `agentLocked`: nobody is half chosen.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.agents.availability import online
from parley.agents.limits import SERVING, below_limit, lock_limits
from parley.clock import now, parse
from parley.db import Tx
from parley.db.documents import Doc, Params, decode, save
from parley.preferences.routing_method import routing_method
from parley.routing.census import census

Settings = Mapping[str, Any]

MOST_TOLD = 10
"""Candidates that a decision names, in the order of their turns."""


class Selection(NamedTuple):
    """Whom a chat is given to; without an agent it waits."""

    agent: Doc | None
    """`{_id, username}`"""
    reason: str
    """A key of routing/reasons.py."""
    detail: Doc

    def told(self) -> Doc:
        """What a decision keeps of it."""
        return self.detail | ({"agent": self.agent["username"]} if self.agent else {})


class _Rule(NamedTuple):
    reason: str
    measure: str
    """What the order goes by, as it is told."""
    key: str
    """SQL of it, on the row `u` of users and, in a department, `d` of department_agents."""
    order: str


_ALL = _Rule("fewest-turns", "turns", "u.livechat_count", "u.livechat_count, u.username_key")
_DEPARTMENT = _Rule("fewest-turns", "turns", "d.turns", "d.turns, d.rank, d.username")
_LOAD = _Rule("fewest-chats", "chats", f"({SERVING})", "3, u.last_routed, u.username_key")
_LOAD_OF_DEPARTMENT = _LOAD._replace(key=f"({SERVING} AND r.department_id = d.department_id)")
_ROTATION = _Rule("longest-without", "lastRouted", "u.last_routed", "u.last_routed, u.username_key")


async def next_agent(
    tx: Tx,
    settings: Settings,
    department_id: str | None,
    *,
    but: str = "",
    humans: bool = False,
) -> Doc | None:
    """`{_id, username}` of the agent to be given the chat; None when nobody can be.

    `but` is the id of one who is passed over, `humans`: all bots are. Once in a transaction: two
    departments' locks, taken in the order of some chain, would wait for each other.
    """
    return (await select(tx, settings, department_id, but=but, humans=humans)).agent


async def select(
    tx: Tx,
    settings: Settings,
    department_id: str | None,
    *,
    but: str = "",
    humans: bool = False,
) -> Selection:
    """The same with its reason. Nobody is chosen by hand, or by a service outside, from here."""
    rule = _rule(settings, department_id)
    about = _about(settings, department_id)
    if rule is None:
        outside = routing_method(settings).outside
        return Selection(None, "external-asked" if outside else "by-hand", about)
    await lock_limits(tx, settings, department_id)
    p = Params(but)
    who = f"{online(settings, humans=humans)} AND u.id <> $1"
    where = p(department_id) if department_id else None
    who += f" AND {below_limit(settings, where)}"
    candidates = await _candidates(tx, rule, who, where, p)
    if not candidates:
        found = await census(tx, settings, department_id, humans=humans)
        return Selection(None, found.why_nobody(), about | {"agents": found.shown()})
    await _take_turn(tx, rule, candidates[0])
    return Selection(_named(candidates[0]), rule.reason, about | _told(rule, candidates))


async def next_bot(tx: Tx, settings: Settings, department_id: str | None) -> Selection | None:
    """Bots come first, if the office says so: present or not, whatever else they do."""
    if not settings["Livechat_assign_new_conversation_to_bot"]:
        return None
    await lock_limits(tx, settings, department_id)
    rule = _DEPARTMENT if department_id else _ALL
    p = Params()
    where = p(department_id) if department_id else None
    who = "u.is_agent AND u.is_bot AND u.active"
    candidates = await _candidates(tx, rule, who, where, p)
    if not candidates:
        return None
    await _take_turn(tx, rule, candidates[0])
    about = _about(settings, department_id) | _told(rule, candidates)
    return Selection(_named(candidates[0]), "bot-first", about)


def _rule(settings: Settings, department_id: str | None) -> _Rule | None:
    match settings["Livechat_Routing_Method"]:
        case "Auto_Selection":
            return _DEPARTMENT if department_id else _ALL
        case "Load_Balancing":
            return _LOAD_OF_DEPARTMENT if department_id else _LOAD
        case "Load_Rotation":
            return _ROTATION
        case _:
            return None


async def _candidates(tx: Tx, rule: _Rule, who: str, department: str | None, p: Params) -> Any:
    """(id, username, measure, the department's row of theirs), the next one first."""
    if department is None:
        picked, tables = "u.doc ->> 'username'", "users u"
    else:
        picked = "d.username"
        tables = "department_agents d JOIN users u ON u.id = d.agent_id"
        who = f"d.department_id = {department} AND d.department_enabled AND {who}"
    turn = "NULL" if department is None else "d.doc"
    return await tx.rows(
        f"SELECT u.id, {picked}, {rule.key}, {turn} FROM {tables} WHERE {who}"
        f" ORDER BY {rule.order} LIMIT {MOST_TOLD}",
        *p.values,
    )


async def _take_turn(tx: Tx, rule: _Rule, chosen: Any) -> None:
    if rule is _DEPARTMENT:
        turn = decode(chosen[3])
        turn["count"] += 1
        await save(tx, "department_agents", turn)
    elif rule is _ALL:
        sql = "UPDATE users SET livechat_count = livechat_count + 1 WHERE id = $1"
        await tx.rows(sql, chosen[0])
    else:
        # Two of one millisecond are told apart, or the second would not know of the first.
        await tx.rows(
            "UPDATE users SET last_routed = (SELECT CASE WHEN max(x.last_routed) >= $2"
            " THEN max(x.last_routed) + 1 ELSE $2 END FROM users x WHERE x.is_agent)"
            " WHERE id = $1",
            chosen[0],
            int(parse(now()).timestamp() * 1000),
        )


def _about(settings: Settings, department_id: str | None) -> Doc:
    department = {"department": department_id} if department_id else {}
    return {"method": settings["Livechat_Routing_Method"]} | department


def _told(rule: _Rule, candidates: Any) -> Doc:
    return {"candidates": [{"username": row[1], rule.measure: row[2]} for row in candidates]}


def _named(row: Any) -> Doc:
    return {"_id": row[0], "username": row[1]}
