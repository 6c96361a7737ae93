"""What follows from a text: whom it names, where its code ends, and a description's tree."""

from tests.office import Office


async def test_who_takes_part_is_named_by_a_visitor(office: Office) -> None:
    ann, _ = await office.agent(username="ann"), await office.person(username="Bob.B")
    visitor = await office.visitor()
    rid = (await visitor.room())["_id"]
    # Of Bob, who is not in the room, a visitor learns nothing.
    message = await visitor.say(rid, "@ANN, @nobody and *@bob.b*: @ann? `@ann`")
    named = {"_id": ann.user_id, "username": "ann", "name": "Ann", "type": "user"}
    assert message["mentions"] == [named]
    before = (await ann.get("subscriptions.getOne", roomId=rid))["subscription"]
    await visitor.say(rid, "nobody")
    await visitor.say(rid, "@ann")
    after = (await ann.get("subscriptions.getOne", roomId=rid))["subscription"]
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
