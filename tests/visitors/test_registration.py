"""Registering visitors, their credential, and the contact behind each."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from parley.db import Tx
from parley.db.documents import decode
from tests.office import Json, Office

PATH = "livechat/visitor"


async def contacts(office: Office) -> list[Json]:
    async def read(tx: Tx) -> list[Json]:
        rows = await tx.rows(
            "SELECT c.doc FROM contacts c JOIN visitors v ON v.contact_id = c.id ORDER BY v.id"
        )
        return [decode(row[0]) for row in rows]

    return await office.db.act(read)


async def test_a_new_visitor_and_the_same_one_again(office: Office) -> None:
    sales = await office.department(name="Sales")
    first = await office.visitor(
        token="t 1/ä",
        name="  Maria ",
        email=" Maria@Example.ORG ",
        phone="+1 555",
        department="Sales",
        customFields=[{"key": "unknown", "value": "x", "overwrite": True}],
        anything={"else": 1},
    )
    doc = dict(first.doc)
    assert len(doc.pop("_id")) == 24
    assert doc.pop("ts") <= doc.pop("_updatedAt")
    assert doc == {
        "username": "guest-2",
        "token": "t 1/ä",
        "status": "online",
        "name": "Maria",
        "visitorEmails": [{"address": "maria@example.org"}],
        "phone": [{"phoneNumber": "+1 555"}],
        "department": sales["_id"],
    }
    again = await office.visitor(token="t 1/ä", name=" ", email="", username="boss", id="mine")
    assert {**again.doc, "_updatedAt": ""} == {**first.doc, "_updatedAt": ""}
    other = await office.department()
    again = await office.visitor(token="t 1/ä", name="Mary", department=other["_id"])
    assert (again.id, again.doc["name"]) == (first.id, "Mary")
    assert again.doc["department"] == other["_id"]
    assert again.doc["visitorEmails"] == [{"address": "maria@example.org"}]

    shown = await office.nobody.get(f"{PATH}/{quote('t 1/ä', safe='')}")
    assert shown == {"visitor": again.doc, "success": True}
    # An id comes before a name that looks like it.
    await office.department(name=sales["_id"])
    assert (await office.visitor(department=sales["_id"])).doc["department"] == sales["_id"]
    named = await office.visitor(token="t2", username="given", id="my-id")
    assert (named.id, named.doc["username"]) == ("my-id", "given")
    assert (await office.visitor(token="t3")).doc["username"] == "guest-4"


@pytest.mark.parametrize(
    "body",
    [{"email": "shared@example.org"}, {"phone": "+1 555"}, {"id": "first"}],
)
async def test_nobody_becomes_another_visitor_but_by_token(
    office: Office, body: dict[str, str]
) -> None:
    first = await office.visitor(id="first", email="shared@example.org", phone="+1 555")
    response = await office.nobody.call(
        "POST", PATH, json={"visitor": {"token": "stranger", **body}}
    )
    assert first.token not in response.text
    if "id" in body:
        code = "error-livechat-visitor-registration"
        error = f"Error registering visitor [{code}]"
        assert response.status_code == 400
        assert response.json() == {"success": False, "error": error, "errorType": code}
    else:
        visitor = response.json()["visitor"]
        assert visitor["_id"] != first.id
        assert visitor["username"] != first.doc["username"]
    assert (await office.nobody.get(f"{PATH}/{first.token}"))["visitor"] == first.doc


async def test_refusals(office: Office) -> None:
    blank = {"error": "Token cannot be empty [error-invalid-token]"}
    blank["errorType"] = "error-invalid-token"
    cases: list[tuple[Any, dict[str, str]]] = [
        ({"visitor": {"token": ""}}, blank),
        ({"visitor": {"token": " \t"}}, blank),
        ({"visitor": {"token": "t" * 257}}, blank),
        ({}, {"error": "Match error: Missing key 'visitor'"}),
        ({"visitor": {}}, {"error": "Match error: Missing key 'token' in field visitor"}),
        ({"visitor": 5}, {"error": "Match error: Expected object, got number in field visitor"}),
        (
            {"visitor": {"token": "t", "name": 5}},
            {"error": "Match error: Expected string, got number in field visitor.name"},
        ),
        (
            {"visitor": {"token": "t", "customFields": [{"key": "a", "value": "b"}]}},
            {"error": "Match error: Missing key 'overwrite' in field visitor.customFields[0]"},
        ),
        ({"visitor": {"token": "t"}, "x": 1}, {"error": "Match error: Unknown key in field x"}),
        ({"visitor": {"token": "t", "department": "?"}}, {"error": "error-invalid-department"}),
        (
            {"visitor": {"token": "t", "id": "i" * 65}},
            {
                "error": "Error registering visitor [error-livechat-visitor-registration]",
                "errorType": "error-livechat-visitor-registration",
            },
        ),
    ]
    for body, answer in cases:
        found = await office.nobody.refused("POST", PATH, json=body)
        assert found == (400, {"success": False} | answer), body
    unknown = {"success": False, "error": "[invalid-token]", "errorType": "invalid-token"}
    for token in ("t", "t" * 5000):
        assert await office.nobody.refused("GET", f"{PATH}/{token}") == (400, unknown)


async def test_a_name_cannot_swell_every_message(office: Office) -> None:
    visitor = await office.visitor(name="n" * 9999, username="u" * 999, phone="1" * 999)
    assert len(visitor.doc["name"]) == len(visitor.doc["username"]) == 255
    assert len(visitor.doc["phone"][0]["phoneNumber"]) == 255


async def test_two_registrations_of_one_token_at_once(office: Office) -> None:
    made = await asyncio.gather(*[office.visitor(token="hasty", name=f"N{n}") for n in range(20)])
    assert len({visitor.id for visitor in made}) == 1
    assert len(await contacts(office)) == 1


async def test_a_new_name_is_the_open_rooms_too(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor(name="Old")
    closed = (await visitor.room())["_id"]
    await visitor.close(closed)
    room = (await visitor.room())["_id"]
    await office.visitor(token=visitor.token)
    await office.visitor(token=visitor.token, name="New")

    async def names(tx: Tx) -> list[str]:
        return [
            await tx.value(f"SELECT doc ->> '{key}' FROM {table} WHERE {column} = $1", room)
            for table, column, key in (
                ("inquiries", "room_id", "name"),
                ("subscriptions", "room_id", "name"),
                ("subscriptions", "room_id", "fname"),
            )
        ]

    assert await office.db.act(names) == ["New"] * 3
    for room_id, name in ((room, "New"), (closed, "Old")):
        assert (await agent.get("rooms.info", roomId=room_id))["room"]["fname"] == name


async def test_what_headers_tell_is_kept_only_if_switched_on(office: Office) -> None:
    assert not {"userAgent", "ip", "host"} & (await office.visitor()).doc.keys()
    await office.setting("Livechat_Allow_collect_and_store_HTTP_header_informations", True)
    doc = (await office.visitor()).doc
    assert doc["host"] == "office"
    assert doc["ip"] == "127.0.0.1"
    assert doc["userAgent"].startswith("python-httpx/")


async def test_a_contact_for_each_visitor(office: Office) -> None:
    await office.agent()
    one = await office.visitor(id="1", name="Ann", email="a@example.org", phone="1")
    await office.visitor(id="2", email="a@example.org")
    first, second = await contacts(office)
    assert first["_id"] != second["_id"]
    known = {"name": "Ann", "unknown": True, "channels": []}
    assert first == first | known | {
        "emails": [{"address": "a@example.org"}],
        "phones": [{"phoneNumber": "1"}],
    }
    assert second["name"] == "guest-3"
    room = await one.room()
    assert room["contactId"] == first["_id"]
    await office.visitor(token=one.token, name="Anna", email="b@example.org", phone="1")
    first, _ = await contacts(office)
    assert first["name"] == "Anna"
    assert first["emails"] == [{"address": "a@example.org"}, {"address": "b@example.org"}]
    assert first["phones"] == [{"phoneNumber": "1"}]
    chat = {"_id": room["_id"], "ts": room["ts"]}
    assert first["lastChat"] == chat
    source = {"type": "api"}
    assert first["channels"] == [
        {
            "name": "api",
            "verified": False,
            "blocked": False,
            "visitor": {"visitorId": one.id, "source": source},
            "details": source,
            "lastChat": chat,
        }
    ]
    await one.close(room["_id"])
    headers = {"cookie": "rc_room_type=l; rc_is_widget=t"}
    for _ in range(2):
        query = {"token": one.token}
        await office.nobody.call("GET", "livechat/room", params=query, headers=headers)
    first, _ = await contacts(office)
    assert [channel["name"] for channel in first["channels"]] == ["api", "widget"]
    assert first["lastChat"] == first["channels"][1]["lastChat"] != chat
    for n in range(101):
        await office.visitor(token=one.token, phone=f"+{n}")
    first, _ = await contacts(office)
    assert len(first["phones"]) == 100


async def test_the_contact_is_known_and_active_once_an_agent_has_answered(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    room = await visitor.room()
    await visitor.say(room["_id"], "hi")
    assert "activity" not in (await contacts(office))[0]
    for _ in range(2):
        await agent.post("chat.sendMessage", message={"rid": room["_id"], "msg": "hello"})
    (contact,) = await contacts(office)
    months = contact["activity"]
    assert months == [contact["_updatedAt"][:7]]
    assert contact["unknown"] is False
    assert (await visitor.room())["v"]["activity"] == months
    await visitor.close(room["_id"])
    assert (await visitor.room())["v"]["activity"] == months


async def test_the_token_stands_in_one_column_only(office: Office) -> None:
    """No document and no event holds it; where it would stand there is the handle."""
    agent = await office.agent()
    token = 'se"cret/ÿ'
    visitor = await office.visitor(token=token, name="Maria")
    room = await visitor.room()
    said = await visitor.say(room["_id"], '"token":"x"')
    assert said["token"] == room["v"]["token"] == visitor.doc["token"] == token
    assert room["lastMessage"]["token"] == token
    seen = (await agent.get("rooms.info", roomId=room["_id"]))["room"]
    handle = seen["v"]["token"]
    assert seen["lastMessage"]["token"] == handle
    assert len(handle) == 22
    await visitor.close(room["_id"])

    async def everything(tx: Tx) -> dict[str, list[str]]:
        tables = ("visitors", "contacts", "rooms", "subscriptions", "inquiries", "messages")
        found = {}
        for table in (*tables, "outbox"):
            found[table] = [row[0] for row in await tx.rows(f"SELECT doc FROM {table}")]
        found["streams"] = [row[0] for row in await tx.rows("SELECT name FROM streams")]
        return found

    found = await office.db.act(everything)
    assert [table for table in ("subscriptions", "inquiries") if found[table]] == []
    everywhere = [text for texts in found.values() for text in texts]
    assert len(everywhere) > 10
    assert not [t for t in everywhere if token in t or json.dumps(token)[1:-1] in t]
    assert not [t for t in everywhere if token.replace('"', '\\"') in t]
    for table in ("visitors", "rooms"):
        assert decode(found[table][0]).get("v", decode(found[table][0]))["token"] == handle
    # The handle is a name, not a key.
    for table, params in ((f"{PATH}/{handle}", {}), ("livechat/room", {"token": handle})):
        assert (await office.nobody.refused("GET", table, params=params))[0] == 400
    # In their own answers visitors read their own token, whatever they had written.
    history = await office.nobody.get(f"livechat/messages.history/{room['_id']}", token=token)
    own = [m for m in history["messages"] if "token" in m]
    assert {m["token"] for m in own} == {token}
    assert '"token":"x"' in [m["msg"] for m in own]
