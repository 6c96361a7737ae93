"""Deactivating and deleting people: their access, their chats, what stays of them."""

import asyncio
from typing import Any

from parley.conversations.leaving import finish_leaving
from parley.db import Tx
from parley.db.documents import find, save
from parley.rooms.store import insert_subscription
from tests.office import Client, Json, Office, Visitor

LAST = "Leaving the app without admins is not allowed [error-action-not-allowed]"


async def chats(office: Office, amount: int, **fields: Any) -> list[tuple[Visitor, str]]:
    """So many visitors, each in a chat with a message."""
    found = []
    for n in range(amount):
        visitor = await office.visitor(name=f"Visitor {n}", **fields)
        room = (await visitor.room())["_id"]
        await visitor.say(room, "hello")
        found.append((visitor, room))
    return found


async def shelf(office: Office, visitor: Visitor, room: str) -> Json:
    (only,) = (await office.history(office.admin, room, visitor.id))["history"]
    return dict(only)


async def messages(office: Office, visitor: Visitor, room: str) -> list[Json]:
    path = f"livechat/messages.history/{room}"
    answer = await office.nobody.get(path, token=visitor.token, limit=100)
    found: list[Json] = answer["messages"]
    return found


async def deactivate(office: Office, person: Client) -> Json:
    return await office.admin.post(
        "users.setActiveStatus", userId=person.user_id, activeStatus=False
    )


async def entries(office: Office, kind: str) -> list[Json]:
    found: list[Json] = (await office.admin.get("audit.events", t=kind))["events"]
    return found


async def rows(office: Office, sql: str, *args: Any) -> list[Any]:
    return [row[0] for row in await office.db.read(lambda q: q.rows(sql, *args))]


async def test_deactivating_an_agent_closes_their_chats(office: Office) -> None:
    ann = await office.agent(username="ann")
    (old,) = await chats(office, 1)
    await old[0].close(old[1])
    open_chats = await chats(office, 2)
    before = {room: await shelf(office, visitor, room) for visitor, room in open_chats}
    past = await shelf(office, *old)
    token = (await ann.post("users.generatePersonalAccessToken", tokenName="ci"))["token"]

    answer = await deactivate(office, ann)
    assert answer == {"user": {"_id": ann.user_id, "active": False}, "success": True}

    for headers in (ann.headers, ann.headers | {"X-Auth-Token": token}):
        assert (await Client(office.http, headers).refused("GET", "me"))[0] == 401
    body = {"user": "ann", "password": ann.password}
    status, found = await office.nobody.refused("POST", "login", json=body)
    assert (status, found["error"]) == (401, "error-user-is-not-activated")
    user = (await office.admin.get("users.info", username="ann"))["user"]
    assert (user["active"], user["status"], user["statusLivechat"]) == (
        *(False, "offline"),
        "not-available",
    )
    for visitor, room in open_chats:
        after = await shelf(office, visitor, room)
        said = await messages(office, visitor, room)
        closing = said[0]
        assert (closing["t"], closing["msg"]) == ("livechat-close", "Agent deactivated")
        assert closing["u"] == {"_id": ann.user_id, "username": "ann", "name": "Ann"}
        assert (after["closer"], after["closedBy"]) == (
            "user",
            {"_id": ann.user_id, "username": "ann"},
        )
        assert "open" not in after
        assert after["msgs"] == before[room]["msgs"] + 2
        assert after["usersCount"] == before[room]["usersCount"] - 1
        assert after["servedBy"] == before[room]["servedBy"]
        assert await rows(office, "SELECT id FROM subscriptions WHERE room_id = $1", room) == []
        assert await rows(office, "SELECT id FROM inquiries WHERE room_id = $1", room) == []
    assert await shelf(office, *old) == past
    (entry,) = await entries(office, "user.deactivated")
    assert (entry["target"]["name"], entry["actor"]["_id"]) == ("ann", office.admin.user_id)

    await deactivate(office, ann)
    assert len(await entries(office, "user.deactivated")) == 1
    back = {"userId": ann.user_id, "activeStatus": True}
    assert (await office.admin.post("users.setActiveStatus", **back))["user"]["active"] is True
    again = await office.login("ann", ann.password)
    # Ready for chats again when they say so, not because an admin let them in.
    assert (await again.get("me"))["statusLivechat"] == "not-available"
    assert len(await entries(office, "user.activated")) == 1


