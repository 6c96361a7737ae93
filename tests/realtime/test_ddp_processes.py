"""Two processes of one database: what one of them held ends when it is killed."""

from typing import Any

import pytest

from parley.realtime import typing
from parley.realtime.presence import LEASE_SECONDS
from tests.clock import Clock
from tests.office import Office
from tests.realtime.live import Live, open_live
from tests.realtime.test_ddp_conversation import mine
from tests.realtime.test_ddp_rights import key_of
from tests.server import Server


@pytest.mark.parametrize("engine", ["postgres"])
async def test_presence_and_typing_of_a_killed_process(
    server: Server, office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, colleague = await office.agent(username="ada", online=False), await office.agent()
    uid = agent.user_id
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    activity = f"{rid}/user-activity"
    name = visitor.doc["username"]

    def presence(code: int) -> Any:
        args = [["ada", code, ""]]
        return lambda f: (
            f.get("collection") == "stream-user-presence" and f["fields"]["args"] == args
        )

    async with (
        open_live(office.db) as here,
        here.client(key_of(colleague)) as desk,
    ):
        watched = ["", {"added": [uid]}]
        await desk.send(msg="sub", id="p", name="stream-user-presence", params=watched)
        assert await desk.sub("notify-room", activity) == "ready"
        assert await desk.sub("room-data", rid) == "ready"
        server.start()
        async with (
            Live(None, server.url).client(key_of(agent)) as doomed,
            Live(None, server.url).client() as widget,
        ):
            await desk.find(presence(1))
            await widget.call("livechat:setUpConnection", {"token": visitor.token})
            assert await doomed.sub("notify-room", activity) == "not-allowed"
            token = {"token": visitor.token}
            # Told by the other process, and counted from here on: a typing that nobody ends.
            monkeypatch.setattr(typing, "OVER_AFTER_SECONDS", 1.0)
            assert await widget.sub("notify-room", activity, mine(visitor.token)) == "ready"
            await widget.call("stream-notify-room", activity, name, ["user-typing"], token)
            assert await desk.heard("notify-room", activity) == [name, ["user-typing"]]
            assert {room["v"]["status"] for (room,) in desk.events("room-data", rid)} <= {"online"}
            server.kill()
            await doomed.closed()
        assert await desk.heard("notify-room", activity, lambda _, what: not what) == [name, []]
        clock.wait(seconds=LEASE_SECONDS + 60)
        before = len(desk.frames)
        await here.app.realtime.presence.look_after()
        await desk.find(presence(0), before)
        await desk.heard("room-data", rid, lambda room: room["v"]["status"] == "offline")
