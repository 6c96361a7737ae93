"""SQL of who is connected: a row for each process that holds connections of somebody, on lease.

Somebody is a person, by their id, or a visitor, by `of_visitor`.
"""

from parley.accounts.roles import BOT
from parley.clock import now
from parley.conversations.visitor_status import set_status_of
from parley.db import Reader, Tx
from parley.db.documents import find, save
from parley.events import emit

OFFLINE, AWAY, ONLINE = "offline", "away", "online"
_VISITOR = "visitor:"


def of_visitor(visitor_id: str) -> str:
    return _VISITOR + visitor_id


def is_visitor(who: str) -> bool:
    return who.startswith(_VISITOR)


async def note(tx: Tx, process: str, user_id: str, status: str, until: str) -> None:
    """Of this process they have connections, `online` or `away`, or have none: `offline`."""
    await _lock(tx, user_id)
    await tx.rows("DELETE FROM presence WHERE process = $1 AND user_id = $2", process, user_id)
    if status != OFFLINE:
        await tx.rows(
            "INSERT INTO presence (process, user_id, status, expires_at) VALUES ($1, $2, $3, $4)",
            process,
            user_id,
            status,
            until,
        )
    await _follow(tx, user_id)


async def renew(tx: Tx, process: str, until: str) -> set[str]:
    """Whose rows of this process were still there."""
    sql = "UPDATE presence SET expires_at = $2 WHERE process = $1 RETURNING user_id"
    return {row[0] for row in await tx.rows(sql, process, until)}


async def held_by_the_dead(q: Reader) -> list[str]:
    """Those whom a process holds that renews its lease no more."""
    sql = "SELECT DISTINCT user_id FROM presence WHERE expires_at <= $1 LIMIT 1000"
    return [row[0] for row in await q.rows(sql, now())]


async def let_go(tx: Tx, user_id: str) -> None:
    await _lock(tx, user_id)
    await tx.rows("DELETE FROM presence WHERE user_id = $1 AND expires_at <= $2", user_id, now())
    await _follow(tx, user_id)


async def _lock(tx: Tx, who: str) -> None:
    if is_visitor(who):
        await tx.lock("visitors", who.removeprefix(_VISITOR))
    else:
        await tx.lock("users", who)


async def _follow(tx: Tx, user_id: str) -> None:
    """The person's document says what the connections say; a status they chose stays. A visitor's
    open room says so."""
    sql = "SELECT status FROM presence WHERE user_id = $1 AND expires_at > $2"
    found = {row[0] for row in await tx.rows(sql, user_id, now())}
    connection = ONLINE if ONLINE in found else AWAY if found else OFFLINE
    if is_visitor(user_id):
        await set_status_of(tx, user_id.removeprefix(_VISITOR), connection)
        return
    user = await find(tx, "users", user_id)
    if user is None:
        return
    before = (user.get("statusConnection", OFFLINE), user.get("status"))
    user["statusConnection"] = connection
    chosen = user.get("statusDefault", OFFLINE) != OFFLINE or user.get("invisible")
    if not chosen and "statusExpiresAt" not in user:
        user["status"] = connection
        back = connection == ONLINE and user.get("livechatStatusSystemModified")
        if back and BOT not in user["roles"]:
            # The logout made the agent not-available; nobody chose it.
            user |= {"statusLivechat": "available", "livechatStatusSystemModified": False}
    if (connection, user.get("status")) != before:
        await save(tx, "users", user)
        await emit(tx, f"user:{user_id}", "status", {"_id": user_id, "status": user["status"]})