async def test_who_only_takes_part_leaves_without_closing(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent("livechat-manager")
    ((_, room),) = await chats(office, 1)
    served = (await office.admin.get("rooms.info", roomId=room))["room"]["servedBy"]["_id"]
    stays, goes = (ann, ben) if served == ann.user_id else (ben, ann)
    await join(office, room, goes)
    before = (await office.admin.get("rooms.info", roomId=room))["room"]

    await deactivate(office, goes)

    after = (await office.admin.get("rooms.info", roomId=room))["room"]
    moved = {"usersCount": before["usersCount"] - 1, "_updatedAt": after["_updatedAt"]}
    assert after == before | moved
    who = await rows(office, "SELECT user_id FROM subscriptions WHERE room_id = $1", room)
    assert who == [stays.user_id]


async def join(office: Office, room_id: str, person: Client) -> None:
    """The person takes part in the room, as no call can bring about yet."""

    async def act(tx: Tx) -> None:
        room = await find(tx, "rooms", room_id)
        assert room is not None
        agent = {"_id": person.user_id, "username": "joined"}
        assert await insert_subscription(tx, room, agent)
        await save(tx, "rooms", room | {"usersCount": room["usersCount"] + 1})

    await office.db.act(act)


async def test_a_crash_between_leaves_nothing_open_for_long(office: Office) -> None:
    ann = await office.agent(username="ann")
    left = await chats(office, 2)
    # As if the server had died when ann was out, before her chats were closed.
    await office.patch("users", ann.user_id, active=False)
    await finish_leaving(office.db)
    for visitor, room in left:
        assert "open" not in await shelf(office, visitor, room)
        assert (await messages(office, visitor, room))[0]["msg"] == "Agent deactivated"
    await finish_leaving(office.db)


async def test_the_last_admin_stays(office: Office) -> None:
    admin = office.admin
    ben = await office.person("admin", username="ben")
    await office.person("admin", username="out")
    out = (await admin.get("users.info", username="out"))["user"]["_id"]
    await admin.post("users.setActiveStatus", userId=out, activeStatus=False)
    await deactivate(office, ben)
    me = {"userId": admin.user_id}
    for path, body in [
        ("users.setActiveStatus", me | {"activeStatus": False}),
        ("users.update", me | {"data": {"active": False}}),
        ("users.delete", me),
    ]:
        assert (await admin.refused("POST", path, json=body))[1]["error"] == LAST
    needed = "You need to have at least one admin [error-admin-required]"
    for path, body in [
        ("users.update", me | {"data": {"roles": ["user"]}}),
        ("roles.removeUserFromRole", {"username": admin.user_id, "roleId": "admin"}),
    ]:
        assert (await admin.refused("POST", path, json=body))[1]["error"] == needed
    # Of a refused call nothing is kept.
    body = me | {"data": {"name": "Nobody", "active": False}}
    assert (await admin.refused("POST", "users.update", json=body))[1]["error"] == LAST
    assert (await admin.get("me"))["name"] == admin.user_id

    await admin.post("users.setActiveStatus", userId=ben.user_id, activeStatus=True)
    await admin.post("users.delete", userId=admin.user_id)
    assert (await admin.refused("GET", "me"))[0] == 401


async def test_two_admins_cannot_put_each_other_out(office: Office) -> None:
    ben = await office.person("admin", username="ben")
    pair = ((office.admin, ben), (ben, office.admin))
    answers = await asyncio.gather(
        *[
            one.call(
                "POST",
                "users.setActiveStatus",
                json={"userId": other.user_id, "activeStatus": False},
            )
            for one, other in pair
        ]
    )
    # The second is refused, or has already lost the session to ask with.
    assert sorted(answer.status_code for answer in answers)[0] == 200
    active = "SELECT count(*) FROM users WHERE active"
    assert await rows(office, active) == [1]


async def test_deleting_an_agent(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    both = await office.department(ann, ben)
    hers = await office.department(ann)
    ((visitor, room),) = await chats(office, 1, department=hers["_id"])
    before = await shelf(office, visitor, room)
    said = await messages(office, visitor, room)
    await managed_by(office, visitor, ann.user_id)
    await ann.post("users.generatePersonalAccessToken", tokenName="ci")
    await ann.post("users.2fa.enableTOTP")

    answer = await office.admin.post("users.delete", username="ann", confirmRelinquish=True)
    assert answer == {"deletedRooms": [], "success": True}

    assert (await ann.refused("GET", "me"))[0] == 401
    for table in ("login_tokens", "second_factors", "password_resets", "login_addresses"):
        sql = f"SELECT user_id FROM {table} WHERE user_id = $1"
        assert await rows(office, sql, ann.user_id) == [], table
    info = {"params": {"userId": ann.user_id}}
    assert (await office.admin.refused("GET", "users.info", **info))[1]["error"] == (
        "User not found."
    )
    departments = (await office.admin.get("livechat/department"))["departments"]
    assert {d["_id"]: d["numAgents"] for d in departments} == {both["_id"]: 1, hers["_id"]: 0}
    assert await rows(office, "SELECT username FROM department_agents") == ["ben"]
    assert await rows(office, "SELECT doc ->> 'contactManager' FROM contacts") == [None]

    after = await shelf(office, visitor, room)
    assert after["v"] == before["v"] | {"status": "offline"}
    for key in ("servedBy", "departmentId", "ts", "contactId"):
        assert after[key] == before[key]
    now_said = await messages(office, visitor, room)
    assert [m for m in now_said if m in said] == said
    assert now_said[0]["u"]["name"] == "Ann"
    (entry,) = await entries(office, "user.deleted")
    assert entry["target"] == {"type": "user", "_id": ann.user_id, "name": "ann"}
    assert entry["data"] == {"roles": ["user", "livechat-agent"]}
    # The name is free, and is another person's now.
    new = await office.agent(username="ann")
    assert new.user_id != ann.user_id


async def managed_by(office: Office, visitor: Visitor, user_id: str) -> None:
    sql = "SELECT contact_id FROM visitors WHERE id = $1"
    (contact,) = await rows(office, sql, visitor.id)
    await office.patch("contacts", contact, contactManager=user_id)


async def test_what_delete_refuses(office: Office) -> None:
    ann = await office.person(username="ann")
    assert (await ann.refused("POST", "users.delete", json={"username": "ann"}))[0] == 403
    none = 'The required "userId" or "username" param was not provided'
    wrong = 'The required "userId" or "username" param provided does not match any users'
    for body, error in [
        ({}, f"{none} [error-user-param-not-provided]"),
        ({"userId": ""}, f"{none} [error-user-param-not-provided]"),
        ({"username": "x"}, f"{wrong} [error-invalid-user]"),
        ({"userId": "x"}, f"{wrong} [error-invalid-user]"),
    ]:
        assert (await office.admin.refused("POST", "users.delete", json=body))[1]["error"] == error
    path, nobody = "users.setActiveStatus", {"userId": "x", "activeStatus": False}
    assert (await ann.refused("POST", path, json=nobody))[0] == 403
    invalid = "Invalid user [error-invalid-user]"
    assert (await office.admin.refused("POST", path, json=nobody))[1]["error"] == invalid
