"""Deleting a contact: its devices go with all they said, and no record keeps any of it."""

import asyncio
from typing import Any

import pytest

from parley.db import Reader
from tests.office import Client, Office, Visitor

PATH = "omnichannel/contacts"
TABLES = ("rooms", "messages", "subscriptions", "inquiries", "visitors", "contacts")


async def contact_of(office: Office, visitor: Visitor) -> str:
    sql = "SELECT contact_id FROM visitors WHERE id = $1"
    return str(await office.db.read(lambda q: q.value(sql, visitor.id)))


async def stored(office: Office, *tables: str) -> str:
    async def read(q: Reader) -> str:
        found = [await q.rows(f"SELECT doc FROM {table} ORDER BY id") for table in tables]
        return str([[row[0] for row in rows] for rows in found])

    return await office.db.scan(read)


async def chat(visitor: Visitor, text: str) -> str:
    room = str((await visitor.room())["_id"])
    await visitor.say(room, text)
    await visitor.close(room)
    return room


async def delete(person: Client, contact_id: str) -> tuple[int, dict[str, Any]]:
    answer = await person.call("POST", f"{PATH}.delete", json={"contactId": contact_id})
    return answer.status_code, answer.json()


async def test_all_devices_go_and_nothing_of_another(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parley.conversations.delete_contact.AT_ONCE", 2)
    manager = await office.agent("livechat-manager")
    other = await office.visitor(name="Other")
    await chat(other, "stays")
    before = await stored(office, "rooms", "messages")
    devices = [await office.visitor(name=f"Xaver {n}", phone=f"555{n}") for n in range(5)]
    for device in devices:
        await chat(device, "Xaver was here")
    kept, *others = [await contact_of(office, device) for device in devices]
    # Merged into one another, and one of them taken out again: each leaves a record.
    merges = [
        (await manager.post(f"{PATH}.merge", contactId=into, otherId=taken))["merge"]["_id"]
        for into, taken in ((others[2], others[3]), (kept, others[2]), (kept, others[0]))
    ]
    await manager.post(f"{PATH}.unmerge", mergeId=merges[-1])
    await manager.post(f"{PATH}.merge", contactId=kept, otherId=others[1])

    assert await delete(manager, kept) == (200, {"success": True})
    assert await delete(manager, others[0]) == (200, {"success": True})
    assert await stored(office, "rooms", "messages") == before
    assert "xaver" not in (await stored(office, *TABLES, "contact_merges")).lower()
    assert (await manager.get("livechat/messages.search", text="Xaver"))["messages"] == []
    assert (await manager.get("livechat/visitors.search", term="555"))["total"] == 0
    for contact_id in (kept, *others):
        error = {"success": False, "error": "error-contact-not-found"}
        assert await delete(manager, contact_id) == (400, error)
    found = (await manager.get(f"{PATH}.get", contactId=kept))["contact"]
    assert (found["name"], found["channels"], found["enabled"]) == ("", [], False)
    events = (await office.admin.get("audit.events", target=kept))["events"]
    assert "contact.deleted" in {event["t"] for event in events}


async def test_an_open_room_is_in_the_way_unless_a_setting_says_so(office: Office) -> None:
    manager = await office.agent("livechat-manager")
    one, two = [await office.visitor() for _ in range(2)]
    await chat(one, "hi")
    await two.room()
    kept, other = [await contact_of(office, visitor) for visitor in (one, two)]
    await manager.post(f"{PATH}.merge", contactId=kept, otherId=other)
    before = await stored(office, *TABLES)
    error = {"success": False, "error": "error-contact-has-open-rooms"}
    assert await delete(manager, kept) == (400, error)
    assert await stored(office, *TABLES) == before
    await office.setting("Livechat_Allow_collect_and_store_HTTP_header_informations", True)
    assert (await delete(manager, other))[0] == 200  # an old id stays good
    assert await stored(office, "rooms", "messages", "subscriptions", "inquiries") == str([[]] * 4)


async def test_who_may_delete_what_there_is(office: Office) -> None:
    agent, manager = await office.agent(), await office.person("livechat-manager")
    made = (await manager.post(PATH, name="Prepared", emails=[], phones=["1"]))["contactId"]
    assert (await delete(agent, made))[0] == 403
    for body, error in (
        ({}, "must have required property 'contactId'"),
        ({"contactId": "x", "y": 1}, "must NOT have additional properties"),
    ):
        answer = await manager.refused("POST", f"{PATH}.delete", json=body)
        invalid = {"success": False, "error": error, "errorType": "invalid-params"}
        assert answer == (400, invalid)
    assert (await delete(manager, "nobody"))[1]["error"] == "error-contact-not-found"
    assert (await delete(manager, made))[0] == 200
    assert (await manager.get(f"{PATH}.search"))["contacts"] == []


async def test_deleted_while_somebody_writes(office: Office) -> None:
    """Whoever is first: nothing is left of the one, or all of the other."""
    manager = await office.agent("livechat-manager")
    visitors = [await office.visitor() for _ in range(6)]
    ids = [await contact_of(office, visitor) for visitor in visitors]
    answers = await asyncio.gather(
        *(delete(manager, contact_id) for contact_id in ids),
        *(office.nobody.call("GET", "livechat/room", params={"token": v.token}) for v in visitors),
    )
    for (status, body), opened in zip(answers[:6], answers[6:], strict=True):
        if opened.status_code == 200:
            assert (status, body["error"]) == (400, "error-contact-has-open-rooms")
        else:
            assert opened.json()["error"] == "invalid-token"
            assert status == 200
