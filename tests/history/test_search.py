"""Both searches: what is found, by whom, and what no query can do."""

from typing import Any

import pytest

from tests.clock import Clock
from tests.full_text import write_each
from tests.office import Client, Json, Office, Visitor


async def search(person: Client, room: str, visitor: Visitor, text: str, **query: Any) -> Json:
    path = f"livechat/visitors.searchChats/room/{room}/visitor/{visitor.id}"
    return await person.get(path, searchText=text, **query)


def ids(answer: Json) -> list[str]:
    return [room["_id"] for room in answer["history"]]


def said(answer: Json) -> list[str]:
    return [found["message"]["msg"] for found in answer["messages"]]


def marked(snippet: Json) -> str:
    """`an [excerpt] like this`"""
    return "".join(f"[{p['text']}]" if p["match"] else p["text"] for p in snippet["parts"])


async def chat(office: Office, visitor: Visitor, agent: Client, *lines: str) -> str:
    """A closed chat in which the visitor said all this."""
    room = str((await visitor.room())["_id"])
    for line in lines:
        await visitor.say(room, line)
    await agent.post("livechat/room.closeByUser", rid=room, comment=f"bye {room}")
    return room


@pytest.mark.parametrize("waiting", [1, 500])
async def test_words_beginnings_and_phrases(office: Office, waiting: int) -> None:
    await write_each(office.db, waiting)
    agent, visitor = await office.agent(), await office.visitor(name="Maria")
    first = await chat(office, visitor, agent, "Déjà vu!", "the refund is late, my FRIEND")
    second = await chat(office, visitor, agent, "late the refund", "Straße 5, order-123/b")
    third = await chat(office, visitor, agent, "你好世界。価格は？", "हिन्दी में", "ok 👍🏽 50€")
    everything = [third, second, first]

    async def found(text: str) -> list[str]:
        answer = await search(agent, first, visitor, text)
        assert answer["total"] == answer["count"] == len(answer["history"])
        assert answer["search"]["complete"]
        assert answer["search"]["by"] == "words" or not ids(answer)
        return ids(answer)

    assert await found("deja") == await found("DÉJÀ") == [first]
    assert await found("refund late") == await found("LATE, refund?") == [second, first]
    assert await found('"refund is late"') == await found('late "refund is"') == [first]
    assert await found("refu*") == [second, first]
    assert await found('"late my fr"') == await found("fr*") == []
    assert await found('"my friend"') == await found("my fri*") == [first]
    assert await found("strasse") == [second]
    assert await found("order-123") == await found("ORDER 123/B") == [second]
    assert await found("123-order") == []
    assert await found("好世") == await found("世界") == await found("価格") == [third]
    assert await found("世好") == []
    assert await found("हिन्दी") == await found("👍") == await found("50€") == [third]
    assert await found("bye") == everything and await found(f'"bye {second}"') == [second]
    assert await found("deja refund") == [], "all of it in one message"


async def test_the_contracts_fields_filters_and_paging(office: Office) -> None:
    await office.setting("Livechat_accept_chats_with_no_agents", True)
    manager, visitor = await office.person("livechat-manager"), await office.visitor(name="Maria")
    never_served = str((await visitor.room())["_id"])
    await visitor.say(never_served, "hello there")
    await visitor.close(never_served)
    agent = await office.agent()
    department = await office.department(agent)
    await office.visitor(token=visitor.token, department=department["_id"])
    closed = await chat(office, visitor, agent, "hello", "hello again", "other")
    opened = str((await visitor.room())["_id"])
    await visitor.say(opened, "hello, still there?")
    rooms = [opened, closed, never_served]

    async def found(**query: Any) -> list[str]:
        path = f"livechat/visitors.searchChats/room/{opened}/visitor/{visitor.id}"
        answer = await manager.get(path, **query)
        assert answer["total"] == len(ids(answer))
        return ids(answer)

    for text in ({}, {"searchText": ""}, {"searchText": "hello"}):
        assert await found(**text) == rooms
        assert await found(**text, closedChatsOnly="true") == [closed, never_served]
        assert await found(**text, servedChatsOnly="true") == [opened, closed]
        assert await found(**text, closedChatsOnly="false", servedChatsOnly="1") == rooms
        assert await found(**text, source="AP") == rooms
        assert await found(**text, source="%") == await found(**text, source="widget") == []
        assert await found(**text, sort='{"ts":1}') == rooms[::-1]
    answer = await search(manager, opened, visitor, "hello", count=1, offset=1)
    assert (answer["count"], answer["offset"], answer["total"]) == (1, 1, 3)
    [room] = answer["history"]
    shown = "_id fname ts v msgs servedBy closedAt closedBy closer closingMessage snippet"
    assert set(room) == set(shown.split())
    assert room["closingMessage"]["t"] == "livechat-close"
    assert marked(room["snippet"]) == "[hello] again", "the newest that matches"
    beyond = await search(manager, opened, visitor, "hello", offset=10)
    assert (beyond["history"], beyond["total"]) == ([], 3)
    plain = await manager.get(
        f"livechat/visitors.searchChats/room/{opened}/visitor/{visitor.id}", count=1
    )
    assert "search" not in plain and "snippet" not in plain["history"][0]
    status, body = await manager.refused(
        "GET", f"livechat/visitors.searchChats/room/unknown/visitor/{visitor.id}"
    )
    assert (status, body["error"]) == (400, "invalid-room")
    stranger = await office.visitor()
    for who in (stranger.id, "unknown"):
        path = f"livechat/visitors.searchChats/room/{opened}/visitor/{who}"
        assert (await manager.refused("GET", path))[1]["error"] == "error-not-allowed"


