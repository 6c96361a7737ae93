"""Saving and removing canned responses (contract/management.md §15).

One's own is anybody's who holds `save-canned-responses`; a department's is saved by who works there
and holds `save-department-canned-responses`; all are by holders of `save-all-canned-responses`. Who
holds `remove-canned-responses` removes what they may save.
"""

from parley.accounts.identify import Person
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.canned_responses import store
from parley.canned_responses.audience import audience_of, of_department, own
from parley.canned_responses.schemas import SaveResponse
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, find
from parley.departments.store import departments_of
from parley.errors import Coded, Forbidden, Refused
from parley.events import emit
from parley.ids import object_id

SAVE, SAVE_DEPARTMENT, SAVE_ALL = (
    "save-canned-responses",
    "save-department-canned-responses",
    "save-all-canned-responses",
)
MOST = 500
"""Of a person, of a department, and of everybody."""


async def save_response(tx: Tx, actor: Actor, person: Person, wanted: SaveResponse) -> None:
    """Raises Coded, Refused when there are too many, Forbidden."""
    await tx.lock("settings", "canned responses")
    before = None
    if wanted.id is not None:
        before = await _there(tx, person, wanted.id)
    response = _saved(person, wanted, before)
    audience = audience_of(response)
    await _check_department(tx, response)
    if before is None or audience != audience_of(before):
        await _check(tx, person, audience)
        if await store.count_of(tx, audience) >= MOST:
            raise Refused(f"There are {MOST} canned responses at most")
    if await store.taken(tx, response["shortcut"], response["_id"]):
        details = {"method": "saveCannedResponse"}
        raise Coded("error-invalid-shortcut", "Shortcut provided already exists", details)
    if before is None:
        await store.insert_response(tx, response, audience)
    else:
        await store.save_response(tx, response, audience)
    for each in dict.fromkeys([audience_of(before or response), audience]):
        await tell(tx, each, response["_id"])
    what = "canned-response.created" if before is None else "canned-response.updated"
    await record(tx, actor, what, "canned-response", response["_id"], response["shortcut"])


def _saved(person: Person, wanted: SaveResponse, before: Doc | None) -> Doc:
    """Whose own it is stays so, whoever changes it."""
    response: Doc = before or {
        "_id": object_id(),
        "createdBy": {"_id": person.user_id, "username": person.username},
        "_createdAt": now(),
    }
    owner = response.get("userId", person.user_id)
    response = {key: value for key, value in response.items() if key not in _PLACE}
    response |= {"shortcut": wanted.shortcut.strip(), "text": wanted.text, "scope": wanted.scope}
    if not response["shortcut"]:
        raise Coded("error-invalid-shortcut", "A shortcut is not blank")
    if wanted.scope == "user":
        response["userId"] = owner
    elif wanted.scope == "department":
        if not wanted.departmentId:
            raise Coded("invalid-params", "must have required property 'departmentId'")
        response["departmentId"] = wanted.departmentId
    tags = response.get("tags", []) if wanted.tags is None else wanted.tags
    return response | {"tags": list(dict.fromkeys(tags))}


_PLACE = ("userId", "departmentId")


async def _check_department(tx: Tx, response: Doc) -> None:
    department = response.get("departmentId")
    if department is not None and await find(tx, "departments", department) is None:
        raise Coded("error-invalid-department", "Invalid department")


async def remove_response(tx: Tx, actor: Actor, person: Person, response_id: str) -> None:
    """Raises Coded, Forbidden."""
    await tx.lock("settings", "canned responses")
    response = await _there(tx, person, response_id)
    await store.delete_response(tx, response_id)
    await tell(tx, audience_of(response), response_id)
    what = "canned-response.deleted"
    await record(tx, actor, what, "canned-response", response_id, response["shortcut"])


async def _there(tx: Tx, person: Person, response_id: str) -> Doc:
    """One that the person may change."""
    response = await find(tx, "canned_responses", response_id)
    if response is None:
        raise Coded("error-canned-response-not-found", "Canned response not found")
    await _check(tx, person, audience_of(response))
    return response


async def _check(tx: Tx, person: Person, audience: str) -> None:
    if audience == own(person.user_id) or person.may(SAVE_ALL):
        return
    if person.may(SAVE_DEPARTMENT):
        departments = await departments_of(tx, person.user_id or "")
        if audience in map(of_department, departments):
            return
    raise Forbidden


async def tell(tx: Tx, audience: str, response_id: str) -> None:
    """Those who may use it, or could until now."""
    kind, _, key = audience.partition(":")
    stream = f"user:{key}" if kind == "user" else f"queue:{key}"
    await emit(tx, stream, "canned-response", {"_id": response_id})


async def forget_person(tx: Tx, user_id: str) -> None:
    """Their own go with them; nobody is left who would hear of it."""
    await store.delete_all_of(tx, own(user_id))


async def forget_department(tx: Tx, department_id: str) -> bool:
    """Some of a removed department's go; whether there may be more."""
    audience = of_department(department_id)
    gone = await store.delete_some_of(tx, audience)
    for response_id in gone:
        await tell(tx, audience, response_id)
    return len(gone) == store.BATCH
