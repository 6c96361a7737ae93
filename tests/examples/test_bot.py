"""examples/bot.py as a process of its own, in a conversation with a visitor and a human."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from parley.testmode import KNOWN_ADMIN
from tests.docs.guide import free_port
from tests.faults.chats import connected
from tests.office import Client, Office, Visitor
from tests.server import Server

EXAMPLE = Path(__file__).parents[2] / "examples/bot.py"


@contextmanager
def running(url: str, bot: Client) -> Iterator[list[str]]:
    """What it has printed, once it has ended."""
    told = {
        "PARLEY_URL": url,
        "BOT_ID": bot.headers["X-User-Id"],
        "BOT_TOKEN": bot.headers["X-Auth-Token"],
    }
    process = subprocess.Popen(
        [sys.executable, EXAMPLE], env=os.environ | told, stdout=subprocess.PIPE, text=True
    )
    printed: list[str] = []
    try:
        yield printed
        assert process.poll() is None, "the bot has ended by itself"
    finally:
        process.terminate()
        printed += process.communicate(timeout=90)[0].splitlines()


async def heard(visitor: Visitor, room: str, what: str) -> None:
    """Returns when the visitor's page has been told of it."""
    query = {"token": visitor.token, "rid": room}
    url = visitor.nobody.http.base_url.join("/api/v1/livechat/events")
    # Not by the office's connection, which reads an answer to its end to check it.
    async with (
        asyncio.timeout(120),
        httpx.AsyncClient() as http,
        http.stream("GET", url, params=query) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if what in line:
                return
    raise AssertionError(f"never heard: {what}")


async def said(visitor: Visitor, room: str) -> list[str]:
    """What people wrote, in order."""
    path = f"livechat/messages.history/{room}"
    found = await visitor.nobody.get(path, token=visitor.token, count=100)
    return [m["msg"] for m in reversed(found["messages"]) if "t" not in m]


async def made_bot(office: Office) -> Client:
    bot = await office.agent("bot", username="robo", online=False)
    made = await bot.post("users.generatePersonalAccessToken", tokenName="example")
    return Client(office.http, bot.headers | {"X-Auth-Token": made["token"]})


def in_office(http: httpx.AsyncClient, office: Any) -> None:
    """The same people by another connection."""
    for client in office:
        client.http = http


async def test_the_bot_answers_until_it_hands_over(server: Server) -> None:
    port = str(free_port())
    server.start("--port", port)
    async with connected(server) as http:
        nobody = Client(http)
        office = Office(http, None, nobody, nobody)  # type: ignore[arg-type] # by its API alone
        office.admin = await office.login(KNOWN_ADMIN, KNOWN_ADMIN)
        bot, ann = await made_bot(office), await office.agent(username="ann")
        await office.setting("Livechat_assign_new_conversation_to_bot", True)
        visitor = await office.visitor(name="Maria")
        room = (await visitor.room())["_id"]
        with running(server.url, bot) as printed:
            await visitor.say(room, "where is it?")
            await heard(visitor, room, "You asked: where is it?")
            # The bot's next answer is refused, as its id is taken; it goes on.
            taken = uuid.uuid5(uuid.NAMESPACE_OID, bot.user_id + "unlucky").hex
            await visitor.say(room, "a", _id=taken)
            await heard(visitor, room, "You asked: a")
            await visitor.say(room, "b", _id="unlucky")
            await visitor.say(room, "c")
            await heard(visitor, room, "You asked: c")

            server.kill()
            server.start("--port", port)
            async with connected(server) as again:
                in_office(again, (nobody, bot, ann, office.admin))
                await ann.post("users.setStatus", status="online")
                await visitor.say(room, "still there?")
                await heard(visitor, room, "You asked: still there?")

                await visitor.say(room, "a human, please")
                await heard(visitor, room, '"kind":"human"')
                await ann.post("chat.postMessage", roomId=room, text="I am Ann")
                for number in ({}, {"speaker": 1}):
                    late = {"message": {"rid": room, "msg": "late", **number}}
                    _, answer = await bot.refused("POST", "chat.sendMessage", json=late)
                    assert answer["errorType"] == "error-not-the-speaker"
                    assert answer["details"] == {"kind": "human", "number": 2}
                await visitor.say(room, "to Ann")
                await ann.post("chat.postMessage", roomId=room, text="done")
                await ann.post("livechat/room.returnToBot", roomId=room)
                await visitor.say(room, "thanks")
                await heard(visitor, room, "You asked: thanks")
                assert await said(visitor, room) == [
                    *("where is it?", "You asked: where is it?", "a", "You asked: a"),
                    *("b", "c", "You asked: c"),
                    *("still there?", "You asked: still there?"),
                    *("a human, please", "I am getting somebody for you.", "I am Ann"),
                    *("to Ann", "done", "thanks", "You asked: thanks"),
                ]
        refusals = [line for line in printed if line.startswith("refused: ")]
        assert [json.loads(line.removeprefix("refused: "))["error"] for line in refusals] == [
            "invalid-message"
        ]
        assert any(line.startswith("disconnected: ") for line in printed)
        assert server.stop() == 0
