"""A walk through the whole API: each route is called once at least, and does its work.

A new route gets its call here, and a line in `budgets.toml`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import httpx
import pyotp
import pytest

from parley.app import ROUTES
from parley.web.trie import Trie
from tests.clock import Clock
from tests.office import Client, Office, Visitor

Counted = dict[str, int]
"""The most SQL statements of a request, by `GET /api/v1/…`."""


@asynccontextmanager
async def counting(office: Office) -> AsyncIterator[Counted]:
    """What requests cost meanwhile. They must come one after another."""
    trie, counted, before = Trie(), dict[str, int](), [0]
    for route in ROUTES:
        trie.add(route.method, route.path, f"{route.method} {route.path}")

    async def begin(request: httpx.Request) -> None:
        before[0] = office.db.statements

    async def end(response: httpx.Response) -> None:
        request = response.request
        found = trie.find(request.method, request.url.raw_path.partition(b"?")[0])
        if found is not None:
            await response.aread()
            assert response.status_code == 200, (request, response.text)
            spent = office.db.statements - before[0]
            counted[found[0]] = max(spent, counted.get(found[0], 0))

    hooks = office.http.event_hooks
    hooks["request"].append(begin)
    hooks["response"].insert(0, end)
    yield counted
    hooks["request"].remove(begin)
    hooks["response"].remove(end)


async def policy_read(office: Office) -> None:
    """What follows a changed setting or permission reads it anew; OPTIONS is of no route."""
    await office.http.request("OPTIONS", "/api/v1/me")


async def walk(office: Office, clock: Clock, patch: pytest.MonkeyPatch, round: int) -> None:
    await settings(office)
    await conversations(office)
    await room_acts(office)
    await people(office, f"round{round}")
    await passwords(office, patch)
    await second_factors(office, clock)


async def settings(office: Office) -> None:
    admin = office.admin
    await admin.post("settings", settings=[{"_id": "Site_Name", "value": "Office"}])
    await policy_read(office)
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await policy_read(office)
    await office.grant("view-logs", "admin")
    await policy_read(office)
    await admin.get("settings")
    await admin.get("settings/Site_Name")
    await office.nobody.get("settings.public")
    await admin.get("permissions.listAll")
    await admin.get("audit.events")
    await admin.get("jobs.list")


async def conversations(office: Office) -> None:
    anna = await office.agent()
    await anna.post("livechat/agent.status", status="available")
    department = await office.department(anna, showOnRegistration=True)
    await office.admin.get("livechat/department")
    others = [await office.visitor(department=department["_id"]) for _ in range(2)]
    visitor = await office.visitor(name="Maria", email="maria@shop.example", phone="1")
    await office.nobody.get(f"livechat/visitor/{visitor.token}")
    await visitor.close((await visitor.room())["_id"])
    for one in (visitor, *others):
        await chat(office, one, anna)
    await anna.post("users.setStatus", status="offline")  # or the next walk's chats are hers


async def chat(office: Office, visitor: Visitor, anna: Client) -> None:
    room = (await visitor.room())["_id"]
    assert (await visitor.room())["_id"] == room
    await visitor.say(room, "hi")
    await visitor.say(room, "are you there? https://shop.example")
    await anna.post("chat.sendMessage", message={"rid": room, "msg": "hello"})
    await anna.post("chat.postMessage", roomId=room, text="hello again")
    await office.nobody.get(f"livechat/messages.history/{room}", token=visitor.token)
    await anna.get("rooms.info", roomId=room)
    first = await office.history(anna, room, visitor.id, count=1)
    await office.history(anna, room, visitor.id, count=1, offset=1)
    await office.history(anna, room, visitor.id, offset=1000)
    if "cursor" in first:
        await office.history(anna, room, visitor.id, count=1, cursor=first["cursor"]["next"])
    await anna.post("livechat/room.closeByUser", rid=room, comment="bye")


async def room_acts(office: Office) -> None:
    admin, nobody, anna, ben = office.admin, office.nobody, *[await office.agent() for _ in "ab"]
    departments = [(await office.department(anna, ben))["_id"] for _ in range(3)]
    gone = await office.visitor(department=departments[0])
    await gone.close((await gone.room())["_id"])
    visitor, other = [await office.visitor(email="maria@shop.example") for _ in range(2)]
    await nobody.get("livechat/room", token=visitor.token, agentId=anna.user_id)
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hi")
    await admin.get("livechat/room.join", roomId=room)
    await visitor.say(room, "who is there?")
    await anna.post("chat.sendMessage", message={"rid": room, "msg": "we"})
    await admin.post("livechat/room.forward", roomId=room, userId=ben.user_id)
    await admin.post("livechat/room.forward", roomId=room, departmentId=departments[0])
    moved = {"token": visitor.token, "rid": room}
    await nobody.post("livechat/visitor/department.transfer", **moved, department=departments[1])
    await nobody.post("livechat/room.transfer", **moved, department=departments[2])
    await admin.get(f"livechat/transfer.history/{room}")
    guest, noted = {"_id": visitor.id, "name": "Maria"}, {"_id": room, "topic": "?", "tags": ["a"]}
    await admin.post("livechat/room.saveInfo", guestData=guest, roomData=noted)
    change = {"rid": room, "oldVisitorId": visitor.id, "newVisitorId": other.id}
    await admin.call("PUT", "livechat/room.visitor", json=change)
    await read_rooms(admin, room)
    await transcripts(office, other, room)
    answers = [{"name": "satisfaction", "value": "5"}]
    await nobody.post("livechat/room.survey", token=other.token, rid=room, data=answers)
    await admin.post("livechat/rooms.delete", roomId=room)
    await admin.post("livechat/rooms.removeAllClosedRooms", departmentIds=departments)
    for person in (anna, ben):
        await person.post("users.setStatus", status="offline")


async def read_rooms(person: Client, room: str) -> None:
    await person.get("livechat/rooms", open="true", roomName="m")
    await person.get("livechat/rooms/filters")
    await person.get("rooms.get", updatedSince="2020-01-01")
    await person.get("subscriptions.get", updatedSince="2020-01-01")
    await person.get("subscriptions.getOne", roomId=room)
    await person.post("subscriptions.read", rid=room)
    await person.get("channels.info", roomId=room)
    await person.get("channels.messages", roomId=room)
    await person.get("channels.history", roomId=room)


async def transcripts(office: Office, visitor: Visitor, room: str) -> None:
    for name, value in (("SMTP_Host", "mail.example"), ("From_Email", "office@office.example")):
        await office.setting(name, value)
    await policy_read(office)
    where = {"email": "maria@shop.example", "subject": "What we said"}
    await office.admin.post(f"livechat/transcript/{room}", **where)
    await office.admin.call("DELETE", f"livechat/transcript/{room}")
    await office.admin.post(f"livechat/transcript/{room}", **where)
    mine = {"token": visitor.token, "rid": room, "email": "maria@shop.example"}
    await office.nobody.post("livechat/transcript", **mine)
    await visitor.close(room)


async def people(office: Office, name: str) -> None:
    admin, person = office.admin, await office.person(username=name)
    await admin.post("livechat/users/agent", username=name)
    await person.get("me")
    await person.get("users.info", username=name)
    await admin.get("users.list")
    await person.get("users.getStatus")
    await person.get("users.getPresence", username=name)
    await person.get("users.presence")
    await person.get("users.presence", ids=person.user_id)
    await person.post("users.setStatus", status="online")
    await person.post("users.setPreferences", data={"language": "en"})
    await person.get("users.getPreferences")
    await person.get("roles.list")
    await admin.get("roles.getUsersInRole", role="admin")
    await person.get("roles.getUsersInPublicRoles")
    await admin.post("roles.addUserToRole", username=name, roleId="livechat-manager")
    await admin.post("roles.removeUserFromRole", username=name, roleId="livechat-manager")
    await admin.post("users.update", userId=person.user_id, data={"name": "Ada", "roles": ["user"]})
    await tokens(await office.login(name, person.password))
    await (await office.login(name, person.password)).post("logout")
    await (await office.login(name, person.password)).get("logout")
    await admin.post("users.logout", userId=person.user_id)
    await serving(await office.login(name, person.password), office)


async def serving(person: Client, office: Office) -> None:
    """Whoever goes leaves their chats: with one of them."""
    admin, name = office.admin, person.password.removeprefix("password of ")
    for act in ("users.setActiveStatus", "users.delete"):
        await admin.post("livechat/users/agent", username=name)
        person = await office.login(name, person.password)
        await person.post("users.setStatus", status="online")
        visitor = await office.visitor()
        await office.nobody.get("livechat/room", token=visitor.token, agentId=person.user_id)
        if act == "users.delete":
            await admin.post(act, userId=person.user_id)
            continue
        await admin.post(act, userId=person.user_id, activeStatus=False)
        await admin.post(act, userId=person.user_id, activeStatus=True)


async def tokens(person: Client) -> None:
    await person.post("users.generatePersonalAccessToken", tokenName="bot")
    await person.post("users.regeneratePersonalAccessToken", tokenName="bot")
    await person.get("users.getPersonalAccessTokens")
    await person.post("users.removePersonalAccessToken", tokenName="bot")
    await person.post("users.removeOtherTokens")


async def passwords(office: Office, patch: pytest.MonkeyPatch) -> None:
    sent: list[EmailMessage] = []
    patch.setattr("parley.mail.send_soon", lambda settings, message: sent.append(message))
    for name, value in (("SMTP_Host", "mail.example"), ("From_Email", "office@office.example")):
        await office.setting(name, value)
    await office.setting("Site_Url", "http://office")
    await policy_read(office)
    person = await office.person()
    change = {"newPassword": "another", "currentPassword": person.password, "bio": "Engine"}
    await person.post("users.updateOwnBasicInfo", data=change)
    email = (await person.get("me"))["emails"][0]["address"]
    await office.nobody.post("users.forgotPassword", email=email)
    token = sent[0].get_content().partition("/reset-password/")[2].split()[0]
    await office.nobody.post("users.resetPassword", token=token, newPassword="new")


async def second_factors(office: Office, clock: Clock) -> None:
    person = await office.person()
    proposed = await person.post("users.2fa.enableTOTP")
    totp = pyotp.TOTP(proposed["secret"])

    def code() -> str:
        clock.wait(seconds=30)
        return totp.at(clock.at)

    await person.post("users.2fa.validateTOTP", code=code())
    await person.get("users.2fa.status")
    shown: dict[str, Any] = {"headers": {"x-2fa-code": code()}, "json": {"tokenName": "bot"}}
    await person.call("POST", "users.generatePersonalAccessToken", **shown)
    name = person.password.removeprefix("password of ")
    await office.nobody.post("login", user=name, password=person.password, code=code())
    await person.post("users.2fa.regenerateCodes", code=code())
    await person.post("users.2fa.disableTOTP", code=code())
    await office.admin.post("users.resetTOTP", userId=person.user_id)
