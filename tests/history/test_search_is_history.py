"""Search is a part of history, history of what opens, what opens of what is listed: for anybody.

And both searches find what a look at every message finds, in random offices, whoever was merged
with whom and taken apart again.
"""

import random
import re
from typing import NamedTuple
from unicodedata import combining, normalize

import pytest

from tests.full_text import write_each
from tests.office import Client, Json, Office, Visitor

WORDS = [
    *("refund", "Réfund", "REFUNDS", "late", "later", "friend", "価格", "naïve", "order-12"),
    *("order", "12", "a"),
]
QUERIES = (
    *("refund", "REFUND late", "ref*", "late*", "lat*", '"refund late"', '"late refund" friend'),
    *("order-12", '"order 12"', "naive", "a", "格", "価格", "friend a", "refunds refund", "zzz"),
    *("efun", "ate", "rder 1", '"rder"', "naïv friend", "riend ef*", "at order"),
)


ALL_ROOMS = (["admin", "livechat-monitor"], ["livechat-manager", "livechat-monitor"], ["admin"])


class Line(NamedTuple):
    room: str
    visitor: str
    text: str


class World(NamedTuple):
    office: Office
    visitors: list[Visitor]
    people: list[Client]
    rooms: dict[str, Visitor]
    lines: list[Line]
    """Oldest first."""
    contacts: dict[str, str]
    """{visitor: the contact they are part of}."""
    merges: list[tuple[str, str, set[str]]]
    """(id, the contact that was taken up, its visitors), those that stand."""
    monitor: Client
    """Of `people`; only a monitor."""
    overseen: set[str]
    """Departments of the monitor's unit."""


async def random_world(office: Office, rng: random.Random) -> World:
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    method = rng.choice(["Manual_Selection", "Auto_Selection", "Load_Balancing"])
    await office.setting("Livechat_Routing_Method", method)
    agents = [await office.agent() for _ in range(3)]
    departments = [await office.department(*rng.sample(agents, 2)) for _ in range(2)]
    monitor = await office.person("livechat-monitor")
    both = await office.agent("livechat-monitor", online=False)
    people = [
        *(*agents, await office.person("livechat-manager"), await office.agent(online=False)),
        *(await office.agent("livechat-manager", online=False), monitor, both),
    ]
    overseen = await unit_of_some(office, rng, [monitor, both], departments)
    for permission in ("by-another-agent", "same-department"):
        roles = rng.choice([["admin"], ["admin", "livechat-agent"], ["livechat-manager"]])
        await office.grant(f"view-livechat-room-closed-{permission}", *roles)
    await office.grant("view-livechat-rooms", *rng.choice(ALL_ROOMS))
    visitors = [await office.visitor() for _ in range(4)]
    contacts = {visitor.id: (await visitor.room())["contactId"] for visitor in visitors}
    world = World(office, visitors, people, {}, [], contacts, [], monitor, overseen)
    for visitor in visitors:
        world.rooms[(await visitor.room())["_id"]] = visitor
    for _ in range(10):
        visitor = rng.choice(world.visitors)
        if rng.random() < 0.5:
            department = rng.choice(departments)["_id"]
            await office.visitor(token=visitor.token, department=department)
        await random_chat(world, visitor, agents, rng)
    return world


async def unit_of_some(
    office: Office, rng: random.Random, monitors: list[Client], departments: list[Json]
) -> set[str]:
    """Ids of its departments."""
    some = rng.sample(departments, rng.randint(0, len(departments)))
    unit = {"name": "Unit", "visibility": "public"}
    await office.admin.post(
        "livechat/units",
        unitData=unit,
        unitMonitors=[{"monitorId": each.user_id, "username": ""} for each in monitors],
        unitDepartments=[{"departmentId": each["_id"]} for each in some],
    )
    return {each["_id"] for each in some}


async def random_chat(
    world: World, visitor: Visitor, agents: list[Client], rng: random.Random
) -> None:
    room = (await visitor.room())["_id"]
    world.rooms[room] = visitor
    for _ in range(rng.randint(0, 4)):
        text = " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))
        await visitor.say(room, text)
        world.lines.append(Line(room, visitor.id, text))
    if rng.random() < 0.3:
        agent = rng.choice(agents)
        answer = await agent.call(
            "POST", "chat.sendMessage", json={"message": {"rid": room, "msg": "late friend"}}
        )
        if answer.status_code == 200:
            world.lines.append(Line(room, visitor.id, "late friend"))
    if rng.random() < 0.7:
        await visitor.close(room)


async def merge_or_unmerge(world: World, rng: random.Random) -> None:
    contacts, merges, admin = world.contacts, world.merges, world.office.admin
    if merges and rng.random() < 0.4:
        merge, taken, moved = rng.choice(merges)
        answer = await admin.call("POST", "omnichannel/contacts.unmerge", json={"mergeId": merge})
        if answer.status_code == 200:  # else its contact was merged in its turn
            merges.remove((merge, taken, moved))
            contacts |= dict.fromkeys(moved, taken)
        else:
            assert answer.json()["error"] == "error-contact-merged-elsewhere"
        return
    if len(set(contacts.values())) > 1:
        kept, taken = rng.sample(sorted(set(contacts.values())), 2)
        body = {"contactId": kept, "otherId": taken}
        entry = (await admin.post("omnichannel/contacts.merge", **body))["merge"]
        moved = {visitor for visitor, contact in contacts.items() if contact == taken}
        merges.append((entry["_id"], taken, moved))
        contacts |= dict.fromkeys(moved, kept)


