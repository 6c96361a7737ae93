"""What a monitor is told as it happens: of their units' rooms and queues, and of no others."""

from tests.departments.test_units import UNITS, monitor_of, unit
from tests.office import Office
from tests.realtime.listening import Frame
from tests.realtime.listening import live as listening
from tests.realtime.live import Live
from tests.realtime.test_ddp_rights import key_of
from tests.realtime.test_events import events, said


def snapshots(frames: list[Frame]) -> list[set[str]]:
    return [{r["_id"] for r in f.data["rooms"]} for f in frames if f.event == "snapshot"]


async def test_the_feed_of_a_monitor(office: Office) -> None:
    anna, monitor = await office.agent(), await monitor_of(office)
    mine, other = await office.department(anna), await office.department(anna)
    key = (await office.admin.post(UNITS, **unit("U", [monitor], [mine["_id"]])))["_id"]
    here, there = [await office.visitor(department=d["_id"]) for d in (mine, other)]
    room, hidden = (await here.room())["_id"], (await there.room())["_id"]
    async with listening(office) as live:
        listener = live.listen(monitor)
        await listener.until(len)
        assert snapshots(listener.frames) == [{room}]
        await there.say(hidden, "not for them")
        await here.say(room, "for them")
        await listener.until(said("for them"))
        assert hidden not in str(listener.frames)
        # A unit changes: what they see now comes as a snapshot, and then as it happens.
        await office.admin.post(f"{UNITS}/{key}", **unit("U", [monitor], [other["_id"]]))
        await listener.until(lambda frames: len(snapshots(frames)) == 2)
        assert snapshots(listener.frames)[1] == {hidden}
        at = len(listener.frames)
        await here.say(room, "not any more")
        await there.say(hidden, "now for them")
        await listener.until(said("now for them"))
        assert "not any more" not in str(listener.frames[at:])
        last = listener.cursor
        await listener.leave()
        # And who was away while their units changed begins anew.
        await office.admin.post(f"{UNITS}/{key}", **unit("U", [], [other["_id"]]))
        again = live.listen(monitor, since=last, wait=0)
        await again.end()
        assert snapshots(again.frames) == [set()]
        assert events(again.frames) == []


async def test_ddp_of_a_monitor(live: Live, office: Office) -> None:
    anna, monitor = await office.agent(), await monitor_of(office)
    mine, other = await office.department(anna), await office.department(anna)
    key = (await office.admin.post(UNITS, **unit("U", [monitor], [mine["_id"]])))["_id"]
    here, there = [await office.visitor(department=d["_id"]) for d in (mine, other)]
    room, hidden = (await here.room())["_id"], (await there.room())["_id"]
    queue = "livechat-inquiry-queue-observer"
    async with live.client(key_of(monitor)) as desk:
        for stream, event, answer in (
            ("room-messages", room, "ready"),
            ("room-messages", hidden, "not-allowed"),
            ("room-messages", "__my_messages__", "ready"),
            (queue, f"department/{mine['_id']}", "ready"),
            (queue, f"department/{other['_id']}", "not-allowed"),
            (queue, "public", "not-allowed"),
        ):
            assert await desk.sub(stream, event, key=event) == answer
        await there.say(hidden, "not for them")
        await here.say(room, "for them")
        await desk.heard("room-messages", "__my_messages__", lambda m, _: m["msg"] == "for them")
        await desk.heard("room-messages", room, lambda m: m["msg"] == "for them")
        assert "not for them" not in str(desk.frames)
        await office.admin.post(f"{UNITS}/{key}", **unit("U", [], [mine["_id"]]))
        await desk.find(lambda f: f.get("msg") == "nosub" and f["id"] == room)
        await desk.find(
            lambda f: f.get("msg") == "nosub" and f["id"] == f"department/{mine['_id']}"
        )
        await here.say(room, "not any more")
        await desk.settled()
        assert "not any more" not in str(desk.frames)
