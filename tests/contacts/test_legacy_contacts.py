"""The contact operations of older servers, whose contacts are visitors."""

from typing import Any

from tests.office import Client, Office

PATH, SEARCH = "omnichannel/contact", "omnichannel/contact.search"


async def define(office: Office, key: str, **more: Any) -> None:
    data = {"field": key, "label": key, "scope": "visitor", "visibility": "visible", **more}
    await office.admin.post("livechat/custom-fields.save", customFieldData=data)


async def shown(person: Client, visitor_id: str) -> Any:
    return (await person.get(PATH, contactId=visitor_id))["contact"]


async def test_a_contact_is_a_visitor(office: Office) -> None:
    agent = await office.agent(username="ann")
    await define(office, "9-plan", searchable=True)
    body: dict[str, Any] = {"token": "from-a-bridge", "name": "Maria", "email": "M@shop.example"}
    more = {"phone": "+351 1", "customFields": {"9-plan": "Gold", "unknown": "x"}}
    made = (await agent.post(PATH, **body, **more, contactManager={"username": "ann"}))["contact"]
    contact = await shown(agent, made)
    assert (contact["name"], contact["contactManager"]) == ("Maria", {"username": "ann"})
    assert contact["visitorEmails"] == [{"address": "m@shop.example"}]
    assert contact["livechatData"] == {"9-plan": "Gold"}
    assert contact["token"] != "from-a-bridge"
    # What an agent has read comes back with the handle, and is the same visitor.
    back = {key: contact[key] for key in ("_id", "token")} | {"name": "Maria Santos"}
    assert (await agent.post(PATH, **back))["contact"] == made
    visitor = (await office.nobody.get("livechat/visitor/from-a-bridge"))["visitor"]
    assert (visitor["_id"], visitor["name"], visitor["phone"]) == (
        made,
        "Maria Santos",
        [{"phoneNumber": "+351 1"}],
    )
    assert (await shown(agent, made))["contactManager"] == {"username": "ann"}
    room = (await office.nobody.get("livechat/room", token="from-a-bridge"))["room"]
    await agent.post(PATH, token="from-a-bridge", name="M. S.")
    assert (await agent.get("rooms.info", roomId=room["_id"]))["room"]["fname"] == "M. S."


async def test_a_contact_is_found_by_all_that_is_given(office: Office) -> None:
    agent = await office.agent()
    await define(office, "plan", searchable=True)
    await define(office, "note")
    await define(office, "city", searchable=True)
    ids = {}
    for token, phone, plan, city in (("a", "1", "Gold", "Faro"), ("b", "2", "faro", "Gold%")):
        fields = {"plan": plan, "city": city, "note": "Gold"}
        body = {"token": token, "name": token, "email": "same@shop.example", "phone": phone}
        ids[token] = (await agent.post(PATH, **body, customFields=fields))["contact"]
        # The next comes with the same address, and another token: they are one.
    assert ids["a"] == ids["b"]
    other = await office.visitor(token="c", email="same@shop.example", phone="3")
    for query, found in (
        ({"email": " SAME@shop.example"}, ids["a"]),
        ({"phone": "3"}, other.id),
        ({"email": "same@shop.example", "phone": "3"}, other.id),
        ({"phone": "3", "custom": '{"plan":"faro"}'}, None),
        ({"custom": '{"plan":"FAR"}'}, ids["a"]),
        ({"custom": '{"plan":"gold"}'}, None),
        ({"custom": '{"city":"ld%","note":"never looked at"}'}, ids["a"]),
        ({"phone": "none"}, None),
    ):
        answer = (await agent.get(SEARCH, **query))["contact"]
        assert (answer and answer["_id"]) == found, query
    for query, code in (
        ({}, "error-invalid-params"),
        ({"custom": '{"note":"Gold"}'}, "error-invalid-params"),
        ({"custom": "{"}, "error-invalid-params-custom"),
        ({"custom": '{"plan":1}'}, "error-invalid-params-custom"),
    ):
        answer = await agent.refused("GET", SEARCH, params=query)
        assert answer == (400, {"success": False, "error": f"[{code}]", "errorType": code})


async def test_what_is_refused(office: Office) -> None:
    agent = await office.agent()
    await office.person(username="bob")
    body: dict[str, Any] = {"token": "t", "name": "n"}
    role = 'The contact manager must have the role "livechat-agent"'
    for change, error in (
        ({"token": None}, "Match error: Expected string, got null in field token"),
        ({"customFields": {"plan": 1}}, "Invalid value for plan field"),
        (
            {"contactManager": {"username": "bob"}},
            f"{role} [error-invalid-contact-manager]",
        ),
        (
            {"contactManager": {"username": "nobody"}},
            "No user found with username nobody [error-contact-manager-not-found]",
        ),
        ({"more": 1}, "Match error: Unknown key in field more"),
    ):
        status, answer = await agent.refused("POST", PATH, json=body | change)
        assert (status, answer["error"]) == (400, error)
    _, answer = await agent.refused("POST", PATH, json={"name": "n"})
    assert answer == {"success": False, "error": "Match error: Missing key 'token'"}
    _, answer = await agent.refused("GET", PATH)
    assert answer == {"success": False, "error": "Match error: Missing key 'contactId'"}
    assert await shown(agent, "nobody") is None
