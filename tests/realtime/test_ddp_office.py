"""What changes for the whole office, for people and for rooms, heard in another process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.office import Client, Json, Office
from tests.realtime.live import Ddp, Live, open_live
from tests.realtime.test_ddp_conversation import mine
from tests.realtime.test_ddp_rights import key_of

ADMIN_ONLY = "private-settings-changed"


@asynccontextmanager
async def elsewhere(office: Office, person: Client) -> AsyncIterator[Ddp]:
    """A client of the person at a second process of the database."""
    async with open_live(office.db) as other, other.client(key_of(person)) as ddp:
        yield ddp


async def test_settings_and_permissions(live: Live, office: Office) -> None:
    agent = await office.agent()
    async with (
        elsewhere(office, office.admin) as admin,
        live.client(key_of(agent)) as desk,
        live.client() as nobody,
    ):
        assert await admin.sub("notify-logged", ADMIN_ONLY) == "ready"
        assert await desk.sub("notify-logged", ADMIN_ONLY) == "not-allowed"
        assert await desk.sub("notify-logged", "permissions-changed") == "ready"
        assert await nobody.sub("notify-logged", "permissions-changed") == "not-allowed"
        for ddp in (admin, nobody):
            assert await ddp.sub("notify-all", "public-settings-changed") == "ready"
        # What is not for everybody, a secret, what stays as it is, and what is public.
        await office.setting("SMTP_Host", "mail.office.example")
        await office.setting("SMTP_Password", "hush-hush")
        await office.setting("Livechat_title", "Parley")
        await office.setting("Livechat_title", "Ask us")
        title = {"_id": "Livechat_title", "value": "Ask us", "enterprise": False}
        for ddp in (admin, nobody):
            assert await ddp.heard("notify-all", "public-settings-changed") == ["updated", title]
        await admin.heard("notify-logged", ADMIN_ONLY, lambda how, doc: doc == title)
        assert [doc for _, doc in admin.events("notify-logged", ADMIN_ONLY)] == [
            {"_id": "SMTP_Host", "value": "mail.office.example", "enterprise": False},
            {"_id": "SMTP_Password", "value": "********", "enterprise": False},
            title,
        ]
        await office.grant("view-l-room", "admin", "livechat-manager", "livechat-agent")
        how, grant = await desk.heard("notify-logged", "permissions-changed")
        assert (how, grant["_id"]) == ("updated", "view-l-room")
        assert grant["roles"] == ["admin", "livechat-manager", "livechat-agent"]
        assert isinstance(grant["_updatedAt"]["$date"], int)
        # Who may no more read settings is told of no more of them.
        await office.grant("view-privileged-setting", "livechat-manager")
        await admin.find(lambda f: f.get("msg") == "nosub")
        await office.setting("SMTP_Host", "other.office.example")
        await office.setting("Livechat_title", "Hello")
        await admin.heard(
            "notify-all", "public-settings-changed", lambda how, doc: doc["value"] == "Hello"
        )
        assert len(admin.events("notify-logged", ADMIN_ONLY)) == 3


async def test_people(live: Live, office: Office) -> None:
    """Each hears of themselves; colleagues of roles and names."""
    agent, lead = await office.agent(username="ada"), await office.agent("livechat-manager")
    uid = agent.user_id
    async with (
        elsewhere(office, agent) as own,
        live.client(key_of(lead)) as colleague,
    ):
        for event in ("departmentAgentData", "userData"):
            assert await own.sub("notify-user", f"{uid}/{event}") == "ready"
            assert await colleague.sub("notify-user", f"{uid}/{event}") == "not-allowed"
        for event in ("roles-change", "Users:NameChanged"):
            assert await colleague.sub("notify-logged", event) == "ready"
        department = await office.department(agent)
        (joined,) = await own.heard("notify-user", f"{uid}/departmentAgentData")
        assert joined["action"] == "inserted"
        assert (joined["agentId"], joined["departmentId"]) == (uid, department["_id"])
        await office.setting("Omnichannel_enable_department_removal", True)
        await office.admin.delete(f"livechat/department/{department['_id']}")
        (left,) = await own.heard(
            "notify-user", f"{uid}/departmentAgentData", lambda said: said["action"] == "removed"
        )
        assert (left["_id"], left["departmentId"]) == (joined["_id"], department["_id"])
        who = {"_id": uid, "username": "ada"}
        await office.admin.post("livechat/users/manager", username="ada")
        # Before the next act: a frame has what is true when it is told, not when it happened.
        await own.heard(
            "notify-user",
            f"{uid}/userData",
            lambda said: "livechat-manager" in said["diff"].get("roles", []),
        )
        await office.admin.delete(f"livechat/users/manager/{uid}")
        await colleague.heard("notify-logged", "roles-change", lambda r: r["type"] == "removed")
        assert colleague.events("notify-logged", "roles-change") == [
            [{"type": how, "_id": "livechat-manager", "u": who}] for how in ("added", "removed")
        ]
        await agent.post("users.updateOwnBasicInfo", data={"name": "Ada L."})
        assert await colleague.heard("notify-logged", "Users:NameChanged") == [
            {"_id": uid, "name": "Ada L.", "username": "ada"}
        ]
        await agent.post("users.setPreferences", userId=uid, data={"newMessageNotification": "x"})
        (said,) = await own.heard(
            "notify-user",
            f"{uid}/userData",
            lambda said: "settings.preferences.newMessageNotification" in said["diff"],
        )
        assert (said["type"], said["id"], said["unset"]) == ("updated", uid, {})


async def test_rooms(live: Live, office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor(name="Ada", token="the-first-visitors-own-token")
    rid = (await visitor.room())["_id"]
    async with (
        elsewhere(office, agent) as desk,
        live.client() as widget,
    ):
        assert await desk.sub("room-data", rid) == "ready"
        assert await desk.sub("notify-logged", "user-status") == "ready"
        for event in ("messagesRead", "deleteMessageBulk"):
            assert await desk.sub("notify-room", f"{rid}/{event}") == "ready"
        assert await widget.sub("livechat-room", rid, mine(visitor.token)) == "ready"
        said = await visitor.say(rid, "hello")
        await desk.heard("room-data", rid, lambda room: room["lastMessage"]["_id"] == said["_id"])
        await agent.post("subscriptions.read", rid=rid)
        (read,) = await desk.heard("notify-room", f"{rid}/messagesRead")
        assert isinstance(read["until"]["$date"], int)
        # That they are away is no news to themselves; what an agent notes of them is.
        await office.nobody.post("livechat/visitor.status", token=visitor.token, status="away")
        await office.admin.post(
            "livechat/custom-fields.save",
            customFieldId=None,
            customFieldData={
                "field": "plan",
                "label": "Plan",
                "scope": "visitor",
                "visibility": "visible",
                "regexp": "",
                "searchable": True,
                "type": "input",
                "required": False,
                "defaultValue": "",
                "options": "",
                "public": True,
            },
        )
        guest = {"_id": visitor.id, "livechatData": {"plan": "gold"}}
        await agent.post("livechat/room.saveInfo", guestData=guest, roomData={"_id": rid})
        (told,) = await widget.heard("livechat-room", rid, lambda d: d["type"] == "visitorData")
        assert (told["visitor"]["_id"], told["visitor"]["name"]) == (visitor.id, "Ada")
        assert told["visitor"]["livechatData"] == {"plan": "gold"}
        assert "token" not in told["visitor"]
        assert len([1 for (d,) in widget.events("livechat-room", rid)]) == 1
        await visitor.close(rid)
        # Events are told one after another: what the closing brings about is done by then.
        await agent.post("users.setStatus", status="busy")
        await desk.heard("notify-logged", "user-status", lambda said: said[2] == 3)
        await office.admin.post("livechat/rooms.delete", roomId=rid)
        (gone,) = await desk.heard("notify-room", f"{rid}/deleteMessageBulk")
        assert (gone["rid"], gone["users"]) == (rid, [])
        await desk.find(lambda f: f.get("msg") == "nosub")


def _is_of(key: str, frame: Json) -> bool:
    return bool(frame.get("id") == key)


async def test_a_room_that_becomes_anothers_is_not_heard_by_who_had_it(
    live: Live, office: Office
) -> None:
    agent = await office.agent("livechat-manager")
    visitor, other = await office.visitor(name="Ada"), await office.visitor(name="Ben")
    rid = (await visitor.room())["_id"]
    async with live.client(key_of(agent)) as desk, live.client() as widget:
        assert await desk.sub("room-messages", rid) == "ready"
        for stream in ("room-messages", "livechat-room"):
            assert await widget.sub(stream, rid, mine(visitor.token), key=stream) == "ready"
        await office.admin.call(
            "PUT",
            "livechat/room.visitor",
            json={"rid": rid, "oldVisitorId": visitor.id, "newVisitorId": other.id},
        )
        for stream in ("room-messages", "livechat-room"):
            dropped = await widget.find(partial(_is_of, stream))
            assert dropped["error"]["error"] == "not-allowed"
        await other.say(rid, "mine alone")
        await desk.heard("room-messages", rid, lambda m: m["msg"] == "mine alone")
        await widget.settled()
        assert not [text for text in widget.texts if "mine alone" in text or "Ben" in text]
