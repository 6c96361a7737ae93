"""How long a chat may wait: priorities, SLA policies, chats on hold."""

from tests.db.counting import policy_read
from tests.office import Office


async def waiting(office: Office) -> None:
    admin = office.admin
    await office.setting("Livechat_waiting_queue", True)
    await policy_read(office)
    [first, *_] = (await admin.get("livechat/priorities"))["priorities"]
    path = f"livechat/priorities/{first['_id']}"
    await admin.call("PUT", path, json={"name": "Urgent"})
    await admin.get(path)
    await admin.get("livechat/priorities.reset")
    sla = (await admin.post("livechat/sla", name="Gold", dueTimeInMinutes=5))["sla"]["_id"]
    await admin.get("livechat/sla")
    await admin.get(f"livechat/sla/{sla}")
    anna, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hi")
    await anna.post(f"livechat/room/{room}/priority", priorityId=first["_id"])
    await anna.call("PUT", "livechat/inquiry.setSLA", json={"roomId": room, "sla": "gold"})
    await anna.call("DELETE", f"livechat/room/{room}/priority")
    saved = {"_id": room, "priorityId": first["_id"], "slaId": ""}
    await admin.post("livechat/room.saveInfo", guestData={"_id": visitor.id}, roomData=saved)
    await admin.call("PUT", f"livechat/sla/{sla}", json={"name": "Gold", "dueTimeInMinutes": 6})
    await admin.call("DELETE", f"livechat/sla/{sla}")
    await admin.post("livechat/priorities.reset")
    inquiry = (await anna.get("livechat/inquiries.getOne", roomId=room))["inquiry"]["_id"]
    await admin.post("livechat/inquiries.take", inquiryId=inquiry, userId=anna.user_id)
    await anna.post("chat.sendMessage", message={"rid": room, "msg": "one moment"})
    await anna.post("livechat/room.onHold", roomId=room)
    await anna.post("livechat/room.resumeOnHold", roomId=room)
    await anna.post("livechat/room.onHold", roomId=room)
    await anna.post("chat.sendMessage", message={"rid": room, "msg": "there it is"})
    await anna.post("livechat/room.onHold", roomId=room)
    await visitor.say(room, "thanks")
    await visitor.close(room)
    await anna.post("users.setStatus", status="offline")
    await office.setting("Livechat_waiting_queue", False)
    await policy_read(office)
