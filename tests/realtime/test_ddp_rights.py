"""Who may listen to what; and that who loses a right hears no more."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from parley.accounts.identify import Identifier, hash_token
from parley.errors import Unavailable
from parley.events import Event
from parley.realtime.ddp import delivery, endpoint, rights, subscriptions
from parley.realtime.ddp.hub import Hub
from parley.realtime.ddp.rights import Checked, in_my_messages
from parley.realtime.ddp.streams import MY_MESSAGES, ROOM_MESSAGES
from parley.realtime.ddp.subscriptions import Sub, Subscriptions
from parley.realtime.ddp.told import Told
from parley.testmode import KNOWN_ADMIN
from tests.office import Client, Office, Visitor
from tests.realtime.live import Ddp, Live
from tests.realtime.test_ddp_conversation import mine
from tests.server import Server


def key_of(person: Client) -> str:
    return person.headers["X-Auth-Token"]


async def test_who_is_let_in(live: Live, office: Office) -> None:
    agent, idle = await office.agent(), await office.agent(online=False)
    lead = await office.agent("livechat-manager", online=False)
    department = await office.department(agent)
    visitor, other = await office.visitor(), await office.visitor()
    rid = (await visitor.room())["_id"]
    await other.room()
    dep = f"department/{department['_id']}"
    uid = agent.user_id
    queue = "livechat-inquiry-queue-observer"
    async with (
        live.client(key_of(agent)) as desk,
        live.client(key_of(idle)) as stranger,
        live.client(key_of(lead)) as manager,
        live.client() as nobody,
    ):
        table = [
            ("room-messages", rid, [1, 0, 1, 0]),
            ("room-data", rid, [1, 0, 1, 0]),
            ("notify-room", f"{rid}/user-activity", [1, 0, 1, 0]),
            ("notify-room", f"{rid}/anything", [1, 0, 1, 0]),
            ("livechat-room", rid, [0, 0, 0, 0]),
            ("room-messages", "no-such-room", [0, 0, 0, 0]),
            ("room-messages", "__my_messages__", [1, 1, 1, 1]),
            ("notify-user", f"{uid}/otr", [1, 0, 0, 0]),
            ("notify-logged", "Users:NameChanged", [1, 1, 1, 0]),
            ("notify-logged", "private-settings-changed", [0, 0, 0, 0]),
            ("notify-all", "public-settings-changed", [1, 1, 1, 1]),
            (queue, "public", [1, 1, 1, 0]),
            (queue, dep, [1, 0, 1, 0]),
            (queue, "department/none", [0, 0, 1, 0]),
            (queue, f"agent/{uid}", [1, 0, 1, 0]),
            ("roles", "roles", [1, 1, 1, 0]),
        ]
        for stream, event, allowed in table:
            people = (desk, stranger, manager, nobody)
            answers = [await ddp.sub(stream, event) for ddp in people]
            assert answers == ["ready" if one else "not-allowed" for one in allowed], event
        for token, answer in (
            (visitor.token, "ready"),
            (other.token, "not-allowed"),
            ("", "not-allowed"),
        ):
            for stream, event in (
                ("room-messages", rid),
                ("livechat-room", rid),
                ("notify-room", f"{rid}/typing"),
            ):
                for extra in (mine(token), {"token": token}, {"visitorToken": token}):
                    assert await nobody.sub(stream, event, extra) == answer
        for event in ("x", ""):
            assert await nobody.sub("no-such", event) == "404"
        assert await nobody.sub("room-messages", "") == "invalid-event-name"
        odds: list[Any] = [None, False, "text", [], {"token": 5}]
        for odd in odds:
            assert await nobody.sub("livechat-room", rid, odd) == "not-allowed"
        await nobody.send(msg="sub", id="m", name="meteor.loginServiceConfiguration", params=[])
        await nobody.find(lambda f: f == {"msg": "ready", "subs": ["m"]})
        await visitor.close(rid)
        assert await nobody.sub("room-messages", rid, mine(visitor.token)) == "not-allowed"
        assert await nobody.sub("notify-room", f"{rid}/x", mine(visitor.token)) == "ready"


async def _talk(visitor: Visitor, rid: str, witness: Ddp) -> None:
    """Something was said, and told to all who listen."""
    said = await visitor.say(rid, "what the other must not hear")
    await witness.heard("room-messages", rid, lambda m: m["_id"] == said["_id"])


async def test_who_loses_a_right_hears_no_more(live: Live, office: Office) -> None:
    agent, colleague = await office.agent(), await office.agent(online=False)
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    await colleague.post("users.setStatus", status="online")
    async with live.client() as widget:
        assert await widget.sub("room-messages", rid, mine(visitor.token)) == "ready"
        async with live.client(key_of(agent)) as desk:
            assert await desk.sub("room-messages", rid, key="mine") == "ready"
            await _talk(visitor, rid, widget)
            await desk.heard("room-messages", rid)
            await office.admin.post("livechat/room.forward", roomId=rid, userId=colleague.user_id)
            dropped = await desk.find(lambda f: f.get("msg") == "nosub")
            assert (dropped["id"], dropped["error"]["error"]) == ("mine", "not-allowed")
            before = len(desk.events("room-messages", rid))
            await _talk(visitor, rid, widget)
            await desk.settled()
            assert len(desk.events("room-messages", rid)) == before
        async with live.client(key_of(office.admin)) as desk:
            assert await desk.sub("room-messages", rid) == "ready"
            await office.grant("view-livechat-rooms", "livechat-manager")
            await _talk(visitor, rid, widget)
            await desk.find(lambda f: f.get("msg") == "nosub")
            assert desk.events("room-messages", rid) == []
        async with live.client(key_of(colleague)) as desk:
            assert await desk.sub("room-messages", rid) == "ready"
            await office.admin.post(
                "users.setActiveStatus", userId=colleague.user_id, activeStatus=False
            )
            assert await desk.closed() == 1008


async def test_rights_are_looked_at_again_when_the_database_was_away(
    sqlite_live: Live, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went in the middle of looking: whoever was not looked at yet hears no more either."""
    office, times = sqlite_office, []
    agent, visitor = await office.agent("livechat-manager"), await office.visitor()
    rid = (await visitor.room())["_id"]
    once = rights.recheck

    async def recheck(hub: Hub, connections: Iterable[Checked]) -> None:
        times.append(hub)
        if len(times) == 1:
            raise Unavailable("away")
        await once(hub, connections)

    monkeypatch.setattr(delivery, "PAUSE_SECONDS", 0.01)
    async with sqlite_live.client(key_of(agent)) as desk:
        assert await desk.sub("notify-logged", "private-settings-changed") == "not-allowed"
        assert await desk.sub("livechat-inquiry-queue-observer", "public") == "ready"
        monkeypatch.setattr(rights, "recheck", recheck)
        await office.grant("view-l-room", "admin")
        await visitor.say(rid, "hello")
        await desk.find(lambda f: f.get("msg") == "nosub" and f["id"] == "s3")
        assert len(times) > 1


