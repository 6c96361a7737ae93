"""Limits where chats wait: over HTTP, with the queue's worker run as often as one likes."""

import asyncio

from parley.conversations.queue.giving_out import give_out
from tests.office import Client, Json, Office


async def explained(office: Office, room_id: str) -> Json:
    return await office.admin.get("livechat/routing.explain", roomId=room_id)


async def serving(office: Office) -> dict[str, int]:
    rows = (await office.admin.get("livechat/rooms", open="true", count=100))["rooms"]
    names = [room["servedBy"]["username"] for room in rows if "servedBy" in room]
    return {name: names.count(name) for name in sorted(set(names))}


async def close_one_of(office: Office, agent: Client) -> None:
    rooms = (await office.admin.get("livechat/rooms", open="true", count=100))["rooms"]
    mine = next(r for r in rooms if r.get("servedBy", {}).get("_id") == agent.user_id)
    await agent.post("livechat/room.closeByUser", rid=mine["_id"], comment="done")


async def test_chats_that_start_at_once_never_exceed_a_limit(office: Office) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    await office.patch("users", ann.user_id, livechat={"maxNumberSimultaneousChat": "1"})
    sales = await office.department(ann, ben)
    support = await office.department(ann, ben, maxNumberSimultaneousChat=2)
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", 4)
    places = [{"department": d["_id"]} for d in (sales, support)] + [{}]
    visitors = [await office.visitor(**places[n % 3]) for n in range(12)]

    async def start_and_work(number: int) -> str:
        room = await visitors[number].room()
        await give_out(office.db, {})
        return str(room["_id"])

    rooms = await asyncio.gather(*[start_and_work(n) for n in range(12)])
    assert await serving(office) == {"ann": 1, "ben": 4}
    told = [await explained(office, room_id) for room_id in rooms]
    waiting = [each for each in told if each["state"] == "waiting"]
    assert {each["code"] for each in waiting} == {"all-at-limit"}
    assert len(waiting) == 7
    assert {each["code"] for each in told if each["state"] == "served"} == {"fewest-turns"}
    # Whoever has one less is given one more, and no other.
    await close_one_of(office, ann)
    await asyncio.gather(*[give_out(office.db, {}) for _ in range(4)])
    assert await serving(office) == {"ann": 1, "ben": 4}


async def test_who_waits_for_somebody_with_enough_chats_is_given_to_another(office: Office) -> None:
    ann = await office.agent(username="ann")
    await office.setting("Livechat_waiting_queue", True)
    await office.setting("Livechat_maximum_chats_per_agent", 1)
    rooms = []
    for _ in range(3):
        visitor = await office.visitor()
        query = {"token": visitor.token, "agentId": ann.user_id}
        rooms.append((await office.nobody.get("livechat/room", **query))["room"]["_id"])
    await give_out(office.db, {})
    assert await serving(office) == {"ann": 1}
    await office.agent(username="ben")
    await give_out(office.db, {})
    assert await serving(office) == {"ann": 1, "ben": 1}
    codes = [(await explained(office, room_id))["code"] for room_id in rooms]
    assert codes == ["waited-for", "fewest-turns", "all-at-limit"]
    # By hand somebody may have more: it is their own will.
    inquiry = (await office.admin.get("livechat/inquiries.getOne", roomId=rooms[2]))["inquiry"]
    await ann.post("livechat/inquiries.take", inquiryId=inquiry["_id"])
    told = await explained(office, rooms[2])
    assert (told["code"], told["servedBy"]["username"]) == ("taken", "ann")
    assert [d["code"] for d in told["decisions"]] == ["waiting-queue", "all-at-limit", "taken"]
