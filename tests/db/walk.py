"""A walk through the whole API: each route is called once at least, and does its work.

A new route gets its call here, and a line in `budgets.toml`.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import httpx
import pyotp
import pytest

from parley.accounts.reset_mail import KIND as PASSWORD_RESET
from parley.app import ROUTES
from parley.integrations.receiver import Outcome
from parley.jobs import Worker
from parley.web.trie import Trie
from parley.work import JOBS
from tests.clock import Clock
from tests.forms import form
from tests.office import Client, Office, Visitor

Counted = dict[str, int]
"""The most SQL statements of a request, by `GET /api/v1/…`."""


@asynccontextmanager
async def counting(office: Office, clock: Clock) -> AsyncIterator[Counted]:
    """What requests cost meanwhile. They must come one after another."""
    trie, counted, before = Trie(), dict[str, int](), [0]
    for route in ROUTES:
        trie.add(route.method, route.path, f"{route.method} {route.path}")

    async def begin(request: httpx.Request) -> None:
        # Messages of one moment may have to look for a place in the index.
        clock.wait(milliseconds=1)
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
    await visitors(office)
    await room_acts(office)
    await queue(office)
    await people(office, f"round{round}")
    await passwords(office, patch)
    await second_factors(office, clock)
    await contacts(office)
    await business_hours(office)
    await widget(office)
    await webhooks(office, patch)
    await team(office)


async def widget(office: Office) -> None:
    admin = office.admin
    action = {"name": "send-message", "params": {"sender": "queue", "msg": "hi"}}
    trigger = {"description": "", "enabled": True, "runOnce": True, "actions": [action]}
    trigger["conditions"] = [{"name": "chat-opened-by-visitor"}]
    for name in ("walk", "again"):
        await admin.post("livechat/triggers", name=name, **trigger)
    found = (await admin.get("livechat/triggers"))["triggers"]
    await admin.get(f"livechat/triggers/{found[0]['_id']}")
    await admin.delete(f"livechat/triggers/{found[0]['_id']}")
    await admin.get("livechat/appearance")
    look = {"_id": "Livechat_title", "value": f"of {found[0]['_id']}"}
    await admin.call("POST", "livechat/appearance", json=[look])
    await policy_read(office)
    await admin.get("livechat/integrations.settings")
    await admin.post("omnichannel/integrations", LivechatWebhookUrl="")
    await policy_read(office)


async def webhooks(office: Office, patch: pytest.MonkeyPatch) -> None:
    async def answered(*sent: Any) -> Outcome:
        return Outcome(200, "")

    patch.setattr("parley.integrations.routes.send", answered)
    await office.setting("Livechat_webhookUrl", "https://crm.example")
    await office.setting("Livechat_webhook_on_start", True)
    await policy_read(office)
    anna, visitor = await office.agent(), await office.visitor()
    await visitor.close((await visitor.room())["_id"])
    await anna.post("users.setStatus", status="offline")
    await office.admin.post("livechat/webhook.test")
    found = (await office.admin.get("livechat/webhooks.deliveries"))["deliveries"]
    await office.admin.post("livechat/webhooks.replay", _id=found[0]["_id"])
    times = {"start": "2026-01-01", "end": "2099-01-01"}
    await office.admin.post("livechat/webhooks.replay", **times)
    await office.setting("Livechat_webhookUrl", "")
    await policy_read(office)


async def team(office: Office) -> None:
    admin, anna, ben = office.admin, await office.agent(), await office.agent()
    made = await office.department(anna)
    key, other = made["_id"], (await office.department(ben))["_id"]
    name = (await ben.get("me"))["username"]
    fields = {k: made[k] for k in ("name", "email", "showOnRegistration", "showOnOfflineForm")}
    fields |= {"enabled": False, "fallbackForwardDepartment": other}
    sent = {"department": fields, "agents": [{"agentId": ben.user_id}]}
    await admin.call("PUT", f"livechat/department/{key}", json=sent)
    gone = [{"agentId": ben.user_id, "username": name}]
    seat = [{"agentId": anna.user_id, "username": "anna", "count": 1}]
    await admin.post(f"livechat/department/{key}/agents", upsert=seat, remove=gone)
    await admin.get(f"livechat/department/{key}/agents")
    await admin.get(f"livechat/department/{key}")
    for where in ("{}/archive", "{}/unarchive", "archive/{}", "unarchive/{}"):
        await admin.post("livechat/department/" + where.format(key))
    await admin.get("livechat/departments/archived")
    await admin.get("livechat/department/isDepartmentCreationAvailable")
    await admin.get("livechat/department.autocomplete", selector='{"term":"dep"}')
    await admin.get("livechat/department.listByIds", **{"ids[]": [key, other]})
    saved = {"agentId": anna.user_id, "agentData": {"maxNumberSimultaneousChat": 2}}
    await admin.post("livechat/agents.saveInfo", **saved, agentDepartments=[other])
    await admin.get(f"livechat/agents/{anna.user_id}/departments")
    await admin.get("livechat/users/agent", text="person")
    await admin.get("livechat/users/manager")
    await admin.get(f"livechat/users/agent/{anna.user_id}")
    await admin.call("DELETE", f"livechat/users/agent/{anna.user_id}")
    await admin.call("DELETE", f"livechat/users/agent/{ben.user_id}")
    await office.setting("Omnichannel_enable_department_removal", True)
    await policy_read(office)
    for each in (other, key):
        await admin.call("DELETE", f"livechat/department/{each}")


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
    await changed_messages(office, visitor, anna, room)
    await files(visitor, anna, room)
    await anna.get("rooms.info", roomId=room)
    first = await office.history(anna, room, visitor.id, count=1)
    await office.history(anna, room, visitor.id, count=1, offset=1)
    await office.history(anna, room, visitor.id, offset=1000)
    if "cursor" in first:
        await office.history(anna, room, visitor.id, count=1, cursor=first["cursor"]["next"])
    where = f"room/{room}/visitor/{visitor.id}"
    for text in ("there", "ther"):
        await anna.get(f"livechat/visitors.searchChats/{where}", searchText=text)
        await anna.get("livechat/messages.search", text=text, departmentId="none")
    await anna.post("livechat/room.closeByUser", rid=room, comment="bye")


async def changed_messages(office: Office, visitor: Visitor, anna: Client, room: str) -> None:
    await office.setting("Site_Url", "http://office")
    await office.setting("Message_KeepHistory", True)
    await policy_read(office)
    nobody, own = office.nobody, {"token": visitor.token, "rid": room}
    key = (await visitor.say(room, "hello?"))["_id"]
    for method, more in (("GET", {"params": own}), ("PUT", {"json": own | {"msg": "hello!"}})):
        await nobody.call(method, f"livechat/message/{key}", **more)
    link = f"http://office/live/{room}?msg={key}"
    answer = await anna.post("chat.sendMessage", message={"rid": room, "msg": link, "tmid": key})
    mine = answer["message"]["_id"]
    await anna.post("chat.react", messageId=mine, emoji="smile")
    await anna.post("chat.update", roomId=room, msgId=mine, text=f"look: {link}")
    await anna.get("chat.getMessage", msgId=mine)
    await anna.get("chat.syncMessages", roomId=room, lastUpdate="2001-01-01")
    await anna.get("chat.syncMessages", roomId=room, next=0, type="DELETED")
    await anna.get(f"livechat/{room}/messages", searchTerm="Ä", count=1)
    await anna.get(f"livechat/messages/{room}")
    await anna.post("method.call/sendMessage", message=frame("sendMessage", {"rid": room}))
    sent = frame("sendMessageLivechat", own | {"msg": "?"})
    await nobody.post("method.callAnon/sendMessageLivechat", message=sent)
    await anna.post("chat.delete", roomId=room, msgId=mine)
    await nobody.call("DELETE", f"livechat/message/{key}", json=own)
    await anna.post(
        "livechat/messages",
        visitor={"token": f"bridged {room}", "name": "Bridged"},
        messages=[{"msg": "hi"}],
    )


def frame(method: str, *params: Any) -> str:
    return json.dumps({"msg": "method", "method": method, "id": "1", "params": params})


async def visitors(office: Office) -> None:
    admin, nobody = office.admin, office.nobody
    anna = await office.agent()
    for scope in ("visitor", "room"):
        field = {"field": scope, "label": scope, "scope": scope, "visibility": "visible"}
        data = field | {"searchable": True, "public": True, "regexp": "^[a-z]+$"}
        await admin.post("livechat/custom-fields.save", customFieldData=data)
    await anna.get("livechat/custom-fields")
    await anna.get("livechat/custom-fields/room")
    visitor = await office.visitor(name="Maria", email="maria@shop.example", phone="1")
    page = {"title": "Shop", "change": "url", "location": {"href": "https://shop.example"}}
    for _ in range(3):
        await nobody.post("livechat/page.visited", token=visitor.token, pageInfo=page)
    await anna.get("livechat/config/routing")
    await nobody.get("livechat/agent.next/nobody")
    room = (await visitor.room())["_id"]
    await anna.get("livechat/routing.explain", roomId=room)
    await nobody.post("livechat/page.visited", token=visitor.token, rid=room, pageInfo=page)
    await anna.get(f"livechat/visitors.pagesVisited/{room}")
    own = {"token": visitor.token}
    await nobody.post("livechat/visitor.status", status="away", **own)
    call = {"callStatus": "inProgress", "callId": "1", "rid": room}
    await nobody.post("livechat/visitor.callStatus", **own, **call)
    given = [{"key": key, "value": "x", "overwrite": True} for key in ("visitor", "room")]
    await nobody.post("livechat/custom.fields", customFields=given, **own)
    await nobody.post("livechat/custom.field", **given[0], **own)
    await office.visitor(**own, name="Mary", customFields=given)
    await nobody.get("livechat/config", **own)
    await nobody.get(f"livechat/agent.info/{room}/{visitor.token}")
    await admin.get(f"livechat/visitor/{visitor.token}/room")
    await anna.get("livechat/visitors.info", visitorId=visitor.id)
    await anna.get("livechat/visitors.search", term="")
    await anna.get("livechat/visitors.search", term="mary")
    await anna.get("livechat/visitors.autocomplete", selector='{"term":"ma"}')
    await visitor.close(room)
    await nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    for scope in ("visitor", "room"):
        await admin.post("livechat/custom-fields.delete", customFieldId=scope)
    await anna.post("users.setStatus", status="offline")


async def files(visitor: Visitor, anna: Client, room: str) -> None:
    token = {"x-visitor-token": visitor.token}
    note = form({"msg": "see"}, ("note.txt", b"a note", "text/plain"))
    mine = note | {"headers": note["headers"] | token}
    await visitor.nobody.call("POST", f"livechat/upload/{room}", **mine)
    taken = (await anna.call("POST", f"rooms.media/{room}", **note)).json()["file"]["_id"]
    await anna.post(f"rooms.mediaConfirm/{room}/{taken}", msg="see")
    await anna.call("POST", f"rooms.upload/{room}", **note)


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
    for scope in ("visitor", "room"):
        field = {"field": scope, "label": scope, "scope": scope, "visibility": "visible"}
        await admin.post("livechat/custom-fields.save", customFieldData=field)
    guest = {"_id": visitor.id, "name": "Maria", "livechatData": {"visitor": "a"}}
    noted = {"_id": room, "topic": "?", "tags": ["a"], "livechatData": {"room": "a"}}
    await admin.post("livechat/room.saveInfo", guestData=guest, roomData=noted)
    for scope in ("visitor", "room"):
        await admin.post("livechat/custom-fields.delete", customFieldId=scope)
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


async def queue(office: Office) -> None:
    admin = office.admin
    await office.setting("Livechat_waiting_queue", True)
    await policy_read(office)
    anna, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hi")
    await office.nobody.get("livechat/config", token=visitor.token)
    await admin.get("livechat/inquiries.list")
    await anna.get("livechat/inquiries.queuedForUser")
    await admin.get("livechat/queue.waiting")
    inquiry = (await anna.get("livechat/inquiries.getOne", roomId=room))["inquiry"]["_id"]
    await admin.post("livechat/inquiries.take", inquiryId=inquiry, userId=anna.user_id)
    await anna.get("livechat/queue")
    await anna.post("livechat/inquiries.returnAsInquiry", roomId=room)
    await visitor.close(room)
    await anna.post("users.setStatus", status="offline")
    await office.setting("Livechat_waiting_queue", False)
    await policy_read(office)


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
    events = await person.call("GET", "livechat/events", params={"wait": 0})
    since = events.text.rpartition("id: ")[2].strip()
    await person.post("subscriptions.read", rid=room)
    await person.call("GET", "livechat/events", params={"wait": 0, "since": since})


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

    async def send(settings: Any, message: EmailMessage) -> None:
        sent.append(message)

    patch.setattr("parley.mail.send", send)
    for name, value in (("SMTP_Host", "mail.example"), ("From_Email", "office@office.example")):
        await office.setting(name, value)
    await office.setting("Site_Url", "http://office")
    await office.setting("Livechat_offline_email", "office@office.example")
    await policy_read(office)
    form = {"name": "Maria", "email": "maria@shop.example", "message": "Anybody there?"}
    await office.nobody.post("livechat/offline.message", **form)
    await office.admin.get("livechat/offline.messages", email=form["email"])
    person = await office.person()
    change = {"newPassword": "another", "currentPassword": person.password, "bio": "Engine"}
    await person.post("users.updateOwnBasicInfo", data=change)
    email = (await person.get("me"))["emails"][0]["address"]
    await office.nobody.post("users.forgotPassword", email=email)
    await Worker(office.db, {PASSWORD_RESET: JOBS[PASSWORD_RESET]}).run_what_is_due()
    token = sent[0].get_content().partition("/reset-password/")[2].split()[0]
    await office.nobody.post("users.resetPassword", token=token, newPassword="new")


async def business_hours(office: Office) -> None:
    admin, path, anna = office.admin, "livechat/business-hour", await office.agent()
    department = (await office.department(anna))["_id"]
    await office.setting("Livechat_business_hour_type", "Multiple")
    await office.setting("Livechat_enable_business_hours", True)
    await policy_read(office)
    shift = {"day": "Monday", "start": "08:00", "finish": "20:00", "open": True}
    new: dict[str, Any] = {"name": "Early", "timezoneName": "UTC", "daysOpen": ["Monday"]}
    new |= {"active": True, "type": "custom", "departmentsToApplyBusinessHour": department}
    await admin.post(f"{path}s.save", **new, workHours=[shift])
    await admin.get(path)
    hours = (await admin.get(f"{path}s", name="early"))["businessHours"]
    await admin.post(f"{path}s.save", **new, workHours=[shift], _id=hours[0]["_id"])
    await anna.post("livechat/agent.status", status="not-available")
    await anna.call("POST", "users.setStatus", json={"status": "offline"})
    await admin.post(f"{path}s.remove", _id=hours[0]["_id"], type="custom")
    await office.setting("Livechat_enable_business_hours", False)
    await policy_read(office)


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


async def contacts(office: Office) -> None:
    admin = office.admin
    name, path = "Maria Santos", "omnichannel/contacts"
    made = [
        await admin.post(path, name=name, emails=["maria@mail.example"], phones=["+351 1"])
        for _ in range(2)
    ]
    kept, other = (each["contactId"] for each in made)
    await admin.get(f"{path}.get", contactId=kept)
    await admin.get(f"{path}.search", searchText="maria")
    await admin.get(f"{path}.checkExistence", email="maria@mail.example")
    await admin.get(f"{path}.channels", contactId=kept)
    await admin.get(f"{path}.history", contactId=kept)
    await admin.get(f"{path}.mergeCandidates", contactId=kept)
    await admin.post(f"{path}.update", contactId=other, name="Maria S.")
    merge = (await admin.post(f"{path}.merge", contactId=kept, otherId=other))["merge"]
    await admin.get(f"{path}.merges", contactId=kept)
    await admin.post(f"{path}.conflicts", contactId=kept, name="Maria Santos")
    await admin.post(f"{path}.unmerge", mergeId=merge["_id"])
    anna, visitor = await office.agent(), await office.visitor(name=name)
    await visitor.close((await visitor.room())["_id"])
    await anna.post("users.setStatus", status="offline")
    old, agent = path.removesuffix("s"), {"username": (await anna.get("me"))["username"]}
    await admin.post(old, token=visitor.token, name="M", phone="+351 3", contactManager=agent)
    shown = (await admin.get(old, contactId=visitor.id))["contact"]
    await admin.get(f"{old}.search", phone="+351 3")
    assert shown["contactManager"] == agent
    sql = "SELECT contact_id FROM visitors WHERE id = $1"
    contact = await office.db.read(lambda q: q.value(sql, visitor.id))
    await admin.post(f"{path}.delete", contactId=contact)
