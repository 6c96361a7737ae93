"""Who may see what of whom: single people, lists, roles, presence."""

from typing import Any

import pytest

from parley.clock import later, now
from parley.db import Tx
from parley.db.documents import insert
from tests.office import Client, Json, Office

NO_PERMISSION = (
    403,
    {
        "success": False,
        "error": "User does not have the permissions required for this action [error-unauthorized]",
    },
)
UNAUTHORIZED = (403, {"success": False, "error": "unauthorized"})
PRIVATE = {"emails", "roles", "createdAt", "lastLogin", "statusDefault", "_updatedAt"}
NOBODY = 'The required "userId" or "username" param provided does not match any users'


def coded(code: str, reason: str = "", **more: Any) -> tuple[int, Json]:
    error = f"{reason} [{code}]" if reason else f"[{code}]"
    return 400, {"success": False, "error": error, "errorType": code, **more}


def plain(error: str) -> tuple[int, Json]:
    return 400, {"success": False, "error": error}


async def test_what_of_whom_is_shown(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.person(username="ben")
    await ann.post("users.setStatus", status="busy", message="in a call")
    me = (await ann.get("users.info", userId=ann.user_id))["user"]
    assert me["canViewAllInfo"] is True
    assert me.keys() >= PRIVATE
    assert me["emails"] == [{"address": "ann@office.example", "verified": False}]

    seen = (await ben.get("users.info", username="ANN", includeUserRooms="true"))["user"]
    assert seen == {
        "_id": ann.user_id,
        "username": "ann",
        "name": "Ann",
        "type": "user",
        "active": True,
        "status": "busy",
        "statusText": "in a call",
        "statusLivechat": "available",
        "canViewAllInfo": False,
    }
    by_mail = {"email": "Ann@Office.example"}
    assert await ben.refused("GET", "users.info", params=by_mail) == plain("User not found.")
    await office.grant("view-full-other-user-info", "user")
    assert (await ben.get("users.info", **by_mail))["user"] == me
    assert (await ben.get("users.info", username="ann"))["user"] == me

    nobody = plain("User not found.")
    for query in ({"userId": "x"}, {"username": "x"}, {"email": "x"}, {"importId": "x"}):
        assert await ben.refused("GET", "users.info", params=query) == nobody
    empty = plain("Invalid search query.")
    assert await ben.refused("GET", "users.info", params={"userId": ""}) == empty
    status, body = await ben.refused("GET", "users.info")
    assert (status, body["error"].splitlines()[-1]) == (400, " must match a schema in anyOf")
    both = {"userId": ann.user_id, "username": "ann"}
    assert (await ben.refused("GET", "users.info", params=both))[0] == 400
    assert (await office.nobody.refused("GET", "users.info", params=both))[0] == 401


async def test_the_list_of_people(office: Office) -> None:
    ann = await office.person(username="ann")
    for n, name in enumerate(["Zoé", "ärger", "Zack"]):
        await office.person(username=f"P{n}")
        await office.admin.post(
            "users.update", userId=await id_of(office, f"p{n}"), data={"name": name}
        )
    everybody = await office.admin.get("users.list")
    names = [user["username"] for user in everybody["users"]]
    assert names == ["ann", "P0", "P1", "P2", "rocketchat.internal.admin.test"]
    assert (everybody["count"], everybody["offset"], everybody["total"]) == (5, 0, 5)
    assert all(user.keys() >= {"emails", "roles"} for user in everybody["users"])
    for user in (await ann.get("users.list"))["users"]:
        assert (user.keys() >= PRIVATE) == (user["username"] == "ann")

    page = await ann.get("users.list", count=2, offset=1, sort='{"username":-1}')
    assert [user["username"] for user in page["users"]] == ["P2", "P1"]
    by_name = (await ann.get("users.list", sort='{"name":1}'))["users"]
    assert [user["name"] for user in by_name] == [
        *["Ann", "Zack", "Zoé"],
        *["rocketchat.internal.admin.test", "ärger"],
    ]
    await office.admin.post(
        "users.setActiveStatus", userId=await id_of(office, "p2"), activeStatus=False
    )
    for sort in ('{"status":1,"username":1}', '{"active":1}'):
        assert (await ann.get("users.list", sort=sort))["users"][0]["username"] == "P2"
    for sort in ("createdAt", "lastLogin", "_id"):
        assert (await ann.get("users.list", sort=f'{{"{sort}":-1}}'))["total"] == 5
    assert (await ann.refused("GET", "users.list", params={"sort": '{"emails":1}'}))[0] == 400

    found = await office.admin.get("users.list", email="P1@office.EXAMPLE")
    assert [user["username"] for user in found["users"]] == ["P1"]
    by_mail = {"params": {"email": "p1@office.example"}}
    assert await ann.refused("GET", "users.list", **by_mail) == UNAUTHORIZED
    await office.grant("view-d-room", "admin")
    assert await ann.refused("GET", "users.list") == NO_PERMISSION


async def id_of(office: Office, username: str) -> str:
    return str((await office.admin.get("users.info", username=username))["user"]["_id"])


async def test_status_and_presence(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.person(username="ben")
    mine = await ann.get("users.getStatus")
    online = {"_id": ann.user_id, "status": "online", "success": True}
    assert mine == online | {"connectionStatus": "offline"}
    for whom in ({"userId": ann.user_id}, {"username": "ann"}, {"user": "Ann"}):
        assert await ben.get("users.getStatus", **whom) == online
        assert await ben.get("users.getPresence", **whom) == {"presence": "online", "success": True}
    own = await ann.get("users.getPresence", userId=ann.user_id)
    assert own.keys() == {"presence", "connectionStatus", "lastLogin", "success"}
    for path in ("users.getStatus", "users.getPresence"):
        refused = await ben.refused("GET", path, params={"username": "nobody"})
        assert refused == coded("error-invalid-user", NOBODY)

    there = await ben.get("users.presence")
    shown = {"_id": ann.user_id, "username": "ann", "name": "Ann", "status": "online"}
    assert there == {"users": [shown], "full": True, "success": True}
    both = f"{ben.user_id},{ann.user_id}, x"
    for ids in (both, both.split(",")):
        some = await ben.get("users.presence", ids=ids)
        assert [user["username"] for user in some["users"]] == ["ann", "ben"]
        assert some["full"] is False
    before = now()
    assert (await ben.get("users.presence", **{"from": before}))["users"] == []
    await ben.post("users.setStatus", status="away")
    since = await ben.get("users.presence", **{"from": later(before, seconds=-0.001)})
    assert [user["username"] for user in since["users"]] == ["ben"]
    refused = await ben.refused("GET", "users.presence", params={"from": "soon"})
    text = 'The "from" query parameter must be a valid date.'
    assert refused == coded("error-invalid-date", text)


async def test_roles_and_who_holds_them(office: Office) -> None:
    ann = await office.person("livechat-agent", username="ann")
    await office.person("livechat-agent", "bot", username="ben")
    plain_user = await office.person(username="carl")
    roles = {role["_id"]: role for role in (await plain_user.get("roles.list"))["roles"]}
    assert len(roles) == 13
    assert roles["admin"] == {
        "_id": "admin",
        "name": "admin",
        "description": "Admin",
        "protected": True,
        "scope": "Users",
        "mandatory2fa": False,
    }
    path = "roles.getUsersInRole"
    agents = await office.admin.get(path, role="livechat-agent", count=1, offset=1)
    assert (agents["count"], agents["offset"], agents["total"]) == (1, 1, 2)
    assert agents["users"][0]["username"] == "ben"
    assert (await office.admin.get(path, role="owner", roomId="r"))["users"] == []
    unknown = coded("error-invalid-roleId")
    assert await office.admin.refused("GET", path, params={"role": "agent"}) == unknown
    text = 'Query param "role" is required'
    empty = coded("error-param-not-provided", text)
    assert await office.admin.refused("GET", path, params={"role": ""}) == empty
    assert await ann.refused("GET", path, params={"role": "admin"}) == NO_PERMISSION
    await office.grant("access-permissions", "admin", "livechat-agent")
    in_room = {"role": "owner", "roomId": "r"}
    assert await ann.refused("GET", path, params=in_room) == UNAUTHORIZED
    assert (await ann.get(path, role="user"))["total"] == 3

    public = (await plain_user.get("roles.getUsersInPublicRoles"))["users"]
    assert [(user["username"], user["roles"]) for user in public] == [
        ("ann", ["livechat-agent"]),
        ("ben", ["livechat-agent", "bot"]),
        ("rocketchat.internal.admin.test", ["admin"]),
    ]


async def test_permissions_since_a_date(office: Office) -> None:
    person = await office.person()
    everything = (await person.get("permissions.listAll"))["update"]
    assert len(everything) == 194
    newest = max(grant["_updatedAt"] for grant in everything)
    await office.grant("view-l-room", "admin")
    changed = await person.get("permissions.listAll", updatedSince=newest)
    assert changed["remove"] == []
    assert [(g["_id"], g["roles"]) for g in changed["update"]] == [("view-l-room", ["admin"])]
    wrong = {"params": {"updatedSince": "yesterday"}}
    text = 'The "updatedSince" query parameter must be a valid date.'
    refused = await person.refused("GET", "permissions.listAll", **wrong)
    assert refused == coded("error-roomId-param-invalid", text)
    assert (await office.nobody.refused("GET", "permissions.listAll"))[0] == 401


@pytest.mark.parametrize("path", ["users.presence", "roles.getUsersInPublicRoles"])
async def test_lists_without_pages_end_somewhere(sqlite_office: Office, path: str) -> None:
    office = sqlite_office

    async def crowd(tx: Tx) -> None:
        for n in range(1100):
            user: Json = {"_id": f"u{n}", "username": f"u{n}", "name": "U", "type": "user"}
            user |= {"roles": ["bot"], "active": True, "status": "away"}
            await insert(tx, "users", user, username_key=f"u{n}", email_key=None)

    await office.db.act(crowd)
    assert len((await office.admin.get(path))["users"]) == 1000


async def test_logging_out(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.person(username="ben")
    again = await office.login("ann", ann.password)
    refused = await ben.refused("POST", "users.logout", json={"userId": ann.user_id})
    assert refused == UNAUTHORIZED
    answer = await again.post("users.logout")
    assert answer["message"] == f"User {ann.user_id} has been logged out!"
    await gone(ann, again)
    # Whoever is out is not there: as after a logout, until they are back.
    shown = (await office.admin.get("users.info", username="ann"))["user"]
    assert (shown["status"], shown["statusLivechat"]) == ("offline", "not-available")

    back = await office.login("ann", ann.password)
    token = (await back.post("users.generatePersonalAccessToken", tokenName="ci"))["token"]
    await office.admin.post("users.logout", userId=ann.user_id)
    await gone(back, Client(office.http, back.headers | {"X-Auth-Token": token}))
    (entry,) = (await office.admin.get("audit.events", t="user.logged-out"))["events"]
    assert entry["target"]["name"] == "ann"
    missing = await office.admin.refused("POST", "users.logout", json={"userId": "x"})
    assert missing == coded("error-invalid-user", NOBODY)


async def gone(*clients: Client) -> None:
    for client in clients:
        assert (await client.refused("GET", "me"))[0] == 401
