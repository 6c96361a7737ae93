"""Priorities: five of them, renamed and given back their names; on a room the queue follows."""

from typing import Any

from parley.db.documents import decode
from tests.books import broken
from tests.conversations.test_queue import events, one, seen, waits
from tests.office import Client, Json, Office

PATH = "livechat/priorities"
NAMES = ["Highest", "High", "Medium", "Low", "Lowest"]


async def listed(person: Client, **query: Any) -> list[Json]:
    found: list[Json] = (await person.get(PATH, **query))["priorities"]
    return found


async def ids(person: Client) -> dict[str, str]:
    return {each["i18n"]: each["_id"] for each in await listed(person)}


async def waiting(office: Office) -> list[str]:
    """Rooms in the order of the queue, as an agent sees it."""
    found = (await office.admin.get("livechat/inquiries.queuedForUser"))["inquiries"]
    return [inquiry["rid"] for inquiry in found]


async def history(office: Office, room: str, kind: str) -> list[Json]:
    """System messages of the kind, oldest first."""
    sql = "SELECT doc FROM messages WHERE room_id = $1 AND kind = $2 ORDER BY ts, seq"
    return [decode(row[0]) for row in await office.db.read(lambda q: q.rows(sql, room, kind))]


async def test_they_are_five(office: Office) -> None:
    agent = await office.agent()
    all_five = await listed(agent)
    assert [(each["i18n"], each["sortItem"], each["dirty"]) for each in all_five] == [
        (name, n, False) for n, name in enumerate(NAMES, 1)
    ]
    answer = await agent.get(PATH, text="HIGH", count=1, sort='{"sortItem":-1}')
    assert (answer["total"], answer["count"]) == (2, 1)
    assert answer["priorities"][0]["i18n"] == "High"
    key = all_five[0]["_id"]
    assert await agent.get(f"{PATH}/{key}") == all_five[0] | {"success": True}
    assert await agent.refused("GET", f"{PATH}/none") == (
        404,
        {"success": False, "error": "Priority not found"},
    )


async def test_renaming(office: Office) -> None:
    key = await ids(office.admin)
    path = f"{PATH}/{key['High']}"

    async def change(**body: Any) -> str:
        answer = await office.admin.call("PUT", path, json=body)
        return str(answer.json().get("error", "done"))

    assert (await office.admin.get(f"{PATH}.reset"))["reset"] is False
    assert await change(name=" Urgent ") == "done"
    named = await office.admin.get(path)
    assert (named["name"], named["i18n"], named["dirty"]) == ("Urgent", "High", True)
    assert [each["i18n"] for each in await listed(office.admin, text="urg")] == ["High"]
    assert (await office.admin.get(f"{PATH}.reset"))["reset"] is True
    neither = "must match exactly one schema in oneOf [invalid-params]"
    assert await change() == await change(name="a", reset=True) == neither
    assert await change(name="  ") == await change(reset=False) == "error-unable-to-update-priority"
    assert await change(name="low") == "error-duplicate-priority-name"  # what another is called
    assert await change(name="HIGH") == "done"
    assert await change(reset=True) == "done"
    assert (await office.admin.get(path))["dirty"] is False
    path = f"{PATH}/{key['Lowest']}"
    assert await change(name="urgent") == "done"
    await office.admin.post(f"{PATH}.reset")
    assert [each["dirty"] for each in await listed(office.admin)] == [False] * 5
    path = f"{PATH}/none"
    assert await change(name="x") == "error-invalid-priority"
    log = (await office.admin.get("audit.events"))["events"]
    kinds = [entry["t"] for entry in log if entry["t"].startswith("priorit")]
    renamed = "priority.renamed"
    assert kinds == ["priorities.reset", renamed, "priority.reset", renamed, renamed]
    agent = await office.agent()
    assert (await agent.refused("PUT", path, json={"name": "x"}))[0] == 403
    assert (await agent.refused("POST", f"{PATH}.reset"))[0] == 403


