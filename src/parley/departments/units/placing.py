"""Which unit a department is in, as its saving says (contract/management.md §2.3, rules 1, 2)."""

from parley.accounts.identify import Person
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.departments.schemas import DepartmentUnit, SentUnit
from parley.departments.units import store
from parley.departments.units.oversight import only_oversees
from parley.errors import Coded

_LAST = "The last department in a unit can't be removed"


async def asked_unit(
    q: Reader, person: Person, sent: SentUnit | DepartmentUnit | None, department: Doc
) -> str | None:
    """The id of the unit that is asked for; None for none. Raises Coded.

    Who only oversees can name units of theirs.
    """
    if sent is None:
        return None
    unit_id, before = sent.id or None, department.get("parentId")
    if unit_id is not None and not isinstance(unit_id, str):
        raise invalid_unit()
    if unit_id == before:
        return unit_id
    if unit_id is not None and not await _may_name(q, person, unit_id):
        raise invalid_unit()
    if before and await store.departments_in(q, before) == [department["_id"]]:
        raise Coded("error-unit-cant-be-empty", _LAST)
    return unit_id


async def _may_name(q: Reader, person: Person, unit_id: str) -> bool:
    if only_oversees(person):
        return await store.oversees_unit(q, person.user_id or "", unit_id)
    return await store.find_unit(q, unit_id) is not None


def invalid_unit() -> Coded:
    return Coded("error-invalid-department-unit", "Invalid department unit id provided")


def place(department: Doc, unit_id: str | None) -> None:
    """It is in this unit from now on, or in none; the caller saves it."""
    if unit_id is None:
        department.pop("parentId", None)
        department.pop("ancestors", None)
    else:
        department |= {"parentId": unit_id, "ancestors": [unit_id]}
