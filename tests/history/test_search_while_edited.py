"""A message that is edited while it is searched is found by one of its texts, never by both or
none."""

import asyncio
import itertools

from tests.full_text import write_each
from tests.office import Client, Json, Office, Visitor

EDITS, MOST_EDITS, SEARCHERS = 12, 500, 3
TEXTS = ("silver anchor", "copper anchor")


async def test_an_edit_is_seen_whole(office: Office) -> None:
    await write_each(office.db, 3)
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    message = (await visitor.say(room, TEXTS[0]))["_id"]
    seen: list[str] = []
    done = asyncio.Event()

    async def edit() -> None:
        try:
            for number in itertools.count(1):
                # Nothing is shown unless both texts were there to be found.
                if number > EDITS and set(seen) == set(TEXTS):
                    return
                assert number < MOST_EDITS, set(seen)
                body = {"token": visitor.token, "rid": room, "msg": TEXTS[number % 2]}
                path = f"livechat/message/{message}"
                answer = await office.nobody.call("PUT", path, json=body)
                assert answer.status_code == 200
        finally:
            done.set()

    async def look() -> None:
        while not done.is_set():
            for search in (in_all, in_chats):
                found = await search(agent, room, visitor, "anchor")
                assert len(found) == 1
                seen.extend(found)
                for text in TEXTS:
                    assert await search(agent, room, visitor, text.split()[0]) in ([], [text])

    await asyncio.gather(edit(), *(look() for _ in range(SEARCHERS)))


async def in_all(agent: Client, room: str, visitor: Visitor, text: str) -> list[str]:
    found = (await agent.get("livechat/messages.search", text=text))["messages"]
    for one in found:
        assert shown(one) == one["message"]["msg"]
    return [shown(one) for one in found]


async def in_chats(agent: Client, room: str, visitor: Visitor, text: str) -> list[str]:
    path = f"livechat/visitors.searchChats/room/{room}/visitor/{visitor.id}"
    return [shown(one) for one in (await agent.get(path, searchText=text))["history"]]


def shown(found: Json) -> str:
    return "".join(part["text"] for part in found["snippet"]["parts"])
