"""The one visibility rule (contract/core.md §3.1): what is listed opens, what opens is listed."""

from functools import lru_cache

from parley.accounts.identify import Person
from parley.accounts.roles import MANAGER
from parley.db.documents import Params
from parley.db.tx import Reader
from parley.preferences.routing_method import routing_method

_MY_DEPARTMENTS = "SELECT d.department_id FROM department_agents d WHERE d.agent_id = "


def visible_to(person: Person, p: Params) -> str:
    """SQL predicate of the rooms `r` that the person may see; its arguments go into `p`."""
    if person.may("view-livechat-rooms") or person.user_id == "rocket.cat":
        return "TRUE"
    preview = routing_method(person.settings).preview_room
    me = p(person.user_id or "")
    return _predicate(person.permissions, MANAGER in person.roles, preview, me)


@lru_cache(maxsize=1024)
def _predicate(held: frozenset[str], manager: bool, preview: bool, me: str) -> str:
    # The tests that the history index answers stand first: most rows need no other.
    tests: list[str] = []
    if "view-livechat-room-closed-by-another-agent" in held:
        tests.append("NOT r.open")
    tests.append(f"r.served_by = {me}")
    if "view-livechat-room-closed-same-department" in held:
        tests.append(f"(NOT r.open AND r.department_id IN ({_MY_DEPARTMENTS}{me}))")
    if held & {"view-joined-room", "view-l-room"}:
        tests.append(
            f"EXISTS (SELECT 1 FROM subscriptions s WHERE s.room_id = r.id AND s.user_id = {me})"
        )
    if preview:
        # The room waits in a queue that the person looks at.
        mine = "" if manager else f" AND ({_my_queue(me)})"
        waits = "i.room_id = r.id AND i.status = 'queued'"
        tests.append(f"EXISTS (SELECT 1 FROM inquiries i WHERE {waits}{mine})")
    return f"({' OR '.join(tests)})"


def _my_queue(me: str) -> str:
    return (
        f"i.default_agent = {me} OR i.department_id IS NULL"
        f" OR i.department_id IN ({_MY_DEPARTMENTS}{me} AND d.department_enabled)"
    )


def sees_every_queue(person: Person) -> bool:
    return person.may("view-livechat-rooms") or MANAGER in person.roles


def queue_of(person: Person, p: Params) -> str:
    """SQL predicate of the inquiries `i` in the queues that the person looks at."""
    return "TRUE" if sees_every_queue(person) else f"({_my_queue(p(person.user_id or ''))})"


async def may_see(q: Reader, person: Person, room_id: str) -> bool | None:
    """None when there is no such room."""
    p = Params(room_id)
    sql = f"SELECT {visible_to(person, p)} FROM rooms r WHERE r.id = $1"
    row = await q.row(sql, *p.values)
    return None if row is None else bool(row[0])
