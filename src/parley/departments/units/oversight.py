"""What a monitor oversees: the departments of their units (contract/management.md §15).

What somebody holds as a monitor counts there and nowhere else; what another role of theirs holds
counts as it always does. So an admin, a manager or an agent loses nothing by being a monitor too.
A department is of the unit that it is in now, whatever its rooms say of then.
"""

from parley.accounts.identify import Person
from parley.db.documents import Params
from parley.db.tx import Reader
from parley.errors import Coded

OVERSEEN = (
    "SELECT o.id FROM unit_monitors m JOIN departments o ON o.unit_id = m.unit_id"
    " AND o.unit_id IS NOT NULL WHERE m.monitor_id = "
)
"""SQL of the ids of the departments that somebody oversees; it ends where their id belongs."""

_SEES = ("view-livechat-departments", "view-livechat-rooms", "view-l-room")


def only_oversees(person: Person) -> bool:
    """Whether they are a monitor, and no other role of theirs shows them departments."""
    return person.beyond is not None and not person.may_everywhere(*_SEES)


def department_seen(person: Person, column: str, p: Params) -> str:
    """SQL predicate of a department's id: TRUE for everybody who does not only oversee."""
    if not only_oversees(person):
        return "TRUE"
    return f"{column} IN ({OVERSEEN}{p(person.user_id or '')})"


async def check_department(q: Reader, person: Person, *department_ids: str) -> None:
    """Before somebody changes departments: one that they do not see is not there.

    Raises Coded `error-department-not-found`.
    """
    if not department_ids or not only_oversees(person):
        return
    p = Params()
    marks = ", ".join(p(each) for each in department_ids)
    seen = department_seen(person, "d.id", p)
    sql = f"SELECT count(*) FROM departments d WHERE d.id IN ({marks}) AND {seen}"
    if await q.value(sql, *p.values) < len(set(department_ids)):
        raise Coded("error-department-not-found", "Department not found")
