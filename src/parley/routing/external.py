"""External: a service outside names the agent (contract/management.md §3.2).

It is asked by a job while the chat waits, never inside an act: a slow service keeps nobody's
request waiting, and what a crash cuts off is asked again.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from parley.accounts.store import find_by_username
from parley.agents.availability import online_agent
from parley.db import Database, Reader
from parley.db.documents import Doc
from parley.outgoing import NotAsked, get, networks

Settings = Mapping[str, Any]

KIND = "external-routing"
"""The job that asks for one chat; its document is `{roomId}`."""

MOST_CALLS = 10
SECONDS = 3.0
MOST_BYTES = 65_536


class Answer(NamedTuple):
    agent: Doc | None
    """`{_id, username}`, online a moment ago."""
    reason: str
    """A key of routing/reasons.py."""
    detail: Doc


class _Named(msgspec.Struct):
    username: str


async def ask(
    db: Database, settings: Settings, department_id: str | None, *, but: str = ""
) -> Answer:
    """One call after another, ten at most, until one names an agent who is online.

    A service that does not answer, or answers no JSON, is not asked a second time.
    """
    about: Doc = {"method": "External"}
    if department_id:
        about["department"] = department_id
    if not settings["Livechat_External_Queue_URL"]:
        return Answer(None, "external-unset", about)
    named: list[str] = []
    for _ in range(MOST_CALLS):
        try:
            username = await _call(settings, department_id, but)
        except NotAsked as error:
            return Answer(None, "external-unreachable", about | {"why": str(error)})
        agent = await db.read(_online, settings, username) if username else None
        if agent is not None and agent["_id"] != but:
            return Answer(agent, "external", about)
        named.append(username[:255])
    return Answer(None, "external-nobody", about | {"named": list(dict.fromkeys(named))})


async def _call(settings: Settings, department_id: str | None, but: str) -> str:
    """The username, which may be blank. Raises NotAsked."""
    query = {"departmentId": department_id or "", "ignoreAgentId": but}
    body = await get(
        settings["Livechat_External_Queue_URL"],
        {key: value for key, value in query.items() if value},
        {
            "User-Agent": "RocketChat Server",
            "Accept": "application/json",
            "X-RocketChat-Secret-Token": settings["Livechat_External_Queue_Token"] or "",
        },
        allowed=networks(settings["Livechat_External_Queue_Private_Addresses"]),
        seconds=SECONDS,
        most_bytes=MOST_BYTES,
    )
    try:
        username = msgspec.json.decode(body, type=_Named).username
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAsked("answered without a username") from error
    return "" if "\0" in username else username


async def _online(q: Reader, settings: Settings, username: str) -> Doc | None:
    user = await find_by_username(q, username)
    found = await online_agent(q, settings, user["_id"]) if user else None
    return {"_id": found[0], "username": found[1]} if found else None
