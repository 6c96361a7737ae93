"""Who waits, and who takes."""

from tests.db.counting import policy_read
from tests.office import Office


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
