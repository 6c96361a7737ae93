"""The one visibility rule (contract/core.md §3.1): what is listed opens, what opens is listed."""

from functools import lru_cache

from parley.accounts.identify import Person
from parley.accounts.roles import MANAGER
from parley.db.documents import Params
from parley.db.tx import Reader
from parley.departments.units.oversight import OVERSEEN
from parley.preferences.routing_method import routing_method

_MY_DEPARTMENTS = "SELECT d.department_id FROM department_agents d WHERE d.agent_id = "

_TAKE_PART = "EXISTS (SELECT 1 FROM subscriptions s WHERE s.room_id = r.id AND s.user_id = "
_THEIRS = "r.id IN (SELECT s.room_id FROM subscriptions s WHERE s.user_id = "

ALL, CLOSED = "view-livechat-rooms", "view-livechat-room-closed-by-another-agent"
TAKES_PART = frozenset({"view-joined-room", "view-l-room"})


def visible_to(person: Person, p: Params, column: str = "") -> str:
    """SQL predicate of the rooms `r` that the person may see; its arguments go into `p`.

    With a `column` that holds their id it is the predicate of all whose rights are the same.
    """
    if person.may_everywhere(ALL) or person.user_id == "rocket.cat":
        return "TRUE"
    preview = routing_method(person.settings).preview_room and looks_at_public(person)
    me = column or p(person.user_id or "")
    manager = MANAGER in person.roles
    if person.beyond is None:
        return _predicate(person.permissions, manager, preview, me, _TAKE_PART)
    held = person.beyond | (person.permissions & TAKES_PART)
    # Each test by an index of its own: a monitor's rooms are counted without reading all others.
    mine = _predicate(held, manager, preview, me, _THEIRS)
    return f"({units} OR {mine})" if (units := _units(person, me)) else mine


def _units(person: Person, me: str) -> str:
    """What a monitor sees in the departments that they oversee; empty for nothing."""
    if not person.may(ALL, CLOSED):
        return ""
    overseen = f"r.department_id IN ({OVERSEEN}{me})"
    return overseen if person.may(ALL) else f"(NOT r.open AND {overseen})"


@lru_cache(maxsize=1024)
def _predicate(held: frozenset[str], manager: bool, preview: bool, me: str, takes_part: str) -> str:
    # The tests that the history index answers stand first: most rows need no other.
    tests: list[str] = []
    if CLOSED in held:
        tests.append("NOT r.open")
    tests.append(f"r.served_by = {me}")
    if "view-livechat-room-closed-same-department" in held:
        tests.append(f"(NOT r.open AND r.department_id IN ({_MY_DEPARTMENTS}{me}))")
    if held & TAKES_PART:
        tests.append(f"{takes_part}{me})")
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
    return person.may_everywhere(ALL) or MANAGER in person.roles


def looks_at_public(person: Person) -> bool:
    """Whether the queue of no department is theirs: of everybody but who is only a monitor."""
    return person.beyond is None or person.may_everywhere("view-l-room") or sees_every_queue(person)


def oversees(person: Person) -> bool:
    """Whether they look at queues, and open rooms, because their units are theirs."""
    return person.beyond is not None and person.may(ALL) and not sees_every_queue(person)


def queue_of(person: Person, p: Params) -> str:
    """SQL predicate of the inquiries `i` in the queues that the person looks at."""
    if sees_every_queue(person):
        return "TRUE"
    me = p(person.user_id or "")
    mine = _my_queue(me) if looks_at_public(person) else f"i.default_agent = {me}"
    return f"({mine} OR i.department_id IN ({OVERSEEN}{me}))" if oversees(person) else f"({mine})"


async def may_see(q: Reader, person: Person, room_id: str) -> bool | None:
    """None when there is no such room."""
    p = Params(room_id)
    sql = f"SELECT {visible_to(person, p)} FROM rooms r WHERE r.id = $1"
    row = await q.row(sql, *p.values)
    return None if row is None else bool(row[0])


async def may_in(q: Reader, person: Person, permission: str, room_id: str) -> bool:
    """Whether they may do it in this room: what they hold as a monitor they hold in rooms that
    they see."""
    if person.beyond is None or person.may_everywhere(permission):
        return person.may(permission)
    return person.may(permission) and bool(await may_see(q, person, room_id))
