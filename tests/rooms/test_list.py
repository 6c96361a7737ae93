"""The list of rooms: every filter against the same rule in Python, on both engines."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from parley.clock import later
from parley.db import Tx
from parley.db.documents import decode, fold, insert
from parley.rooms.subscription_store import fold_names
from tests.office import Client, Json, Office
from tests.stored import stored_room

START = "2026-01-01T00:00:00.000Z"
ROOMS = "livechat/rooms"
NAMES = ["Maria Müller", "MARIA", "100%_\\", 'O"Brien', "Łukasz", "x"]
TAGS = ["vip", "VIP", 'a"b', "b", "a,b", "a", "é", "x\\"]
FIELDS: list[Json] = [{}, {"color": "Dark Red"}, {"color": "red%", "size": "1"}, {"size": "red"}]


async def fill(tx: Tx, agents: list[str], departments: list[str]) -> list[Json]:
    dice = Random(7)
    rooms = []
    for n in range(60):
        ts = later(START, minutes=dice.randrange(40))
        more: Json = {"fname": dice.choice(NAMES), "msgs": dice.randrange(5)}
        if dice.random() < 0.7:
            more["servedBy"] = {"_id": dice.choice(agents), "username": "a", "ts": ts}
        if dice.random() < 0.7:
            more["departmentId"] = dice.choice(departments)
        if dice.random() < 0.4:
            more["open"] = True
        else:
            more["closedAt"] = later(ts, minutes=dice.randrange(20))
        if dice.random() < 0.2:
            more["onHold"] = True
        if dice.random() < 0.6:
            more["tags"] = dice.sample(TAGS, dice.randrange(1, 4))
        if fields := dice.choice(FIELDS):
            more["livechatData"] = fields
        room = stored_room(f"room{n:02}", f"visitor{n}", ts, **more)
        await insert(tx, "rooms", room, name_key=fold(room["fname"]))
        rooms.append(room)
    return rooms


def has(key: str, inner: str, values: list[str]) -> Callable[[Json], bool]:
    return lambda room: (room.get(key) or {}).get(inner) in values


def on_hold(room: Json) -> bool:
    return bool(room.get("onHold"))


def between(key: str, start: str, end: str) -> Callable[[Json], bool]:
    return lambda room: start <= room.get(key, "") <= end


def field(key: str, value: str) -> Callable[[Json], bool]:
    return lambda room: value in room.get("livechatData", {}).get(key, "").lower()


FROM, TO = later(START, minutes=10), later(START, minutes=20)
RANGE = json.dumps({"start": FROM, "end": TO})


def cases(agents: list[str], departments: list[str]) -> list[tuple[Json, Callable[[Json], bool]]]:
    one, two = departments[0], departments[:2]
    return [
        ({}, lambda r: True),
        ({"agents[]": agents[:1]}, has("servedBy", "_id", agents[:1])),
        ({"agents[]": agents[:2]}, has("servedBy", "_id", agents[:2])),
        ({"departmentId": one}, lambda r: r.get("departmentId") == one),
        ({"departmentId[]": [*two, "undefined"]}, lambda r: r.get("departmentId") in two),
        ({"departmentId": "undefined"}, lambda r: True),
        ({"roomName": "maria"}, lambda r: "maria" in r["fname"].lower()),
        ({"roomName": "MULLER"}, lambda r: "Müller" in r["fname"]),
        ({"roomName": "%_\\"}, lambda r: "%_\\" in r["fname"]),
        ({"roomName": '"MARIA"'}, lambda r: r["fname"] == "MARIA"),
        ({"roomName": '"'}, lambda r: '"' in r["fname"]),
        ({"open": "true"}, lambda r: "open" in r and "servedBy" in r and not on_hold(r)),
        ({"open": "false"}, lambda r: "open" not in r and not on_hold(r)),
        ({"open": "maybe"}, lambda r: True),
        ({"onhold": "t"}, on_hold),
        ({"onhold": "no"}, lambda r: True),
        (
            {"queued": "1", "open": "false"},
            lambda r: "open" in r and "servedBy" not in r and not on_hold(r),
        ),
        ({"createdAt": RANGE}, between("ts", FROM, TO)),
        ({"createdAt": json.dumps({"start": FROM})}, lambda r: r["ts"] >= FROM),
        ({"closedAt": RANGE}, between("closedAt", FROM, TO)),
        *[({"tags[]": [tag]}, lambda r, t=tag: t in r.get("tags", [])) for tag in TAGS],
        ({"tags[]": ["vip", "b"]}, lambda r: bool({"vip", "b"} & {*r.get("tags", [])})),
        ({"customFields": '{"color":"RED"}'}, field("color", "red")),
        ({"customFields": '{"color":"red%"}'}, field("color", "red%")),
        (
            {"customFields": '{"color":"red","size":"1"}'},
            lambda r: field("color", "red")(r) and field("size", "1")(r),
        ),
        ({"units[]": ["u"], "query": "{}", "fields": "{}"}, lambda r: True),
        (
            {"agents[]": agents, "departmentId": one, "open": "false", "tags[]": ["b", "vip"]},
            lambda r: (
                "servedBy" in r
                and r.get("departmentId") == one
                and "open" not in r
                and not on_hold(r)
                and bool({"b", "vip"} & {*r.get("tags", [])})
            ),
        ),
    ]


async def scene(office: Office) -> tuple[list[Json], list[Client], list[str]]:
    agents = [await office.agent() for _ in range(3)]
    names = ['Sales "and" more', "Support", "Gone"]
    departments = [(await office.department(name=name))["_id"] for name in names]
    rooms = await office.db.act(fill, [a.user_id for a in agents], departments)
    await office.db.act(lambda tx: tx.rows("DELETE FROM departments WHERE name = 'Gone'"))
    return rooms, agents, departments


async def test_every_filter(office: Office) -> None:
    rooms, agents, departments = await scene(office)
    for query, rule in cases([a.user_id for a in agents], departments):
        wanted = [room for room in rooms if rule(room)]
        wanted.sort(key=lambda room: (room["ts"], room["_id"]), reverse=True)
        answer = await office.admin.get(ROOMS, count=100, **query)
        assert [r["_id"] for r in answer["rooms"]] == [r["_id"] for r in wanted], query
        total = len(wanted)
        assert (answer["count"], answer["offset"], answer["total"]) == (total, 0, total)
        if query:
            assert total > 0, query
    names = dict(zip(departments, ['Sales "and" more', "Support"], strict=False))
    both = {"departmentId[]": departments[:2]}
    for room in (await office.admin.get(ROOMS, count=100, **both))["rooms"]:
        key = room["departmentId"]
        assert room["department"] == {"_id": key, "name": names[key]}
    everything = await office.admin.get(ROOMS, count=100)
    stored = {room["_id"]: room for room in rooms}
    for room in everything["rooms"]:
        if room.get("departmentId") == departments[2]:
            assert "department" not in room
        room.pop("department", None)
        assert room == stored[room["_id"]]


async def test_pages_neither_skip_nor_repeat(office: Office) -> None:
    rooms, *_ = await scene(office)
    orders: list[tuple[str, Callable[[Json], Any], bool]] = [
        ('{"ts":1}', lambda r: r["ts"], False),
        ('{"closedAt":-1}', lambda r: r.get("closedAt", ""), True),
        ('{"fname":1}', lambda r: fold(r["fname"]), False),
        ('{"msgs":-1}', lambda r: r["msgs"], True),
        ('{"departmentId":1}', lambda r: r.get("departmentId", ""), False),
        ('{"open":-1}', lambda r: "open" in r, True),
    ]
    for sort, key, down in orders:
        wanted = sorted(rooms, key=lambda r: (key(r), r["_id"]), reverse=down)
        found: list[str] = []
        for offset in range(0, 70, 7):
            page = await office.admin.get(ROOMS, count=7, offset=offset, sort=sort)
            assert page["total"] == 60
            found += [room["_id"] for room in page["rooms"]]
        assert found == [room["_id"] for room in wanted], sort


async def test_who_may_list_what(office: Office) -> None:
    rooms, agents, _ = await scene(office)
    ann, ben, _ = agents
    mine = {"agents[]": ann.user_id, "count": 100}
    answer = await ann.get(ROOMS, **mine)
    wanted = {r["_id"] for r in rooms if (r.get("servedBy") or {}).get("_id") == ann.user_id}
    assert {room["_id"] for room in answer["rooms"]} == wanted != set()
    for query in ({}, {"agents[]": ben.user_id}, {"agents[]": [ann.user_id, ben.user_id]}):
        status, body = await ann.refused("GET", ROOMS, params=query)
        assert (status, body) == (403, {"success": False, "error": "unauthorized"})
    person = await office.person()
    own = {"agents[]": person.user_id}
    assert (await person.refused("GET", ROOMS, params=own))[0] == 403
    assert (await office.nobody.refused("GET", ROOMS))[0] == 401


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_a_list_is_refused_for(office: Office) -> None:
    date = 'The "{}" query parameter must be a valid date.'
    valid = 'The "{}" query parameter must be a valid JSON.'
    ann = await office.agent()
    early = [
        ({"createdAt": '{"start":"yesterday"}'}, date.format("createdAt.start")),
        ({"createdAt": '{"end":12}'}, date.format("createdAt.end")),
        ({"closedAt": '{"start":"0001-01-01T00:00:00+14:00"}'}, date.format("closedAt.start")),
        ({"closedAt": "{"}, valid.format("closedAt")),
        ({"createdAt": "[" * 2000}, valid.format("createdAt")),
    ]
    for query, error in early:  # before it is asked who may
        assert (await ann.refused("GET", ROOMS, params=query))[1]["error"] == error, query
    fields = [
        *("[]", "{", '{"a b":"c"}', '{"$.a":"c"}', '{"a":"\\u0000"}', '{"2nd":"x"}'),
    ]
    for text in fields:
        query = {"customFields": text}
        assert (await ann.refused("GET", ROOMS, params=query))[0] == 403
        status, body = await office.admin.refused("GET", ROOMS, params=query)
        assert (status, body["error"]) == (400, valid.format("customFields"))
    query = {"sort": '{"servedBy":1}'}
    assert (await office.admin.refused("GET", ROOMS, params=query))[1]["errorType"] == (
        "error-invalid-sort"
    )
    extra = "must NOT have additional properties [invalid-params]"
    assert (await office.admin.refused("GET", ROOMS, params={"x": "y"}))[1]["error"] == extra


async def test_sources_are_those_there_are(office: Office) -> None:
    assert (await office.admin.get(f"{ROOMS}/filters"))["filters"] == []
    await office.agent()
    visitor = await office.visitor()
    await visitor.close((await visitor.room())["_id"])
    headers = {"cookie": "rc_room_type=l; rc_is_widget=t"}
    query = {"token": visitor.token}
    await office.nobody.call("GET", "livechat/room", params=query, headers=headers)
    answer = await office.admin.get(f"{ROOMS}/filters")
    assert answer["filters"] == [{"type": "widget"}, {"type": "api"}]


async def test_names_of_an_earlier_version_are_folded(office: Office) -> None:
    async def old(tx: Tx) -> None:
        for n in range(3):
            room = stored_room(f"old{n}", f"v{n}", START, fname="MÜLLER")
            await insert(tx, "rooms", room)

    await office.db.act(old)
    assert await office.db.act(fold_names) == 3
    assert await office.db.act(fold_names) == 0
    assert (await office.admin.get(ROOMS, roomName="müll"))["total"] == 3
    docs = await office.db.read(lambda q: q.rows("SELECT doc FROM rooms"))
    assert {decode(row[0])["fname"] for row in docs} == {"MÜLLER"}
