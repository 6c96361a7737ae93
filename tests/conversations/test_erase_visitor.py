"""Deleting a visitor: what they said is gone, and nobody finds them."""

import asyncio

from parley.db import Reader
from parley.db.documents import decode
from tests.office import Json, Office, Visitor

TABLES = (
    "rooms",
    "messages",
    "subscriptions",
    "inquiries",
    "pending_pages",
    "visitors",
    "contacts",
)


async def everything(office: Office) -> dict[str, list[str]]:
    async def read(q: Reader) -> dict[str, list[str]]:
        return {
            table: [row[0] for row in await q.rows(f"SELECT doc FROM {table} ORDER BY id")]
            for table in TABLES
        }

    return await office.db.scan(read)


async def erase(office: Office, visitor: Visitor) -> tuple[int, Json]:
    answer = await office.nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    return answer.status_code, answer.json()


async def test_all_of_a_visitor_goes_and_nothing_of_another(office: Office) -> None:
    anna = await office.agent()
    other = await office.visitor(id="other", name="Other")
    await other.say((await other.room())["_id"], "stays")
    before = await everything(office)
    visitor = await office.visitor(id="gone", name="Xaver", email="xaver@x.example", phone="555")
    page = {"title": "Xaver", "change": "url", "location": {"href": "Xaver"}}
    for _ in range(2):
        room = (await visitor.room())["_id"]
        await visitor.say(room, "Xaver was here")
        await visitor.close(room)
    await office.nobody.post("livechat/page.visited", token=visitor.token, pageInfo=page)
    status, answer = await erase(office, visitor)
    assert (status, answer["visitor"]["_id"]) == (200, "gone")
    assert set(answer["visitor"]) == {"_id", "ts"}
    after = await everything(office)
    for table in ("rooms", "messages", "subscriptions", "inquiries", "pending_pages"):
        assert (table, after[table]) == (table, before[table])
    assert "xaver" not in str(after).lower()
    shell = decode(after["visitors"][0])
    assert (shell["_id"], shell["disabled"], set(shell)) == (
        "gone",
        True,
        {"_id", "ts", "disabled", "_updatedAt"},
    )
    [blank] = [c for c in map(decode, after["contacts"]) if c.get("enabled") is False]
    assert (blank["name"], blank["channels"], "emails" in blank) == ("", [], False)

    unknown = {"success": False, "error": "[invalid-token]", "errorType": "invalid-token"}
    assert await erase(office, visitor) == (400, unknown)
    query = {"visitorId": "gone"}
    assert (await anna.refused("GET", "livechat/visitors.info", params=query))[0] == 400
    found = await anna.get("livechat/visitors.search", term="")
    assert [each["_id"] for each in found["visitors"]] == ["other"]
    for term in ("xav", "xaver@x.example", "555"):
        assert (await anna.get("livechat/visitors.search", term=term))["total"] == 0
    # Who comes again begins anew.
    again = await office.visitor(token=visitor.token)
    assert again.id != "gone"
    assert "name" not in again.doc


async def test_an_open_room_is_in_the_way_unless_a_setting_says_so(office: Office) -> None:
    anna = await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    code = "visitor-has-open-rooms"
    error = f"Cannot remove visitors with opened rooms [{code}]"
    assert await erase(office, visitor) == (
        400,
        {"success": False, "error": error, "errorType": code},
    )
    await office.setting("Livechat_Allow_collect_and_store_HTTP_header_informations", True)
    assert (await erase(office, visitor))[0] == 200
    assert (await anna.refused("GET", "rooms.info", params={"roomId": room}))[0] == 400
    found = await everything(office)
    assert [found[table] for table in TABLES[:4]] == [[], [], [], []]
    kinds = await office.db.read(
        lambda q: q.rows("SELECT kind FROM outbox WHERE stream = $1", f"room:{room}")
    )
    assert kinds[-1][0] == "deleted"


async def test_a_contact_of_several_goes_on(office: Office) -> None:
    await office.agent()
    one, two = await office.visitor(id="1", name="One"), await office.visitor(id="2")
    for visitor in (one, two):
        await visitor.close((await visitor.room())["_id"])
    sql = "UPDATE visitors SET contact_id = (SELECT contact_id FROM visitors WHERE id = '1')"
    await office.db.act(lambda tx: tx.rows(sql))
    assert (await erase(office, one))[0] == 200
    found = [decode(doc) for doc in (await everything(office))["contacts"]]
    [contact] = [doc for doc in found if doc["name"] == "One"]
    assert (contact["channels"], "enabled" in contact) == ([], False)
    assert (await erase(office, two))[0] == 200
    found = [decode(doc) for doc in (await everything(office))["contacts"]]
    assert [doc["enabled"] for doc in found if doc["_id"] == contact["_id"]] == [False]


async def test_deleting_while_a_chat_begins_leaves_no_room_behind(office: Office) -> None:
    await office.agent()
    for n in range(10):
        visitor = await office.visitor(token=f"hasty{n}")
        begin = office.nobody.call("GET", "livechat/room", params={"token": visitor.token})
        (status, _), begun = await asyncio.gather(erase(office, visitor), begin)
        assert {status, begun.status_code} == {200, 400}
        if status == 400:
            await visitor.close(begun.json()["room"]["_id"])
            assert (await erase(office, visitor))[0] == 200
    found = await everything(office)
    assert [found[table] for table in TABLES[:4]] == [[], [], [], []]