async def test_parts_of_words_are_tried_where_no_word_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    old = await chat(office, visitor, agent, "an unrefundable ticket")
    new = await chat(office, visitor, agent, "Refunded!", "thanks", "really")

    async def both(text: str) -> tuple[list[str], list[str], Json]:
        answer = await search(agent, old, visitor, text)
        across = await agent.get("livechat/messages.search", text=text)
        assert across["search"] == answer["search"]
        return ids(answer), said(across), answer["search"]

    every = ([new, old], ["Refunded!", "an unrefundable ticket"])
    assert await both("EFUND") == (*every, {"by": "parts", "complete": True})
    one = ([old], ["an unrefundable ticket"])
    assert await both("efund an") == (*one, {"by": "parts", "complete": True})
    nothing: tuple[list[str], list[str]] = ([], [])
    # A word is found as a word, a quoted one only so; two letters are no part to look for.
    assert await both("refunded") == ([new], ["Refunded!"], {"by": "words", "complete": True})
    assert await both('"efund"') == (*nothing, {"by": "words", "complete": True})
    assert await both("ef") == (*nothing, {"by": "words", "complete": True})

    answer = await search(agent, old, visitor, "efund")
    assert marked(answer["history"][0]["snippet"]) == "[Refunded]!"
    for module in ("parley.db.fulltext", "parley.history.search.messages_store"):
        monkeypatch.setattr(f"{module}.NEWEST", 5)
    answer = await search(agent, old, visitor, "efund")
    assert (ids(answer), answer["search"]) == ([new], {"by": "parts", "complete": False})
    across = await agent.get("livechat/messages.search", text="efund")
    assert (said(across), across["search"]["complete"]) == (["Refunded!"], False)
    cursor = across["cursor"]["next"]
    across = await agent.get("livechat/messages.search", text="efund", cursor=cursor)
    assert said(across) == ["an unrefundable ticket"]
    assert across["search"] == {"by": "parts", "complete": True}
    assert "cursor" not in across


async def test_every_message_by_filters(office: Office, clock: Clock) -> None:
    await write_each(office.db, 1)
    anna, ben = await office.agent(), await office.agent(online=False)
    department = await office.department(anna)
    maria, tom = await office.visitor(name="Maria"), await office.visitor()
    tom = await office.visitor(token=tom.token, department=department["_id"])
    times = []
    rooms = {}
    for name, visitor in (("maria", maria), ("tom", tom)):
        rooms[name] = (await visitor.room())["_id"]
        for n in range(3):
            times.append(clock.wait(minutes=1))
            await visitor.say(rooms[name], f"{name} says {n}")
    await anna.post("chat.sendMessage", message={"rid": rooms["maria"], "msg": "Anna says 3"})
    tags = ["vip", 'a "b" c', "é,\\"]
    await office.patch("rooms", rooms["maria"], tags=tags)

    async def found(person: Client = anna, **query: Any) -> list[str]:
        return said(await person.get("livechat/messages.search", **query))

    maria_says = [f"maria says {n}" for n in (2, 1, 0)]
    tom_says = [f"tom says {n}" for n in (2, 1, 0)]
    everything = ["Anna says 3", *tom_says, *maria_says]
    assert await found() == await found(text="says") == await found(text="  ") == everything
    texts: list[Json] = [{}, {"text": "says"}]
    for text in texts:
        assert await found(**text, visitorId=tom.id) == tom_says
        assert await found(**text, roomId=rooms["tom"]) == tom_says
        assert await found(**text, visitorId=maria.id, roomId=rooms["tom"]) == []
        assert await found(**text, departmentId=department["_id"]) == tom_says
        assert await found(**text, agentId=anna.user_id) == everything
        assert await found(**text, agentId=ben.user_id) == []
        for tag in tags:
            assert await found(**text, tag=tag) == ["Anna says 3", *maria_says]
        for tag in ("vi", "b", 'a "b', '"b" c', "é", "VIP", '"vip"', 'vip","a', "%"):
            assert await found(**text, tag=tag) == [], tag
        assert await found(**text, start=times[4]) == ["Anna says 3", *tom_says[:2]]
        assert await found(**text, end=times[1]) == maria_says[2:]
        assert await found(**text, start=times[1], end=times[3]) == maria_says[:2]
        assert await found(**text, start="9999-12-31", end="0001-01-01") == []
        assert await found(ben, **text) == []
    assert (await anna.refused("GET", "livechat/messages.search?start=tomorrow"))[1] == {
        "success": False,
        "error": "start and end are ISO dates [error-invalid-date]",
        "errorType": "error-invalid-date",
    }
    await maria.close(rooms["maria"])
    assert await found(ben, text="says") == ["Anna says 3", *maria_says]
    assert await found(ben, text=rooms["maria"]) == [], "system messages are left out"


