"""Contacts: found by what they are called and reached by; one person with several devices is one
contact with one history, and a merge that is taken back leaves no trace."""

import json
from typing import Any

import pytest

from parley.db.documents import decode
from tests.clock import Clock
from tests.office import Client, Office, Visitor

PATH = "omnichannel/contacts"


async def contact_of(office: Office, visitor: Visitor) -> str:
    room = await visitor.room()
    return str(room["contactId"])


async def get(person: Client, contact_id: str) -> dict[str, Any]:
    contact: dict[str, Any] = (await person.get(f"{PATH}.get", contactId=contact_id))["contact"]
    return contact


async def chat(visitor: Visitor) -> str:
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hello")
    await visitor.close(room)
    return str(room)


async def stored(office: Office) -> dict[str, str]:
    """Every contact and visitor's contact, byte for byte."""

    async def read(q: Any) -> dict[str, str]:
        contacts = await q.rows("SELECT id, doc, search_key FROM contacts")
        visitors = await q.rows("SELECT id, contact_id FROM visitors")
        reach = await q.rows("SELECT contact_id, kind, value FROM contact_reach ORDER BY 1, 2, 3")
        return (
            {row[0]: f"{row[1]} {row[2]}" for row in contacts}
            | {f"visitor {row[0]}": row[1] for row in visitors}
            | {"reach": str([tuple(row) for row in reach])}
        )

    return await office.db.scan(read)


async def history(person: Client, contact_id: str) -> list[str]:
    answer = await person.get(f"{PATH}.history", contactId=contact_id)
    assert answer["total"] == len(answer["history"])
    return [room["_id"] for room in answer["history"]]


async def test_one_person_on_three_devices_is_one_contact_with_one_history(
    office: Office, clock: Clock
) -> None:
    agent = await office.agent("livechat-manager")
    devices = [
        await office.visitor(name=name, email="maria@mail.example", phone=phone)
        for name, phone in (("Maria", "1"), ("Maria Santos", "2"), ("M.", "3"))
    ]
    rooms = []
    for visitor in devices:
        clock.wait(minutes=1)
        rooms.append(await chat(visitor))
    ids = [await contact_of(office, visitor) for visitor in devices]
    assert len(set(ids)) == 3
    found = (await agent.get(f"{PATH}.mergeCandidates", contactId=ids[0]))["contacts"]
    assert sorted(contact["_id"] for contact in found) == sorted(ids[1:])
    for other in ids[1:]:
        await agent.post(f"{PATH}.merge", contactId=ids[0], otherId=other)

    contact = await get(agent, ids[0])
    for contact_id in ids:  # an old id stays good
        assert await get(agent, contact_id) == contact
        assert await history(agent, contact_id) == rooms[::-1]
    assert [phone["phoneNumber"] for phone in contact["phones"]] == ["1", "2", "3"]
    assert contact["emails"] == [{"address": "maria@mail.example"}]
    assert {"field": "name", "value": "M."} in contact["conflictingFields"]
    assert len(contact["channels"]) == 3
    # The door opens from any device's room to any other's history.
    page = await office.history(agent, rooms[0], devices[2].id)
    assert rooms[2] in [room["_id"] for room in page["history"]]
    # What comes later is the one contact's.
    clock.wait(minutes=1)
    await devices[1].close((await devices[1].room())["_id"])
    later = await chat(devices[1])
    assert later in await history(agent, ids[0])
    settled = await agent.post(f"{PATH}.conflicts", contactId=ids[0], name="Maria Santos")
    assert "conflictingFields" not in settled["result"]


async def test_merge_then_unmerge_restores_the_exact_state(office: Office, clock: Clock) -> None:
    agent = await office.agent("livechat-manager")
    one = await office.visitor(name="Ana", email="ana@mail.example", phone="1")
    two = await office.visitor(name="Ana B.", email="ana@mail.example")
    for visitor in (one, two):
        room = await visitor.room()
        await visitor.say(room["_id"], "hello")
        await agent.post("chat.sendMessage", message={"rid": room["_id"], "msg": "yes?"})
    kept, other = [await contact_of(office, visitor) for visitor in (one, two)]
    before = await stored(office)
    clock.wait(hours=1)
    merge = (await agent.post(f"{PATH}.merge", contactId=kept, otherId=other))["merge"]
    assert before != await stored(office)
    assert merge["visitors"] == [two.id]
    clock.wait(hours=1)
    answer = await agent.post(f"{PATH}.unmerge", mergeId=merge["_id"])
    assert [contact["_id"] for contact in answer["contacts"]] == [kept, other]
    assert before == await stored(office)
    assert (await get(agent, other))["_id"] == other
    status, refused = await agent.refused("POST", f"{PATH}.unmerge", json={"mergeId": merge["_id"]})
    assert (status, refused["error"]) == (400, "error-merge-not-found")
    merges = (await agent.get(f"{PATH}.merges", contactId=kept))["merges"]
    assert [(m["_id"], m["undone"]) for m in merges] == [(merge["_id"], True)]
    log = await office.admin.get("audit.events", target=kept)
    assert {e["t"] for e in log["events"]} == {"contact.merged", "contact.unmerged"}