async def test_the_queue_follows_at_once(office: Office) -> None:
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    await office.setting("Omnichannel_sorting_mechanism", "Priority")
    agent, key = await office.agent(), await ids(office.admin)
    first, second, third = [(await waits(office))[1] for _ in range(3)]
    inquiry = await one(agent, third)
    assert (inquiry["priorityWeight"], "priorityId" in inquiry) == (99, False)
    await office.admin.call("PUT", f"{PATH}/{key['High']}", json={"name": "Urgent"})
    path = f"livechat/room/{third}/priority"
    before = await events(office, "queue:public")
    await agent.post(path, priorityId=key["High"])
    await agent.post(path, priorityId=key["High"])  # it is so already: nothing is said twice
    told = (await events(office, "queue:public"))[len(before) :]
    assert told == [("inquiry", inquiry["_id"]), ("queue-position", inquiry["_id"])]
    assert (await events(office, f"room:{third}"))[-1] == ("room", third)
    await agent.post(f"livechat/room/{second}/priority", priorityId=key["Lowest"])
    assert await waiting(office) == [third, second, first]
    for doc in (await one(agent, third), await seen(office, third)):
        assert (doc["priorityId"], doc["priorityWeight"]) == (key["High"], 2)
    assert (await agent.call("DELETE", path)).json() == {"success": True}
    assert await waiting(office) == [second, first, third]
    for doc in (await one(agent, third), await seen(office, third)):
        assert (doc.get("priorityId"), doc["priorityWeight"]) == (None, 99)
    said = await history(office, third, "omnichannel_priority_change_history")
    by = {"definedBy": {"_id": agent.user_id, "username": (await agent.get("me"))["username"]}}
    assert [message["priorityData"] for message in said] == [
        by | {"priority": {"i18n": "High", "name": "Urgent"}},
        by,
    ]
    assert await broken(office) == {}


async def test_who_may_and_what_is_refused(office: Office) -> None:
    """An agent reaches the chats they see and those in their own queues, and no others."""
    ann, ben = await office.agent(), await office.agent()
    key = (await ids(ann))["Low"]
    department = await office.department(ann)
    _, served = await office.visitor(), await office.visitor(department=department["_id"])
    room = (await served.room())["_id"]
    path = f"livechat/room/{room}/priority"
    await ann.post(path, priorityId=key)
    assert await ben.refused("POST", path, json={"priorityId": key}) == (
        400,
        {"success": False, "error": "error-not-allowed"},
    )
    for where, what, error in (
        (path, {}, "must have required property 'priorityId' [invalid-params]"),
        (path, {"priorityId": "none"}, "error-invalid-priority"),
        (path, {"priorityId": ""}, "error-invalid-priority"),
        ("livechat/room/none/priority", {"priorityId": key}, "error-invalid-room"),
    ):
        assert (await ann.refused("POST", where, json=what))[1]["error"] == error
    await office.setting("Livechat_waiting_queue", True)
    visitor = await office.visitor(department=department["_id"])
    path = f"livechat/room/{(await visitor.room())['_id']}/priority"
    await ann.post(path, priorityId=key)  # she does not see the room, but it waits for her
    assert (await ben.refused("POST", path, json={"priorityId": key}))[0] == 400


async def test_by_save_info(office: Office) -> None:
    await office.agent()
    visitor = await office.visitor()
    room, key = (await visitor.room())["_id"], await ids(office.admin)
    guest, path = {"_id": visitor.id}, "livechat/room.saveInfo"

    async def save(**fields: Any) -> Json:
        body = {"guestData": guest, "roomData": {"_id": room, **fields}}
        await office.admin.post(path, **body)
        return await seen(office, room)

    assert (await save(priorityId=key["Medium"]))["priorityWeight"] == 3
    assert (await save(topic="x"))["priorityId"] == key["Medium"]  # what is not named stays
    assert "priorityId" not in await save(priorityId="")
    body = {"guestData": guest, "roomData": {"_id": room, "topic": "y", "priorityId": "none"}}
    status, answer = await office.admin.refused("POST", path, json=body)
    assert (status, answer["error"]) == (400, "error-invalid-priority")
    assert (await seen(office, room))["topic"] == "x"  # all of it or nothing
    await visitor.close(room)
    assert (await save(priorityId=key["Low"]))["priorityId"] == key["Low"]
    assert len(await history(office, room, "omnichannel_priority_change_history")) == 3
    assert await broken(office) == {}
