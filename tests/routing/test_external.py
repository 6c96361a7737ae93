"""External: a service outside names the agent; the chat waits meanwhile, and is never lost."""

import asyncio
import ipaddress

import pytest

from parley.conversations.external import route_outside, route_waiting, settle
from parley.jobs import Worker
from parley.outgoing import NotAsked, get, may_be_called, networks
from parley.preferences.service import current_settings
from parley.routing.external import KIND, MOST_BYTES, Answer
from tests.office import Json, Office
from tests.routing.outside import Outside, service

LOOPBACK = "127.0.0.0/8"


async def set_up(office: Office, outside: Outside) -> None:
    await office.setting("Livechat_Routing_Method", "External")
    await office.setting("Livechat_External_Queue_URL", outside.url)
    await office.setting("Livechat_External_Queue_Token", "secret of both")
    await office.setting("Livechat_External_Queue_Private_Addresses", LOOPBACK)


async def work(office: Office) -> None:
    await Worker(office.db, {KIND: route_outside}).run_what_is_due()


async def explained(office: Office, room_id: str) -> Json:
    return await office.admin.get("livechat/routing.explain", roomId=room_id)


async def test_the_service_names_the_agent(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    department = await office.department(ann, ben)
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "nobody"}', '{"username": ""}', '{"_id": 1, "username": "ben"}')
        visitor = await office.visitor(department=department["_id"])
        room = await visitor.room()
        assert "servedBy" not in room
        assert (await explained(office, room["_id"]))["code"] == "external-asked"
        await work(office)
        assert (await visitor.room())["servedBy"]["username"] == "ben"
        assert len(outside.asked) == 3
        head = outside.asked[0].lower()
        assert head.startswith(f"get /next?of=office&departmentid={department['_id']} http/1.1")
        for line in (
            "user-agent: rocketchat server",
            "accept: application/json",
            "x-rocketchat-secret-token: secret of both",
        ):
            assert f"\r\n{line}\r\n" in head
        told = await explained(office, room["_id"])
        assert (told["state"], told["code"]) == ("served", "external")
        assert [d["code"] for d in told["decisions"]] == ["external-asked", "external"]
        assert "secret" not in str(told)
        # Done again, as after a crash, it changes nothing.
        before = await visitor.room()
        await office.db.act(settle, room["_id"], Answer(None, "external-nobody", {}), {})
        assert await visitor.room() == before


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_who_is_not_named_waits_and_is_asked_for_again(office: Office) -> None:
    ann = await office.agent(username="ann")
    await office.agent(username="ben")
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "gone"}')
        visitor = await office.visitor()
        room_id = (await visitor.room())["_id"]
        await work(office)
        assert len(outside.asked) == 10
        assert (await explained(office, room_id))["code"] == "external-nobody"
        for body, status, why in (
            ("{}", "200 OK", "answered without a username"),
            ('{"username": "ann"}', "500 Oh", "answered with status 500"),
            ('{"username": "ann"}', "302 Found", "answered with status 302"),
            ('{"username": "ann"}' + " " * MOST_BYTES, "200 OK", "its answer is too long"),
        ):
            outside.says(body, status=status)
            await route_waiting(office.db, {})
            assert len(outside.asked) == 1, body
            last = (await explained(office, room_id))["decisions"][-1]
            assert (last["code"], last["detail"]["why"]) == ("external-unreachable", why)
        last = (await explained(office, room_id))["decisions"][-1]
        assert last["times"] == 4
        # A service beside the server is not called unless that is allowed.
        outside.says('{"username": "ann"}')
        await office.setting("Livechat_External_Queue_Private_Addresses", "")
        await route_waiting(office.db, {})
        assert outside.asked == []
        await office.setting("Livechat_External_Queue_Private_Addresses", LOOPBACK)
        # Who left between the answer and the act is not given the chat.
        named = Answer({"_id": ann.user_id, "username": "ann"}, "external", {"method": "External"})
        await ann.post("users.setStatus", status="offline")
        settings = await office.db.read(current_settings)
        await office.db.act(settle, room_id, named, settings)
        assert (await explained(office, room_id))["code"] == "external-nobody"
        await ann.post("users.setStatus", status="online")
        await route_waiting(office.db, {})
        assert (await visitor.room())["servedBy"]["username"] == "ann"
        assert len(outside.asked) == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_chat_that_is_handed_to_a_department_is_asked_for(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    department = await office.department(ben)
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "ben"}')
        visitor = await office.visitor()
        query = {"token": visitor.token, "agentId": ann.user_id}
        room = (await office.nobody.get("livechat/room", **query))["room"]
        assert room["servedBy"]["username"] == "ann"  # who is asked for needs no service
        body = {"roomId": room["_id"], "departmentId": department["_id"]}
        await office.admin.post("livechat/room.forward", **body)
        assert "servedBy" not in await visitor.room()
        await route_waiting(office.db, {})
        assert (await visitor.room())["servedBy"]["username"] == "ben"
        codes = [d["code"] for d in (await explained(office, room["_id"]))["decisions"]]
        assert codes == ["asked-for", "forwarded-to-queue", "external"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_nobody_is_asked_for_a_chat_that_agents_are_not_given(office: Office) -> None:
    """The service would count its answer as a turn of the agent whom it names."""
    ann = await office.agent(username="ann")
    await office.setting("Livechat_Block_Unknown_Contacts", True)
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "ann"}')
        visitor = await office.visitor()
        room = await visitor.room()
        await work(office)
        await route_waiting(office.db, {})
        assert outside.asked == []
        assert (await explained(office, room["_id"]))["code"] == "unknown-contact"
        # Blocked while the service was asked: the agent is not so much as looked at.
        named = Answer({"_id": ann.user_id, "username": "ann"}, "external", {"method": "External"})
        settings = await office.db.read(current_settings)
        await office.db.act(settle, room["_id"], named, settings)
        assert "servedBy" not in await visitor.room()
        contact = {"contactId": room["contactId"], "name": "Maria"}
        await ann.post("omnichannel/contacts.update", **contact)
        await route_waiting(office.db, {})
        assert (await visitor.room())["servedBy"]["username"] == "ann"
        assert len(outside.asked) == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_who_gave_a_chat_back_is_not_given_it_again(office: Office) -> None:
    ann = await office.agent(username="ann")
    await office.agent(username="ben")
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "ann"}')
        visitor = await office.visitor()
        room_id = (await visitor.room())["_id"]
        await work(office)
        assert (await visitor.room())["servedBy"]["username"] == "ann"
        await ann.post("livechat/inquiries.returnAsInquiry", roomId=room_id)
        outside.says('{"username": "ann"}', '{"username": "ben"}')
        # An answer to a question that was asked before.
        named = Answer({"_id": ann.user_id, "username": "ann"}, "external", {"method": "External"})
        settings = await office.db.read(current_settings)
        await office.db.act(settle, room_id, named, settings)
        assert "servedBy" not in await visitor.room()
        await route_waiting(office.db, {})
        assert (await visitor.room())["servedBy"]["username"] == "ben"
        assert f"&ignoreAgentId={ann.user_id} " in outside.asked[0]
        assert len(outside.asked) == 2


