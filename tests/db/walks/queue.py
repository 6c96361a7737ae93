"""Who waits, and who takes."""

from tests.db.counting import policy_read
from tests.office import Client, Office


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
    await hand_overs(office, anna, room)
    await visitor.close(room)
    await anna.post("users.setStatus", status="offline")
    await office.setting("Livechat_waiting_queue", False)
    await policy_read(office)


async def hand_overs(office: Office, human: Client, room: str) -> None:
    """To the queue, to somebody, to a department that has none but its fallback."""
    admin, bot = office.admin, await office.agent("bot")
    last = await office.department(human)
    first = await office.department(bot, fallbackForwardDepartment=last["_id"])
    over, back = "livechat/room.handOver", "livechat/room.returnToBot"
    await admin.post(back, roomId=room, userId=bot.user_id)
    await bot.post(over, roomId=room, speaker=await number(office, room))
    await office.setting("Livechat_waiting_queue", False)
    await policy_read(office)
    for where in ({}, {"userId": human.user_id}, {"departmentId": first["_id"]}):
        await admin.post(back, roomId=room)
        await bot.post(over, roomId=room, **where)
    await bot.post("livechat/agent.status", status="not-available")


async def number(office: Office, room: str) -> int:
    found: int = (await office.admin.get("rooms.info", roomId=room))["room"]["speaker"]["number"]
    return found
