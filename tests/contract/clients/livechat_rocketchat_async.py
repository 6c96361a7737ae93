"""One livechat conversation by PyPI's rocketchat-async 4.3.0, the agent's side in real time.

It pins websockets 10.4, and so runs in a process with a folder of packages of its own. REST is the
standard library's; the visitor's side of the sockets is written out below.

    BASE_URL=http://127.0.0.1:3000 PYTHONPATH=folder python livechat_rocketchat_async.py

Prints PASS or FAIL for each check; exit status 0 if all pass.
"""

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

import websockets
from rocketchat_async import RocketChat

BASE = os.environ.get("BASE_URL", "http://127.0.0.1:3000").rstrip("/")
SOCKET = BASE.replace("http", "ws", 1) + "/websocket"
USER = os.environ.get("AGENT_USER", "agent1")
PASSWORD = os.environ.get("AGENT_PASS", "secret123")
SECONDS = float(os.environ.get("WAIT", "5"))
Headers = dict[str, str] | None
failed: list[str] = []


def check(name: str, good: object, seen: object = "") -> None:
    print("PASS" if good else "FAIL", name, "" if good else seen)
    if not good:
        failed.append(name)


def rest(method: str, path: str, headers: Headers = None, **body: object) -> Any:
    request = urllib.request.Request(
        f"{BASE}/api/v1/{path}",
        json.dumps(body).encode() if body else None,
        {"Content-Type": "application/json", **(headers or {})},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)


async def call(method: str, path: str, headers: Headers = None, **body: object) -> Any:
    return await asyncio.to_thread(rest, method, path, headers, **body)


class Heard:
    """What came, in order; `wait` for the first that fits."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self.more = asyncio.Event()

    def __call__(self, said: Any) -> None:
        self.all.append(said)
        self.more.set()

    async def wait(self, fits: Callable[[Any], Any]) -> Any:
        async def look() -> Any:
            while not (found := [said for said in self.all if fits(said)]):
                self.more.clear()
                await self.more.wait()
            return found[0]

        try:
            return await asyncio.wait_for(look(), SECONDS)
        except TimeoutError:
            return None


async def widget(rid: str, token: str) -> tuple[Any, Heard, "asyncio.Task[None]"]:
    """(the visitor's socket, what it hears as (stream, event, args))"""
    socket, heard = await websockets.connect(SOCKET), Heard()
    await socket.send(json.dumps({"msg": "connect", "version": "1", "support": ["1"]}))
    streams = [
        ("stream-room-messages", rid),
        ("stream-livechat-room", rid),
        ("stream-notify-room", f"{rid}/user-activity"),
    ]
    extra = {"useCollection": False, "args": [{"token": token, "visitorToken": token}]}
    for key, (name, event) in enumerate(streams):
        sub = {"msg": "sub", "id": str(key), "name": name, "params": [event, extra]}
        await socket.send(json.dumps(sub))
    ready: set[str] = set()
    while len(ready) < len(streams):
        ready.update(json.loads(await asyncio.wait_for(socket.recv(), SECONDS)).get("subs", []))

    async def read() -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame.get("msg") == "changed":
                heard((frame["collection"], frame["fields"]["eventName"], frame["fields"]["args"]))

    return socket, heard, asyncio.create_task(read())


def message(text: str) -> Callable[[Any], bool]:
    return lambda said: said[0] == "stream-room-messages" and said[2][0]["msg"] == text


def is_end(said: Any) -> bool:
    return bool(said[0] == "stream-room-messages" and said[2][0].get("t") == "livechat-close")


async def main() -> None:
    login = (await call("POST", "login", user=USER, password=PASSWORD))["data"]
    me = {"X-Auth-Token": login["authToken"], "X-User-Id": login["userId"]}
    agent, changes, messages = RocketChat(), Heard(), Heard()
    await agent.start(SOCKET, USER, PASSWORD)
    check("the agent logs in by the password's digest", agent.user_id == login["userId"])
    await agent.subscribe_to_channel_changes_raw(changes)

    token = uuid.uuid4().hex
    guest = {"token": token, "name": "Ada"}
    visitor = (await call("POST", "livechat/visitor", visitor=guest))["visitor"]
    rid = (await call("GET", f"livechat/room?token={token}"))["room"]["_id"]
    socket, heard, reading = await widget(rid, token)
    first = await call("POST", "livechat/message", token=token, rid=rid, msg="hello")
    check("the visitor writes", first["success"], first)
    check("the visitor hears their own message", await heard.wait(message("hello")))
    waiting = await call("GET", "livechat/inquiries.list", me)
    for one in waiting["inquiries"]:
        if one["rid"] == rid:
            taken = await call("POST", "livechat/inquiries.take", me, inquiryId=one["_id"])
            check("the agent takes the chat", taken["success"], taken)
            agent_data = await heard.wait(lambda s: s[0] == "stream-livechat-room")
            check("the visitor hears who it is", agent_data[2][0]["data"]["username"] == USER)
    check("the agent hears of the room", await changes.wait(lambda args: args[1]["_id"] == rid))
    check("the room is listed", (rid, "l") in [tuple(c) for c in await agent.get_channels()])

    key = await agent.subscribe_to_channel_messages_raw(rid, messages)
    await agent.send_message("hi Ada", rid)
    answer = await heard.wait(message("hi Ada"))
    check("the visitor hears the agent", answer and answer[2][0]["u"]["username"] == USER)
    await call("POST", "livechat/message", token=token, rid=rid, msg="thanks")
    said = await messages.wait(lambda one: one["msg"] == "thanks")
    check("the agent hears the visitor", said and said["u"]["_id"] == visitor["_id"], messages.all)
    check("without the visitor's token", token not in json.dumps([messages.all, changes.all]))
    await agent.send_reaction(said["_id"], ":thumbsup:")
    check("the reaction is heard", await messages.wait(lambda one: one.get("reactions")))
    await agent.send_typing_event(rid)
    typing = await heard.wait(lambda s: s[1] == f"{rid}/user-activity")
    check("the visitor sees the agent typing", typing and typing[2] == [USER, ["user-typing"]])

    await agent.unsubscribe(key)
    closed = await call("POST", "livechat/room.closeByUser", me, rid=rid, comment="solved")
    check("the agent closes", closed["success"], closed)
    check("the visitor hears it", await heard.wait(is_end))
    check("the agent's list hears it", await changes.wait(lambda args: "closedAt" in args[1]))
    late = await call("POST", "livechat/message", token=token, rid=rid, msg="too late")
    check("a closed room takes no message", not late["success"], late)
    path = f"livechat/visitors.chatHistory/room/{rid}/visitor/{visitor['_id']}"
    history = (await call("GET", path, me))["history"]
    check("the history has the chat", [room["_id"] for room in history] == [rid], history)
    again = RocketChat()
    await again.resume(SOCKET, USER, login["authToken"])
    check("the agent resumes by a token", again.user_id == login["userId"])
    await socket.close()
    await reading
    print("failed:", len(failed))
    # rocketchat-async has no way to leave.
    sys.stdout.flush()
    os._exit(bool(failed))


asyncio.run(asyncio.wait_for(main(), 90))