@pytest.mark.parametrize("few", [1, 3, 200])
async def test_pages_by_cursor(office: Office, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """However few messages a page looks at, all pages together hold each once."""
    for name in ("FEW", "MANY", "WINDOW", "LONG_WINDOW", "COMMON"):
        for module in ("parley.db.fulltext", "parley.history.search.messages_store"):
            monkeypatch.setattr(f"{module}.{name}", few, raising=False)
    await write_each(office.db, 4)
    agent, visitor, other = await office.agent(), await office.visitor(), await office.visitor()
    lines = [f"hello {n}" for n in range(7)]
    for line in lines:
        await chat(office, visitor, agent, line)
        await chat(office, other, agent, "hello from another", "nothing")
    for query in ({}, {"text": "hello"}, {"text": "ello"}):
        seen: list[str] = []
        asked: Json = {**query, "visitorId": visitor.id, "count": 2}
        while asked:
            answer = await agent.get("livechat/messages.search", **asked)
            assert len(said(answer)) == answer["count"] <= 2
            seen += said(answer)
            asked = asked | {"cursor": answer["cursor"]["next"]} if "cursor" in answer else {}
        assert seen == lines[::-1], query
    cursor = (await agent.get("livechat/messages.search", count=1))["cursor"]["next"]
    for text in ("", "x", cursor[:-1], cursor + "A", "é", "A" * 10_000, "bnVsbA", "WzFlMzBd"):
        refused = await agent.refused("GET", "livechat/messages.search", params={"cursor": text})
        assert refused[1]["errorType"] == "error-invalid-cursor", text


HOSTILE = [
    *('"', '""', '"""', "'", "''", "\\", "*", "a*b*", "**", "-", "+", "^hello", "hello:", "%", "_"),
    *("words:hello", "scope:v", "NEAR(hello there)", "hello AND", "NOT hello", "OR", "AND OR NOT"),
    *("hello & there", "hello | there", "!hello", "<->", "hello:*", "'hello' & 'x", "(hello", "){"),
    *("hello; DROP TABLE messages", "👩‍👩‍👧‍👦", "\u200b\u200d\ufe0f", "\u0301\u0301", "ﷺ" * 3),
    *("=v", "v616263", "r616263", "$1", "?1", "\U0010ffff", "½", "İ", "ß", "\u0345", "--", "/*"),
    *("\t\n\r", "\x01", "\x7f", "\ue000", "\ufeffhello"),
]


async def test_a_query_is_text(office: Office) -> None:
    await write_each(office.db, 1)
    agent, visitor = await office.agent(), await office.visitor()
    room = await chat(office, visitor, agent, "hello there", "AND OR NOT near near(x)")
    for text in HOSTILE:
        answer = await search(agent, room, visitor, text)
        assert answer["total"] <= 1, text
        assert (await agent.get("livechat/messages.search", text=text))["count"] <= 2
    assert said(await agent.get("livechat/messages.search", text="hello OR nothing")) == []
    assert said(await agent.get("livechat/messages.search", text="NOT near")) == [
        "AND OR NOT near near(x)"
    ]
    path = f"livechat/visitors.searchChats/room/{room}/visitor/{visitor.id}"
    for long, error in (
        ("x" * 1001, "A search has 1000 characters at most"),
        ('"' * 5000, "A search has 1000 characters at most"),
        ("a " * 300 + "b", None),
        ("ﷺ" * 300, "A search has 100 words at most"),
        (" ".join(f"w{n}" for n in range(100)), None),
        (" ".join(f"w{n}" for n in range(101)), "A search has 100 words at most"),
    ):
        for where, key in ((path, "searchText"), ("livechat/messages.search", "text")):
            response = await agent.call("GET", where, params={key: long})
            assert response.status_code == (400 if error else 200)
            if error:
                assert response.json()["error"] == f"{error} [error-search-too-long]"
