"""The heart: visitors.chatHistory."""

from tests.office import Office


async def test_history_of_one_chat(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor(name="Maria")
    room = await visitor.room()
    await visitor.say(room["_id"], "hi")
    found = await office.history(agent, room["_id"], visitor.id)
    assert [r["_id"] for r in found["history"]] == [room["_id"]]
    assert list(found) == ["history", "count", "offset", "total", "success"]
