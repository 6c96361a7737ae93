"""What a client that asks for a licence is told."""

from tests.office import Office


async def test_all_is_free_and_counted(office: Office) -> None:
    anna = await office.agent()
    await office.person("guest")
    limits = (await anna.get("licenses.info"))["license"]["limits"]
    assert {str(limit) for limit in limits.values()} == {"{'max': -1}"}

    async def contacts() -> int:
        answer = await office.admin.get("licenses.info", loadValues="true")
        assert answer["license"]["limits"]["activeUsers"] == {"max": -1, "value": 2}
        assert answer["license"]["limits"]["guestUsers"] == {"max": -1, "value": 1}
        value: int = answer["license"]["limits"]["monthlyActiveContacts"]["value"]
        return value

    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    await visitor.say(room, "hello")
    assert await contacts() == 0
    await anna.post("chat.sendMessage", message={"rid": room, "msg": "hello"})
    assert await contacts() == 1
    assert (await office.nobody.refused("GET", "licenses.info"))[0] == 401
    status, answer = await office.admin.refused("GET", "licenses.info", params={"x": "1"})
    assert (status, answer["errorType"]) == (400, "invalid-params")
