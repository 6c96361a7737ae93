"""What follows from a text: whom it names, where its code ends, and a description's tree."""

from tests.office import Office


async def test_those_there_are_are_named(office: Office) -> None:
    ann, bob = await office.agent(username="ann"), await office.agent(username="Bob.B")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    message = await visitor.say(rid, "@ANN, @nobody and *@bob.b*: @ann? `@ann` @here")
    names = [("ann", "Ann", ann), ("Bob.B", "Bob.B", bob)]
    named = [
        {"_id": person.user_id, "username": username, "name": name, "type": "user"}
        for username, name, person in names
    ]
    everybody = {"_id": "here", "username": "here"}
    assert message["mentions"] == [*named, everybody]
    served = (await visitor.room())["servedBy"]["_id"]
    [mine] = [person for person in (ann, bob) if person.user_id == served]
    before = (await mine.get("subscriptions.getOne", roomId=rid))["subscription"]
    await visitor.say(rid, "nobody")
    await visitor.say(rid, "@ann @bob.b")
    after = (await mine.get("subscriptions.getOne", roomId=rid))["subscription"]
    assert after["userMentions"] == before["userMentions"] + 1
    body = {"token": visitor.token, "rid": rid, "msg": "nobody"}
    path = f"livechat/message/{message['_id']}"
    edited = (await office.nobody.call("PUT", path, json=body)).json()["message"]
    assert edited["mentions"] == []


async def test_an_open_block_of_code_is_closed(office: Office) -> None:
    await office.agent()
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    for given, stored in (
        ("```\nx = 1", "```\nx = 1\n```"),
        ("```\nx = 1\n", "```\nx = 1\n```"),
        ("```\nx\n```", "```\nx\n```"),
    ):
        message = await visitor.say(rid, given)
        assert (message["msg"], message["md"][0]["type"]) == (stored, "CODE")


async def test_the_first_attachments_description_has_its_tree(office: Office) -> None:
    ann, visitor = await office.agent(), await office.visitor()
    rid = (await visitor.room())["_id"]
    given = [{"description": "*see*"}, {"description": "*more*"}]
    message = {"rid": rid, "msg": "x", "attachments": given}
    [first, second] = (await ann.post("chat.sendMessage", message=message))["message"][
        "attachments"
    ]
    bold = {"type": "BOLD", "value": [{"type": "PLAIN_TEXT", "value": "see"}]}
    tree = [{"type": "PARAGRAPH", "value": [bold]}]
    assert (first, second) == (given[0] | {"descriptionMd": tree}, given[1])