async def test_answers_at_once_never_exceed_a_limit(office: Office) -> None:
    """The service may name whom it likes; who has enough chats is given no more."""
    ann = await office.agent(username="ann")
    ben = await office.agent(username="ben")
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", 2)
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "ann"}')
        visitors = [await office.visitor() for _ in range(6)]
        rooms = [(await visitor.room())["_id"] for visitor in visitors]
        await asyncio.gather(*[route_waiting(office.db, {}) for _ in range(4)])
        told = [await explained(office, room_id) for room_id in rooms]
        served = [each["servedBy"]["_id"] for each in told if each["state"] == "served"]
        assert served == [ann.user_id] * 2
        codes = {each["decisions"][-1]["code"] for each in told if each["state"] == "waiting"}
        assert codes == {"external-nobody"}
        outside.says('{"username": "ben"}')
        await asyncio.gather(*[route_waiting(office.db, {}) for _ in range(4)])
        told = [await explained(office, room_id) for room_id in rooms]
        served = [each["servedBy"]["_id"] for each in told if each["state"] == "served"]
        assert sorted(served) == sorted([ann.user_id, ben.user_id] * 2)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_next_agent_is_asked_for_outside(office: Office) -> None:
    await office.agent(username="ann")
    async with service() as outside:
        await set_up(office, outside)
        outside.says('{"username": "ann"}')
        assert (await office.nobody.get("livechat/agent.next/x"))["agent"]["username"] == "ann"
        outside.says("no JSON")
        refused = (400, {"success": False, "error": "agent-not-found"})
        assert await office.nobody.refused("GET", "livechat/agent.next/x") == refused


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("93.184.216.34", "", True),
        ("2606:2800:220:1:248:1893:25c8:1946", "", True),
        ("127.0.0.1", "", False),
        ("10.1.2.3", "", False),
        ("169.254.169.254", "", False),
        ("100.64.0.1", "", False),
        ("0.0.0.0", "", False),
        ("224.0.0.1", "", False),
        ("::1", "", False),
        ("fd00::1", "", False),
        ("::ffff:127.0.0.1", "", False),
        ("64:ff9b::7f00:1", "", False),
        ("2002:7f00:1::", "", False),
        ("10.1.2.3", "192.168.0.0/16, 10.1.2.3", True),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "nonsense 11.0.0.0/8", False),
    ],
)
def test_addresses_beside_the_server_are_not_called(address: str, allowed: str, may: bool) -> None:
    assert may_be_called(ipaddress.ip_address(address), networks(allowed)) == may


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "file:///etc/passwd", "http://", "http://[", "http://x:99999/", "x"]
)
async def test_what_is_no_url_is_nobody(url: str) -> None:
    with pytest.raises(NotAsked):
        await get(url, {}, {}, allowed=[], seconds=1, most_bytes=1)


async def test_a_name_that_leads_beside_the_server_is_not_called() -> None:
    async with service() as outside:
        outside.says("x")
        url = outside.url.replace("127.0.0.1", "localhost")
        with pytest.raises(NotAsked, match="private"):
            await get(url, {}, {}, allowed=[], seconds=5, most_bytes=1)
        assert outside.asked == []
        allowed = networks(LOOPBACK)
        assert await get(url, {}, {}, allowed=allowed, seconds=5, most_bytes=1) == b"x"
        assert "\r\nHost: localhost:" in outside.asked[0]
