"""What cannot be sent by SMS or mail: its author is told, and nobody else."""

from parley.jobs import Worker, enqueue
from parley.messages.delivery import SMS
from parley.work import JOBS
from tests.office import Office
from tests.realtime.live import Live


async def test_the_author_is_told(live: Live, office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    agent = await office.agent()
    visitor = await office.visitor()
    room_id = (await visitor.room())["_id"]
    sent = (await agent.post("chat.postMessage", roomId=room_id, text="hello"))["message"]
    async with (
        live.client(agent.headers["X-Auth-Token"]) as mine,
        live.client(office.admin.headers["X-Auth-Token"]) as others,
    ):
        event = f"{agent.user_id}/message"
        assert await mine.sub("notify-user", event) == "ready"
        assert await others.sub("notify-user", event) != "ready"
        await office.db.act(enqueue, SMS, {"_id": sent["_id"]})
        await Worker(office.db, JOBS).run_what_is_due()
        [said] = await mine.heard("notify-user", event)
    assert (said["rid"], said["private"]) == (room_id, True)
    assert said["msg"] == "Your message was not sent: SMS is switched off"
    assert said["u"] == {"_id": "rocket.cat", "username": "rocket.cat"}
    assert said["_id"] != sent["_id"]
    kept = await agent.get("channels.messages", roomId=room_id)
    assert said["_id"] not in {message["_id"] for message in kept["messages"]}