def words(text: str) -> list[str]:
    plain = "".join(c for c in normalize("NFKD", text) if not combining(c)).casefold()
    return re.findall(r"[価格]|[^\W_価格]+", plain)


def holds(text: str, query: str, parts: bool) -> bool:
    """Whether all of the query stands in the text, by looking at every word of it."""
    return all(
        _stands(words(text), chunk, quoted, parts)
        for quoted, chunk in ((bool(q), q or c) for q, c in re.findall(r'"([^"]*)"|(\S+)', query))
    )


def _stands(there: list[str], chunk: str, quoted: bool, parts: bool) -> bool:
    sought, prefix = words(chunk), chunk.endswith("*")
    if parts and not quoted and not prefix and len(" ".join(sought)) >= 3:
        return " ".join(sought) in " ".join(there)
    for at in range(len(there) - len(sought) + 1):
        here = there[at : at + len(sought)]
        if here[:-1] == sought[:-1] and (
            here[-1].startswith(sought[-1]) if prefix else here[-1] == sought[-1]
        ):
            return True
    return False


def naive(lines: list[Line], query: str) -> list[Line]:
    """Newest first."""
    found = [line for line in lines if holds(line.text, query, False)]
    return (found or [line for line in lines if holds(line.text, query, True)])[::-1]


def ids(answer: Json) -> list[str]:
    return [room["_id"] for room in answer["history"]]


async def opens(person: Client, room: str) -> bool:
    return (await person.call("GET", "rooms.info", params={"roomId": room})).status_code == 200


async def check_person(world: World, person: Client) -> None:
    visible = {room for room in world.rooms if await opens(person, room)}
    listed = await person.call("GET", "livechat/rooms?count=100")
    if listed.status_code == 200:
        assert {room["_id"] for room in listed.json()["rooms"]} == visible
    seen = [line for line in world.lines if line.room in visible]
    for query in QUERIES:
        answer = await person.get("livechat/messages.search", text=query)
        found = [(one["room"]["_id"], one["message"]["msg"]) for one in answer["messages"]]
        assert found == [(line.room, line.text) for line in naive(seen, query)], query
    for door in world.rooms:
        for visitor in world.visitors:
            await check_door(world, person, door, visitor, visible)
    await check_contacts(world, person, visible)


async def check_monitor(world: World) -> None:
    """Who is only a monitor sees the rooms of their units, or the closed ones, and no others."""
    admin = world.office.admin
    grants = (await admin.get("permissions.listAll"))["update"]
    held = {each["_id"] for each in grants if "livechat-monitor" in each["roles"]}
    for room in (await admin.get("livechat/rooms", count=100))["rooms"]:
        closed = "view-livechat-room-closed-by-another-agent" in held and "open" not in room
        may = "view-livechat-rooms" in held or closed
        expected = may and room.get("departmentId") in world.overseen
        assert await opens(world.monitor, room["_id"]) == expected


async def check_contacts(world: World, person: Client, visible: set[str]) -> None:
    """What a contact's history lists is what of its visitors is closed, and opens."""
    rows = await world.office.db.scan(lambda q: q.rows("SELECT id FROM rooms WHERE NOT open"))
    closed = {row[0] for row in rows}
    for contact in set(world.contacts.values()):
        mine = {
            room
            for room, visitor in world.rooms.items()
            if world.contacts[visitor.id] == contact and room in closed & visible
        }
        path = "omnichannel/contacts.history"
        answer = await person.call("GET", path, params={"contactId": contact})
        if answer.status_code == 403:
            assert person is not world.office.admin
            continue
        assert set(ids(answer.json())) == mine
        assert answer.json()["total"] == len(mine)


async def check_door(
    world: World, person: Client, door: str, visitor: Visitor, visible: set[str]
) -> None:
    path = f"room/{door}/visitor/{visitor.id}"
    history = await person.call("GET", f"livechat/visitors.chatHistory/{path}")
    search = await person.call("GET", f"livechat/visitors.searchChats/{path}?searchText=late")
    one = world.contacts[visitor.id] == world.contacts[world.rooms[door].id]
    assert (history.status_code == 200) == (one and door in visible)
    assert search.status_code == history.status_code
    if history.status_code != 200:
        assert search.json() == history.json()
        return
    listed = ids(history.json())
    assert set(listed) == {room for room in visible if world.rooms[room] is visitor}
    assert ids(await person.get(f"livechat/visitors.searchChats/{path}")) == listed
    for text in QUERIES if world.rooms[door] is visitor else QUERIES[:1]:
        answer = await person.get(f"livechat/visitors.searchChats/{path}", searchText=text)
        lines = [line for line in world.lines if line.room in listed]
        found = {line.room for line in naive(lines, text)}
        assert ids(answer) == [room for room in listed if room in found], text
        assert answer["total"] == len(found)


@pytest.mark.parametrize("seed", [2, 3])
async def test_search_is_history_is_what_opens(office: Office, seed: int) -> None:
    await write_each(office.db, 5)
    rng = random.Random(seed)
    world = await random_world(office, rng)
    visible = {room for room in world.rooms if await opens(office.admin, room)}
    many = []
    for _ in range(6):
        await merge_or_unmerge(world, rng)
        many.append(len(world.merges))
        await check_contacts(world, office.admin, visible)
    # Nothing is shown by an office where nobody is merged, or nothing was taken back.
    assert many[-1] > 0
    assert many != sorted(many)
    for person in [*world.people, office.admin]:
        await check_person(world, person)
    await check_monitor(world)
    assert len(world.people) == 8
    assert world.lines
