"""A published client, PyPI's rocketchat_API 3.7.1, holds a conversation with `parley serve`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
)
from rocketchat_API.rocketchat import RocketChat

from parley.testmode import KNOWN_ADMIN
from tests.server import Server


@pytest.fixture
def connect(server: Server) -> Iterator[Any]:
    server.start()
    sessions: list[requests.Session] = []

    def client(*login: str) -> RocketChat:
        sessions.append(requests.Session())
        return RocketChat(*login, server_url=server.url, session=sessions[-1])

    yield client
    for session in sessions:
        session.close()


def test_a_conversation(connect: Any) -> None:
    admin, visitor = connect(KNOWN_ADMIN, KNOWN_ADMIN), connect()
    with pytest.raises(RocketAuthenticationException):
        connect(KNOWN_ADMIN, "wrong")
    admin.users_create("agent1@office.example", "Agent One", "secret123", "agent1")
    admin.livechat_create_user("agent", username="agent1")
    agent = connect("agent1", "secret123")
    agent.call_api_post("users.setStatus", status="online", message="")
    agent.call_api_post("livechat/agent.status", status="available")

    token = "a-token-of-the-visitors-own"
    registered = visitor.livechat_register_visitor(
        token, visitor={"name": "Ada Visitor", "email": "ada@mail.example"}
    )["visitor"]
    assert registered["token"] == token
    assert visitor.livechat_get_visitor(token)["visitor"]["_id"] == registered["_id"]
    opened = visitor.livechat_room(token)
    room = opened["room"]
    rid = room["_id"]
    assert opened["newRoom"] is True
    assert room["v"]["token"] == token
    assert room["servedBy"]["username"] == "agent1"
    again = visitor.livechat_room(token)
    assert (again["room"]["_id"], again["newRoom"]) == (rid, False)

    assert visitor.livechat_message(token, rid, "hello, my order is late")["message"]["rid"] == rid
    agent.chat_post_message("hi Ada, looking into it", room_id=rid)
    visitor.livechat_message(token, rid, "thank you")
    history = list(visitor.livechat_messages_history(rid, token))
    said = [message["msg"] for message in history if "t" not in message]
    assert said == ["thank you", "hi Ada, looking into it", "hello, my order is late"]

    agent.call_api_post("livechat/room.closeByUser", rid=rid, comment="solved")
    with pytest.raises(RocketApiException, match="room-closed"):
        visitor.livechat_message(token, rid, "too late")

    path = f"livechat/visitors.chatHistory/room/{rid}/visitor/{registered['_id']}"
    found = agent.call_api_get(path)
    assert (found["total"], found["count"], found["offset"]) == (1, 1, 0)
    (row,) = found["history"]
    assert (row["_id"], row["closer"], "open" in row) == (rid, "user", False)
    assert row["closingMessage"]["msg"] == "solved"
    assert token not in str(found)
    with pytest.raises(RocketApiException, match="You must be logged in"):
        visitor.call_api_get(path)


def test_its_pager_reads_a_long_history_once(connect: Any) -> None:
    """The pager asks with offset and count until a page is short (contract/clients.md a)."""
    admin, visitor = connect(KNOWN_ADMIN, KNOWN_ADMIN), connect()
    admin.call_api_post("settings/Livechat_accept_chats_with_no_agents", value=True)
    visitor.livechat_register_visitor("pager")
    rid = visitor.livechat_room("pager")["room"]["_id"]
    for number in range(120):
        visitor.livechat_message("pager", rid, f"line {number}")
    history = [m["msg"] for m in visitor.livechat_messages_history(rid, "pager")]
    assert history == [*(f"line {n}" for n in reversed(range(120))), ""]


def test_files(connect: Any, tmp_path: Path) -> None:
    admin, visitor = connect(KNOWN_ADMIN, KNOWN_ADMIN), connect()
    admin.call_api_post("settings/Livechat_accept_chats_with_no_agents", value=True)
    visitor.livechat_register_visitor("sender")
    rid = visitor.livechat_room("sender")["room"]["_id"]
    file = tmp_path / "Grüße & 猫.txt"
    file.write_text("a note")
    with file.open("rb") as opened:
        taken = admin.rooms_media(rid, (file.name, opened, "text/plain"))["file"]
    message = admin.rooms_media_confirm(rid, taken["_id"], msg="see")["message"]
    assert (message["msg"], message["file"]["name"]) == ("see", file.name)
    link = admin.server_url + message["attachments"][0]["title_link"]
    claims = {"rc_room_type": "l", "rc_rid": rid, "rc_token": "sender"}
    read = requests.get(link, params=claims, timeout=60)
    assert (read.status_code, read.text) == (200, "a note")
    assert requests.get(link, timeout=60).status_code == 403