async def test_a_login_that_ended_elsewhere_ends_its_socket(
    sqlite_live: Live, sqlite_office: Office
) -> None:
    agent = await sqlite_office.agent()
    async with sqlite_live.client(key_of(agent)) as desk:
        await agent.post("logout")
        await desk.call("rooms/get")
        assert await desk.closed() == 1008


async def test_nobody_stays_present_when_the_server_stops(server: Server) -> None:
    server.start()
    async with httpx.AsyncClient(base_url=server.url) as http:
        client = Client(http)
        body = {"user": KNOWN_ADMIN, "password": KNOWN_ADMIN}
        key = (await client.post("login", **body))["data"]["authToken"]
    async with Live(None, server.url).client(key) as desk:
        assert server.stop() == 0
        assert await desk.closed() == 1001
    assert [entry for entry in server.log if "database" in entry["message"]] == []


async def test_who_may_open_a_socket(sqlite_live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test mode answers no proxy; an address has so many; any web site may."""
    async with connect(sqlite_live.url, origin=Origin("https://shop.example")):
        pass
    with pytest.raises(InvalidStatus, match="403"):
        await connect(sqlite_live.url, additional_headers={"x-forwarded-for": "192.0.2.1"})
    with pytest.raises(InvalidStatus, match="403"):
        await connect(sqlite_live.url.replace("/websocket", "/other"))
    monkeypatch.setattr(endpoint, "is_loopback", lambda address: False)
    monkeypatch.setattr(endpoint, "MOST_FROM_ADDRESS", 1)
    async with sqlite_live.client():
        with pytest.raises(InvalidStatus, match="403"):
            await connect(sqlite_live.url)


async def test_all_messages_of_ones_own_rooms_only(live: Live, office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor(name="Ada")
    rid = (await visitor.room())["_id"]
    stranger = await office.agent(online=False)
    async with (
        live.client(key_of(agent)) as bot,
        live.client(key_of(stranger)) as other,
        live.client() as nobody,
    ):
        for ddp in (other, nobody, bot):
            assert await ddp.sub("room-messages", "__my_messages__") == "ready"
        await visitor.say(rid, "hello")
        message, about = await bot.heard("room-messages", "__my_messages__")
        assert message["msg"] == "hello"
        assert about == {"roomParticipant": True, "roomType": "l", "roomName": "Ada"}
        for ddp in (other, nobody):
            await ddp.settled()
            assert ddp.events("room-messages", "__my_messages__") == []


class _Hearing:
    """In place of a connection of the person."""

    session = "theirs"

    def __init__(self, person: Client) -> None:
        self.wire = self
        self.peer = self
        self.token_hash = hash_token(key_of(person))
        self.heard: list[Any] = []

    def write_framed(self, payload: bytes, bytes_on_wire: bytes) -> None:
        self.heard.append(json.loads(payload)["fields"]["args"])


async def test_all_messages_cost_the_same_however_many_listen(office: Office) -> None:
    agent, idle = await office.agent(), await office.agent(online=False)
    lead = await office.agent("livechat-manager", online=False)
    gone = await office.agent(online=False)
    monitor = await office.person("livechat-monitor")
    department = await office.department(agent)
    unit = {"name": "Unit", "visibility": "public"}
    await office.admin.post(
        "livechat/units",
        unitData=unit,
        unitMonitors=[{"monitorId": monitor.user_id, "username": ""}],
        unitDepartments=[{"departmentId": department["_id"]}],
    )
    rid = (await (await office.visitor(department=department["_id"])).room())["_id"]
    await gone.post("logout")
    hub, identify = Hub(), Identifier(office.db)
    settings = (await identify("", "")).settings
    here = SimpleNamespace(db=office.db, identify=identify, hub=hub)
    event = Event(f"room:{rid}", 1, "message", {"_id": "m"}, "")
    told = Told(here, settings, event, rid)  # type: ignore[arg-type] # as much as this needs
    costs, listeners = [], []
    for people in ([agent], [office.admin, idle, lead, gone, monitor, agent]):
        for person in people:
            listeners.append(_Hearing(person))
            hub.add(ROOM_MESSAGES, MY_MESSAGES, listeners[-1])  # type: ignore[arg-type] # in place of a wire
        before = office.db.statements
        await in_my_messages(told, '{"_id":"m"}')
        costs.append(office.db.statements - before)
    assert costs[0] == costs[1]
    parts = [[about["roomParticipant"] for _, about in one.heard] for one in listeners]
    #        agent, twice     admin   idle  lead  gone  monitor  the agent's other connection
    assert parts == [[True, True], [False], [], [False], [], [False], [True]]


async def test_presence_is_told_to_who_watches(live: Live, office: Office) -> None:
    agent, colleague = await office.agent(username="agent1"), await office.agent()
    uid = agent.user_id
    async with live.client(key_of(colleague)) as desk:
        await desk.send(
            msg="sub", id="p", name="stream-user-presence", params=["", {"added": [uid]}]
        )
        await desk.find(lambda f: f == {"msg": "ready", "subs": ["p"]})
        assert await desk.sub("notify-logged", "user-status") == "ready"
        await agent.post("users.setStatus", status="busy", message="lunch")
        # That the agent came online may still be on its way.
        frame = await desk.find(
            lambda f: (
                f.get("collection") == "stream-user-presence" and f["fields"]["args"][0][1] == 3
            )
        )
        assert frame["id"] == uid
        assert frame["fields"] == {"uid": uid, "eventName": uid, "args": [["agent1", 3, "lunch"]]}
        said = await desk.heard("notify-logged", "user-status", lambda said: said[2] == 3)
        assert said == [[uid, "agent1", 3, "lunch"]]
        await desk.send(
            msg="sub", id="q", name="stream-user-presence", params=["", {"removed": [uid]}]
        )
        await desk.find(lambda f: f == {"msg": "ready", "subs": ["q"]})
        watched = len(desk.frames)
        await agent.post("users.setStatus", status="online", message="")
        await desk.heard("notify-logged", "user-status", lambda said: said[1:] == ["agent1", 1, ""])
        since = desk.frames[watched:]
        assert not [f for f in since if f.get("collection") == "stream-user-presence"]


async def test_a_thousand_subscriptions_are_the_most(sqlite_live: Live) -> None:
    async with sqlite_live.client() as ddp, sqlite_live.client() as other:
        for n in range(subscriptions.MOST):
            await ddp.send(msg="sub", id=f"n{n}", name="stream-notify-all", params=[f"e{n}", False])
        assert await ddp.sub("notify-all", "one-more") == "too-many-subscriptions"
        assert await other.sub("notify-all", "one-more") == "ready"
        await ddp.send(msg="unsub", id="n0")
        assert await ddp.sub("notify-all", "one-more") == "ready"


class _Listener:
    session = ""
    wire = None


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.sampled_from(["a", "b"])), max_size=30)
)
def test_an_event_is_heard_while_one_of_its_subscriptions_lives(
    steps: list[tuple[bool, int, str]],
) -> None:
    hub, held = Hub(), {}
    mine = Subscriptions(hub, _Listener())  # type: ignore[arg-type]
    for opens, key, event in steps:
        if opens and str(key) not in held:
            mine.put(str(key), Sub("s", (event,), ""))
            held[str(key)] = event
        elif not opens:
            assert mine.close(str(key)) == (held.pop(str(key), None) is not None)
        for one in ("a", "b"):
            assert hub.heard("s", one) == (one in held.values())
    mine.close_all()
    assert not hub.any("s")
