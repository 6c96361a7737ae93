"""Conversations: from the visitor's first word to the closing one."""

import json
from typing import Any

from tests.db.counting import policy_read
from tests.forms import form
from tests.office import Client, Office, Visitor


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
    await anna.get("emoji-custom.list")
    await anna.get("commands.list")
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


async def files(visitor: Visitor, anna: Client, room: str) -> None:
    token = {"x-visitor-token": visitor.token}
    note = form({"msg": "see"}, ("note.txt", b"a note", "text/plain"))
    mine = note | {"headers": note["headers"] | token}
    await visitor.nobody.call("POST", f"livechat/upload/{room}", **mine)
    taken = (await anna.call("POST", f"rooms.media/{room}", **note)).json()["file"]["_id"]
    await anna.post(f"rooms.mediaConfirm/{room}/{taken}", msg="see")
    await anna.call("POST", f"rooms.upload/{room}", **note)
