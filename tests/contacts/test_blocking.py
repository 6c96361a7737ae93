"""A blocked channel: its chats are closed, it begins no others, by whatever way it comes."""

from typing import Any

from tests.integrations.test_sms import rooms, sms, taken, twilio, written
from tests.office import Client, Office

__all__ = ["twilio"]

BLOCK, UNBLOCK = "omnichannel/contacts.block", "omnichannel/contacts.unblock"
BLOCKED = (400, {"success": False, "error": "error-contact-channel-blocked"})


def channel(visitor_id: str, kind: str = "api", **source: str) -> dict[str, Any]:
    return {"visitor": {"visitorId": visitor_id, "source": {"type": kind, **source}}}


async def channels(office: Office, contact_id: str) -> list[tuple[str, bool]]:
    found = await office.admin.get("omnichannel/contacts.get", contactId=contact_id)
    return [(c["visitor"]["visitorId"], c["blocked"]) for c in found["contact"]["channels"]]


async def test_a_blocked_visitor_neither_writes_nor_begins(office: Office) -> None:
    anna, other = await office.agent(), await office.visitor()
    visitor = await office.visitor(name="Maria", email="maria@mail.example")
    room = await visitor.room()
    elsewhere = (await other.room())["_id"]
    for wrong in (channel("none"), channel(visitor.id, "widget"), channel(visitor.id, "sms")):
        refused = await anna.refused("POST", BLOCK, json=wrong)
        assert refused == (400, {"success": False, "error": "error-contact-not-found"})
    assert await anna.post(BLOCK, **channel(visitor.id)) == {"success": True}
    assert await channels(office, room["contactId"]) == [(visitor.id, True)]
    closed = (await anna.get("rooms.info", roomId=room["_id"]))["room"]
    assert ("open" in closed, closed["closedBy"]["_id"]) == (False, anna.user_id)
    assert (await anna.get("subscriptions.get"))["update"][0]["rid"] == elsewhere
    said = {"token": visitor.token, "rid": room["_id"], "msg": "hi"}
    assert (await office.nobody.refused("POST", "livechat/message", json=said))[0] == 400
    ways: list[tuple[Client, str, dict[str, Any]]] = [
        (office.nobody, "livechat/room", {"params": {"token": visitor.token}}),
        # By a cookie it would be the widget: another channel, the same visitor.
        (
            office.nobody,
            "livechat/room",
            {
                "params": {"token": visitor.token},
                "headers": {"Cookie": "rc_room_type=l; rc_is_widget=t"},
            },
        ),
        (
            anna,
            "livechat/messages",
            {"json": {"visitor": {"token": visitor.token}, "messages": [{"msg": "x"}]}},
        ),
    ]
    for client, path, more in ways:
        method = "POST" if "json" in more else "GET"
        assert await client.refused(method, path, **more) == BLOCKED, path
    # Registering tells nothing.
    again = await office.visitor(token=visitor.token, name="Maria B.")
    assert again.id == visitor.id
    assert "blocked" not in str(again.doc)
    await other.say(elsewhere, "still here")

    assert await anna.post(BLOCK, **channel(visitor.id)) == {"success": True}
    await anna.post(UNBLOCK, **channel(visitor.id))
    assert (await visitor.room())["_id"] != room["_id"]
    noted = (await office.admin.get("audit.events", target=room["contactId"]))["events"]
    kinds = [event["t"] for event in noted if event["t"].startswith("contact.")]
    assert sorted(kinds) == ["contact.blocked", "contact.unblocked"]
    person = await office.person()
    for path in (BLOCK, UNBLOCK):
        assert (await person.refused("POST", path, json=channel(visitor.id)))[0] == 403


async def test_a_block_outlives_a_merge_that_is_taken_back(office: Office) -> None:
    anna = await office.agent()
    one, two = await office.visitor(), await office.visitor()
    kept, taken_up = (await one.room())["contactId"], (await two.room())["contactId"]
    await two.close((await two.room())["_id"])
    pair = {"contactId": kept, "otherId": taken_up}
    merge = (await office.admin.post("omnichannel/contacts.merge", **pair))["merge"]["_id"]
    await anna.post(BLOCK, **channel(two.id))
    assert await channels(office, kept) == [(one.id, False), (two.id, True)]
    assert await channels(office, taken_up) == await channels(office, kept)
    await office.admin.post("omnichannel/contacts.unmerge", mergeId=merge)
    assert await channels(office, kept) == [(one.id, False)]
    assert await channels(office, taken_up) == [(two.id, True)]
    query = {"params": {"token": two.token}}
    assert await office.nobody.refused("GET", "livechat/room", **query) == BLOCKED


async def test_an_sms_of_a_blocked_number_is_not_taken_in(office: Office, twilio: object) -> None:
    await office.agent()
    await taken(office, sms("Hello", MessageSid="SM1"))
    [room] = await rooms(office)
    await office.admin.post(BLOCK, **channel(room["v"]["_id"], "sms"))
    await taken(office, sms("Are you there?", MessageSid="SM2"))
    assert [m["msg"] for m in await written(office, room)] == ["Hello"]
    assert len(await rooms(office)) == 1
    await office.admin.post(UNBLOCK, **channel(room["v"]["_id"], "sms"))
    await taken(office, sms("Now?", MessageSid="SM3"))
    assert len(await rooms(office)) == 2
