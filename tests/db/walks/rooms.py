"""What is done with rooms beside talking in them."""

from tests.db.counting import policy_read
from tests.office import Client, Office, Visitor


async def groups(office: Office) -> None:
    admin = office.admin
    name = f"walk-{(await office.person()).user_id}"
    members = {"members": [office.admin.user_id]}
    group = (await admin.post("groups.create", name=name, **members))["group"]["_id"]
    await admin.get("groups.info", roomId=group)
    await admin.get("groups.members", roomName=name)
    await admin.post("groups.delete", roomId=group)


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
    for person in (office.admin, office.admin):
        await person.post(f"omnichannel/{room}/request-transcript")
    await office.admin.get("livechat/transcript.status", rid=room)
