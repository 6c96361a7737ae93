"""Calls of every shape, made from the API's own description: no 500, nothing undescribed.

Some of the calls are left as they were made up. In the others, names that exist stand where a name
is asked for, or nearly everything would end at the first look-up.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import httpx
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal

from parley.accounts.login import issue_token
from parley.accounts.store import insert_user
from parley.app import ROUTES
from parley.db import Reader, Tx, open_database
from parley.db.documents import Doc, decode, find, save
from parley.preferences.store import put_setting, raise_policy_version
from parley.testmode import KNOWN_ADMIN
from parley.web.description import describe
from tests.office import Office, Visitor, open_office

# What else schemathesis checks goes against the dialect: it converts what is of a wrong type, it
# answers 404 and not 405, and an id that nobody has is 400.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]
SCHEMA = schemathesis.openapi.from_dict(
    describe(ROUTES),
    config=schemathesis.Config.from_dict(
        {
            "seed": 1,
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
            "generation": {
                "max-examples": 6,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
                "with-security-parameters": False,
            },
            "phases": {"coverage": {"unexpected-methods": []}},
        }
    ),
)
# Not all of them: some could point our mail at a server that does not answer.
SETTINGS = ["Livechat_title", "Livechat_enabled", "API_Default_Count", "Hide_System_Messages", "no"]
ALWAYS_OPEN = "Livechat_accept_chats_with_no_agents"

Case = schemathesis.Case[Any]
Known = dict[str, list[str]]


class Scene(NamedTuple):
    portal: BlockingPortal
    office: Office
    people: list[Doc]
    visitors: list[Visitor]
    known: Known


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    path = tmp_path_factory.mktemp("described")
    with start_blocking_portal() as portal:
        db = portal.call(open_database, f"sqlite:///{path}/parley.db")
        with portal.wrap_async_context_manager(open_office(db)) as office:
            visitors, known = portal.call(populate, office)
            yield Scene(portal, office, portal.call(db.read, everybody), visitors, known)
        portal.call(db.close)


async def everybody(q: Reader) -> list[Doc]:
    return [decode(row[0]) for row in await q.rows("SELECT doc FROM users ORDER BY id")]


async def populate(office: Office) -> tuple[list[Visitor], Known]:
    await office.setting(ALWAYS_OPEN, True)
    agents = [await office.agent(), await office.agent("livechat-manager")]
    people = [*agents, *[await office.person() for _ in range(3)]]
    department = await office.department(*agents, showOnRegistration=True)
    visitors = [await office.visitor(name="Maria"), await office.visitor()]
    past = (await visitors[0].room())["_id"]
    await visitors[0].say(past, "hello https://open.example")
    await visitors[0].close(past)
    rooms = [(await visitor.room())["_id"] for visitor in visitors]
    await visitors[0].say(rooms[0], "hello again")
    ids = [person.user_id for person in people]
    names = [(await person.get("me"))["username"] for person in people]
    departments = [department["_id"]]
    roles = ["livechat-agent", "user", "bot"]
    return visitors, {
        "token": [visitor.token for visitor in visitors],
        "visitorId": [visitor.id for visitor in visitors],
        "rid": rooms,
        "roomId": rooms,
        "channel": rooms,
        "userId": ids,
        "agentId": ids,
        "username": [*names, "new.comer"],
        "user": names,
        "name": ["Somebody"],
        "email": ["somebody@office.example"],
        "department": departments,
        "departmentId": departments,
        "excludeDepartmentId": departments,
        "fallbackForwardDepartment": departments,
        "type": ["agent", "manager"],
        "roleId": roles,
        "roles": roles,
        "role": roles,
        "_id": [*SETTINGS, "view-l-room"],
        "value": ["new"],
        "expiresAt": ["2099-01-01T00:00:00.000Z"],
        "sort": ['{"ts":1}', '{"name":-1}', ""],
        "count": ["1", "0", "100"],
        "offset": ["0", "1"],
    }


@SCHEMA.parametrize()
def test_a_person_is_answered_as_described(case: Case, scene: Scene) -> None:
    ask(case, "", scene)


@SCHEMA.include(lambda context: open_to_all(context.operation)).parametrize()
def test_nobody_is_answered_as_described(case: Case, scene: Scene) -> None:
    ask(case, "nobody", scene)


def test_nobody_is_answered_401_by_the_others(scene: Scene) -> None:
    nobody = scene.office.nobody
    for route in ROUTES:
        if route.permissions is not None:
            path = route.path.removeprefix("/api/v1/").replace("/:", "/")
            answer = scene.portal.call(nobody.call, route.method, path)
            assert answer.status_code == 401, f"{route.method} {path}"


def open_to_all(operation: Any) -> bool:
    return {} in operation.definition.raw["security"]


def ask(case: Case, who: str, scene: Scene) -> None:
    # Thrown for each case anew, so that it is the same whichever tests run.
    made_up = (who, case.method, case.path, case.path_parameters, case.query, case.body)
    dice = Random(repr(made_up))
    if case.method != "GET" and dice.random() < 0.4:
        # Of a body, every way of being wrong is made up, 70 calls of it; most end in one check.
        return
    # What the admin's calls do not show is a 403, and few calls show it.
    who = who or ("agent" if dice.random() < 0.3 else "admin")
    if dice.random() < 0.6:
        turn = dice.randrange(12)
        case.path_parameters = filled(case.path_parameters, scene.known, dice, turn)
        case.query = filled(case.query, scene.known, dice, turn)
        case.body = filled(case.body, scene.known, dice, turn)
    if case.path.endswith("/livechat/events") and isinstance(case.query, dict | None):
        # Or it would be listening still.
        case.query = {**(case.query or {}), "wait": 0}
    case.validate_response(scene.portal.call(answer, scene, who, prepared(case)))


def filled(value: Any, known: Known, dice: Random, turn: int, key: str = "") -> Any:
    """With names that exist, of things that belong together, nearly wherever one is asked for."""
    if isinstance(value, dict):
        # With a kind of its own, a message is refused before anything else is looked at.
        return {k: filled(part, known, dice, turn, k) for k, part in value.items() if k != "t"}
    if isinstance(value, list):
        return [filled(part, known, dice, turn, key) for part in value]
    if key in known and dice.random() < 0.9:
        return known[key][turn % len(known[key])]
    return value


def prepared(case: Case) -> requests.PreparedRequest:
    kwargs = case.as_transport_kwargs(base_url="http://office")
    names = ("method", "url", "headers", "params", "data", "json", "files")
    return requests.Request(**{name: kwargs.get(name) for name in names}).prepare()


async def answer(scene: Scene, who: str, request: requests.PreparedRequest) -> httpx.Response:
    headers: Any = {**request.headers}
    if who != "nobody":
        # For each call anew: some calls end the login that they are made with.
        user_id = KNOWN_ADMIN if who == "admin" else scene.known["agentId"][0]
        token = await scene.office.db.act(issue_token, user_id, 1)
        headers |= {"X-Auth-Token": token, "X-User-Id": user_id}
    body: Any = request.body
    method, url = str(request.method), str(request.url)
    found = await scene.office.http.request(method, url, headers=headers, content=body)
    if found.status_code == 200 and method != "GET":
        await mend(scene)
    return found


async def mend(scene: Scene) -> None:
    """Undoes what a call did, where the next ones would be refused for it alone."""
    await scene.office.db.act(as_before, scene.people)
    for n, visitor in enumerate(scene.visitors):
        scene.known["rid"][n] = (await visitor.room())["_id"]


async def as_before(tx: Tx, people: list[Doc]) -> None:
    for person in people:
        if await find(tx, "users", person["_id"]) is None:
            await insert_user(tx, dict(person), None)
        else:
            await save(tx, "users", dict(person))
    await tx.rows("DELETE FROM permissions")
    await tx.rows("DELETE FROM settings")
    await put_setting(tx, ALWAYS_OPEN, True)
    await raise_policy_version(tx)