async def test_what_was_learnt_meanwhile_stays_when_a_merge_is_taken_back(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    one = await office.visitor(name="Ana", email="ana@mail.example")
    two = await office.visitor(name="Bea", phone="2")
    rooms = [await chat(visitor) for visitor in (one, two)]
    kept, other = [await contact_of(office, visitor) for visitor in (one, two)]
    third = await office.visitor(name="Cleo")
    await chat(third)
    merge = (await agent.post(f"{PATH}.merge", contactId=kept, otherId=other))["merge"]
    await agent.post(f"{PATH}.merge", contactId=kept, otherId=await contact_of(office, third))
    await agent.post(f"{PATH}.update", contactId=kept, name="Ana Maria")
    await agent.post(f"{PATH}.unmerge", mergeId=merge["_id"])
    contact = await get(agent, kept)
    assert contact["name"] == "Ana Maria"
    assert "phones" not in contact
    assert {c["visitor"]["visitorId"] for c in contact["channels"]} == {one.id, third.id}
    assert rooms[1] not in await history(agent, kept)
    assert await history(agent, other) == [rooms[1]]


async def test_what_cannot_be_merged_is_refused(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    visitors = [await office.visitor() for _ in range(3)]
    ids = [await contact_of(office, visitor) for visitor in visitors]

    async def refused(path: str, **body: Any) -> str:
        status, answer = await agent.refused("POST", f"{PATH}.{path}", json=body)
        assert status == 400
        return str(answer["error"])

    assert await refused("merge", contactId=ids[0], otherId=ids[0]) == "error-same-contact"
    assert await refused("merge", contactId=ids[0], otherId="no") == "error-contact-not-found"
    inner = (await agent.post(f"{PATH}.merge", contactId=ids[1], otherId=ids[2]))["merge"]
    assert await refused("merge", contactId=ids[1], otherId=ids[2]) == "error-same-contact"
    outer = (await agent.post(f"{PATH}.merge", contactId=ids[0], otherId=ids[1]))["merge"]
    error = "error-contact-merged-elsewhere"
    assert await refused("unmerge", mergeId=inner["_id"]) == error
    assert (await get(agent, ids[2]))["_id"] == ids[0]
    await agent.post(f"{PATH}.unmerge", mergeId=outer["_id"])
    assert (await get(agent, ids[2]))["_id"] == ids[1]
    await agent.post(f"{PATH}.unmerge", mergeId=inner["_id"])
    stranger = await office.person()
    assert (await stranger.refused("POST", f"{PATH}.merge", json={}))[0] == 403


async def test_a_prepared_contact_is_joined_by_address_and_no_other_is(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    prepared = (
        await agent.post(
            PATH,
            name="Dr. Ruiz",
            emails=[" Ruiz@Clinic.Example "],
            phones=["+34 5"],
            contactManager=agent.user_id,
        )
    )["contactId"]
    first = await office.visitor(name="ruiz", email="ruiz@clinic.example")
    assert await contact_of(office, first) == prepared
    contact = await get(agent, prepared)
    assert (contact["name"], contact["unknown"]) == ("Dr. Ruiz", False)
    again = await office.visitor(email="ruiz@clinic.example")
    assert await contact_of(office, again) != prepared
    await office.visitor(token=first.token, name="Somebody Else")
    contact = await get(agent, prepared)
    assert contact["name"] == "Dr. Ruiz"
    assert {"field": "name", "value": "Somebody Else"} in contact["conflictingFields"]


async def test_contacts_are_found(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    for name, email in (("Zoë Ångström", "zoe@a.example"), ("100%_real", "b@b.example")):
        await agent.post(PATH, name=name, emails=[email], phones=["+1 (555) 0"])
    await (await office.visitor(name="Zoe Unknown")).room()

    async def names(**query: Any) -> list[str]:
        answer = await agent.get(f"{PATH}.search", **query)
        assert answer["count"] == query.get("count", 50)
        return [contact["name"] for contact in answer["contacts"]]

    assert await names() == ["100%_real", "Zoë Ångström"]
    assert await names(searchText="zoe") == ["Zoë Ångström"]
    assert await names(searchText="ANGSTROM") == ["Zoë Ångström"]
    assert await names(searchText="B@b.EX") == ["100%_real"]
    assert await names(searchText="%_") == ["100%_real"]
    assert await names(searchText="zoe", unknown="true") == ["Zoe Unknown"]
    assert await names(sort='{"name":-1}', count=1) == ["Zoë Ångström"]
    await (await office.visitor(email="b@b.example")).room()
    assert await names(sort='{"lastChat.ts":-1}') == ["100%_real", "Zoë Ångström"]
    assert await names(sort='{"channels.lastChat.ts":1}') == ["Zoë Ångström", "100%_real"]
    assert await names(sort='{"createdAt":-1}') == ["100%_real", "Zoë Ångström"]
    for query, exists in (
        ({"email": "ZOE@a.example"}, True),
        ({"email": "zoe@a"}, False),
        ({"phone": "+1 (555) 0"}, True),
        ({"contactId": "no"}, False),
    ):
        assert (await agent.get(f"{PATH}.checkExistence", **query))["exists"] is exists
    for query in ({}, {"email": "a", "phone": "b"}):
        status, answer = await agent.refused("GET", f"{PATH}.checkExistence", params=query)
        assert status == 400
        assert answer["error"].startswith("must match exactly one schema in oneOf")


async def test_a_contact_is_changed_and_open_chats_follow(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    visitor = await office.visitor(name="Eva")
    closed = await chat(visitor)
    room = await visitor.room()
    body = {"contactId": room["contactId"], "name": "Eva Roth", "contactManager": agent.user_id}
    contact = (await agent.post(f"{PATH}.update", **body, emails=["E@R.example"]))["contact"]
    assert contact["contactManager"] == agent.user_id
    assert contact["emails"] == [{"address": "e@r.example"}]
    shown = await agent.get("rooms.info", roomId=room["_id"])
    assert shown["room"]["fname"] == "Eva Roth"
    assert (await agent.get("rooms.info", roomId=closed))["room"]["fname"] == "Eva"
    contact = await agent.post(f"{PATH}.update", contactId=contact["_id"], contactManager="")
    assert "contactManager" not in contact["contact"]
    for body, error in (
        ({"contactId": "no"}, "error-contact-not-found"),
        ({"contactManager": "no"}, "error-contact-manager-not-found"),
        ({"customFields": {"vip": "yes"}}, "Custom field vip is not allowed"),
    ):
        _, answer = await agent.refused(
            "POST", f"{PATH}.update", json={"contactId": room["contactId"]} | body
        )
        assert answer["error"] == error
    _, answer = await agent.refused(
        "POST", f"{PATH}.conflicts", json={"contactId": room["contactId"]}
    )
    assert answer["error"] == "error-contact-has-no-conflicts"
    assert (await agent.refused("GET", f"{PATH}.get", params={"contactId": "no"}))[0] == 404


@pytest.mark.parametrize("text", ["'", "\\", "%", "\U0001f980" * 200])
async def test_odd_searches_find_nothing(office: Office, text: str) -> None:
    await office.admin.post(PATH, name="x", emails=[], phones=[])
    answer = await office.admin.get(f"{PATH}.search", searchText=text)
    assert answer["contacts"] == []


async def test_custom_fields_of_contacts(office: Office) -> None:
    for key, scope, more in (
        ("plan", "visitor", {"regexp": "^[a-z]+$", "required": True}),
        ("note", "visitor", {}),
        ("secret", "visitor", {"visibility": "hidden"}),
        ("order", "room", {}),
    ):
        field = {"field": key, "label": key.title(), "scope": scope, "visibility": "visible"}
        await office.admin.post("livechat/custom-fields.save", customFieldData=field | more)
    agent = await office.agent()
    new: dict[str, Any] = {"name": "x", "emails": [], "phones": []}
    for fields, error in (
        (None, "Invalid value for Plan field"),
        ({"note": "x", "plan": " "}, "Invalid value for Plan field"),
        ({"plan": "UP"}, "Invalid value for Plan field"),
        ({"plan": "a", "secret": "x"}, "Custom field secret is not allowed"),
        ({"plan": "a", "order": "x"}, "Custom field order is not allowed"),
        ({"plan": 5}, "Invalid value for plan field"),
    ):
        answer = await agent.refused("POST", PATH, json=new | {"customFields": fields})
        assert answer == (400, {"success": False, "error": error})
    made = (await agent.post(PATH, **new, customFields={"plan": " gold "}))["contactId"]
    # What it has need not be given again.
    await agent.post(f"{PATH}.update", contactId=made, customFields={"note": "n"})
    assert (await get(agent, made))["customFields"] == {"plan": "gold", "note": "n"}


async def test_the_record_of_a_merge_holds_no_visitors_token(office: Office) -> None:
    agent = await office.agent("livechat-manager")
    visitors = [await office.visitor(token=f"secret-token-{n}") for n in range(2)]
    ids = [await contact_of(office, visitor) for visitor in visitors]
    await agent.post(f"{PATH}.merge", contactId=ids[0], otherId=ids[1])
    rows = await office.db.scan(lambda q: q.rows("SELECT doc FROM contact_merges"))
    assert "secret-token" not in json.dumps([decode(row[0]) for row in rows])
