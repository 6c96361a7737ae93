"""Editing, deleting and reacting: who may, and what becomes of the room."""

import asyncio
from typing import Any

import pytest

from parley.db.documents import decode
from tests.clock import Clock
from tests.forms import form
from tests.office import Client, Json, Office, Visitor

NOT_EDITED = "Message editing not allowed [error-action-not-allowed]"
NOT_DELETED = "Not allowed [error-action-not-allowed]"


def not_found(key: str) -> str:
    return f'No message found with the id of "{key}".'


class Scene:
    """A room of Maria's that Anna serves; each has written."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def set(self) -> "Scene":
        office = self.office
        self.anna = await office.agent(username="anna")
        self.maria, self.stranger = await office.visitor(name="Maria"), await office.visitor()
        self.rid = (await self.maria.room())["_id"]
        await self.anna.post("users.setStatus", status="offline")
        self.other, self.manager = await office.agent(), await office.person("livechat-manager")
        await self.stranger.room()
        return self

    async def say(self, msg: str = "what is it?") -> str:
        return str((await self.maria.say(self.rid, msg))["_id"])

    async def answer(self, msg: str = "wait", **more: Any) -> str:
        sent = {"rid": self.rid, "msg": msg, **more}
        message: Json = (await self.anna.post("chat.sendMessage", message=sent))["message"]
        return str(message["_id"])

    async def edit(self, who: Client | Visitor, key: str, text: str = "else") -> str:
        """What went wrong, or nothing."""
        if isinstance(who, Visitor):
            body = {"token": who.token, "rid": self.rid, "msg": text}
            answer = await self.office.nobody.call("PUT", f"livechat/message/{key}", json=body)
        else:
            body = {"roomId": self.rid, "msgId": key, "text": text}
            answer = await who.call("POST", "chat.update", json=body)
        return str(answer.json().get("error", ""))

    async def delete(self, who: Client | Visitor, key: str, **more: Any) -> str:
        if isinstance(who, Visitor):
            body = {"token": who.token, "rid": self.rid}
            answer = await self.office.nobody.call("DELETE", f"livechat/message/{key}", json=body)
        else:
            body = {"roomId": self.rid, "msgId": key, **more}
            answer = await who.call("POST", "chat.delete", json=body)
        return str(answer.json().get("error", ""))

    async def room(self) -> Json:
        room: Json = (await self.office.admin.get("rooms.info", roomId=self.rid))["room"]
        return room

    async def history(self) -> list[Json]:
        answer = await self.office.nobody.get(
            f"livechat/messages.history/{self.rid}", token=self.maria.token, count=100
        )
        messages: list[Json] = answer["messages"]
        return messages

    async def system(self) -> str:
        return str(next(m["_id"] for m in await self.history() if m.get("t") == "livechat-started"))

    async def stored(self, table: str) -> list[Json]:
        sql = f"SELECT doc FROM {table}"
        return [decode(row[0]) for row in await self.office.db.read(lambda q: q.rows(sql))]


@pytest.fixture
async def scene(office: Office) -> Scene:
    return await Scene(office).set()


async def test_who_may_edit(scene: Scene) -> None:
    office = scene.office
    hers, annas, system = await scene.say(), await scene.answer(), await scene.system()
    own = "error-action-not-allowed"
    people: list[tuple[Client | Visitor, str, str, str]] = [
        # who, the visitor's message, the agent's, the server's
        (scene.maria, "", own, own),
        (scene.stranger, "invalid-room", "invalid-room", "invalid-room"),
        (scene.anna, NOT_EDITED, "", NOT_EDITED),
        (scene.other, not_found(hers), not_found(annas), not_found(system)),
        (scene.manager, NOT_EDITED, NOT_EDITED, NOT_EDITED),
        (office.admin, "", "", NOT_EDITED),  # who holds edit-message
    ]
    for who, *expected in people:
        assert [await scene.edit(who, key) for key in (hers, annas, system)] == expected, who
    assert await scene.edit(scene.anna, "nowhere") == not_found("nowhere")
    assert await scene.edit(scene.maria, "nowhere") == "invalid-message"
    elsewhere = {"roomId": "elsewhere", "msgId": annas, "text": "x"}
    status, answer = await scene.anna.refused("POST", "chat.update", json=elsewhere)
    wrong_room = "The room id provided does not match where the message is from."
    assert (status, answer["error"]) == (400, wrong_room)
    long = await scene.edit(scene.anna, annas, "x" * 5001)
    assert long.endswith("[error-message-size-exceeded]")
    # Once it is closed, all agents see it; and it can still be mended by who wrote it.
    await scene.maria.close(scene.rid)
    assert await scene.edit(scene.other, annas) == NOT_EDITED
    assert await scene.edit(scene.anna, annas) == await scene.edit(scene.maria, hers) == ""
    await office.setting("Message_AllowEditing", False)
    assert await scene.edit(scene.anna, annas) == NOT_EDITED
    assert await scene.edit(scene.maria, hers) == own
    assert await scene.edit(office.admin, hers) == ""


async def test_who_may_delete(scene: Scene) -> None:
    office, anna, maria = scene.office, scene.anna, scene.maria
    hers, annas, system = await scene.say(), await scene.answer(), await scene.system()
    own = "error-action-not-allowed"
    refused: list[tuple[Client | Visitor, str, str, str]] = [
        (scene.stranger, "invalid-room", "invalid-room", "invalid-room"),
        (scene.other, not_found(hers), not_found(annas), not_found(system)),
        (scene.manager, NOT_DELETED, NOT_DELETED, NOT_DELETED),
    ]
    for who, *expected in refused:
        assert [await scene.delete(who, key) for key in (hers, annas, system)] == expected, who
    for person in (anna, office.admin, maria):
        error = own if person is maria else NOT_DELETED
        assert await scene.delete(person, system) == error
    assert await scene.delete(maria, annas) == own
    assert await scene.delete(anna, hers) == NOT_DELETED
    assert await scene.delete(anna, hers, asUser=True) == NOT_DELETED

    await office.setting("Message_AllowDeleting", False)
    assert await scene.delete(anna, annas) == NOT_DELETED
    assert await scene.delete(maria, hers) == own
    await office.setting("Message_AllowDeleting", True)
    await office.grant("delete-own-message", "admin")
    assert await scene.delete(anna, annas) == NOT_DELETED
    await office.grant("delete-own-message", "user")
    assert await scene.delete(anna, annas) == await scene.delete(maria, hers) == ""
    assert await scene.delete(anna, annas) == not_found(annas)
    assert await scene.delete(maria, hers) == "invalid-message"
    await office.grant("delete-message", "livechat-manager")
    assert await scene.delete(scene.manager, await scene.say()) == ""
    assert await scene.delete(office.admin, await scene.answer(), asUser=True) == ""


async def test_after_some_minutes_it_is_too_late(scene: Scene, clock: Clock) -> None:
    office, anna, maria = scene.office, scene.anna, scene.maria
    await office.setting("Message_AllowEditing_BlockEditInMinutes", 5)
    await office.setting("Message_AllowDeleting_BlockDeleteInMinutes", 5)
    hers, annas = await scene.say(), await scene.answer()
    clock.wait(minutes=5)
    assert await scene.edit(anna, annas) == await scene.edit(maria, hers) == ""
    clock.wait(milliseconds=1)
    blocked = "Message editing is blocked [error-message-editing-blocked]"
    assert await scene.edit(anna, annas) == await scene.edit(office.admin, annas) == blocked
    assert await scene.edit(maria, hers) == "error-action-not-allowed"
    assert await scene.delete(anna, annas) == NOT_DELETED
    assert await scene.delete(maria, hers) == "error-action-not-allowed"
    await office.grant("bypass-time-limit-edit-and-delete", "livechat-agent")
    assert await scene.edit(anna, annas) == await scene.delete(anna, annas) == ""
    assert await scene.delete(office.admin, hers) == ""  # who holds force-delete-message


async def test_an_edited_message_key_by_key(scene: Scene, clock: Clock) -> None:
    before = await scene.maria.say(scene.rid, "see https://a.example/x")
    at = clock.wait(seconds=3)
    body = {"token": scene.maria.token, "rid": scene.rid, "msg": "nothing"}
    answer = await scene.office.nobody.call("PUT", f"livechat/message/{before['_id']}", json=body)
    after = answer.json()["message"]
    text = [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": "nothing"}]}]
    author = {"_id": scene.maria.id, "username": scene.maria.doc["username"]}
    made = {"md": text, "urls": [], "msg": "nothing", "_updatedAt": at, "editedAt": at}
    assert after == before | made | {"editedBy": author}
    own = {"token": scene.maria.token, "rid": scene.rid}
    got = await scene.office.nobody.get(f"livechat/message/{before['_id']}", **own)
    assert got["message"] == after
    handle = (await scene.room())["v"]["token"]
    assert (await scene.room())["lastMessage"] == after | {"token": handle}
    # Metrics know nothing of it, nor does the order.
    room = await scene.room()
    assert (room["lm"], room["metrics"]["v"]["lq"]) == (before["ts"], before["ts"])
    emptied = await scene.anna.post(
        "chat.update",
        roomId=scene.rid,
        msgId=await scene.answer("[x](https://b.example)"),
        text="",
        customFields={"seen": True},
    )
    assert not {"md", "attachments"} & emptied["message"].keys()
    assert emptied["message"]["customFields"] == {"seen": True}


async def test_what_a_deletion_leaves(scene: Scene) -> None:
    first, second, last = await scene.say("first"), await scene.answer("second"), await scene.say()
    before = await scene.room()
    assert await scene.delete(scene.anna, second) == ""
    room = await scene.room()
    assert (room["msgs"], room["lm"]) == (before["msgs"] - 1, before["lm"])
    assert room["lastMessage"]["_id"] == last
    assert await scene.delete(scene.maria, last) == ""
    room = await scene.room()
    assert (room["msgs"], room["lm"]) == (before["msgs"] - 2, before["lm"])
    assert room["lastMessage"]["_id"] == first
    assert room["metrics"] == before["metrics"]
    assert await scene.delete(scene.maria, first) == ""
    assert "lastMessage" not in await scene.room()
    assert [m["t"] for m in await scene.history()] == ["uj", "command", "livechat-started"]
    assert await scene.stored("message_versions") == []
    # What comes then stands behind all that is left, in the same millisecond too.
    assert (await scene.room())["msgs"] == 4
    await scene.say("again")
    assert (await scene.room())["lastMessage"]["msg"] == "again"


async def test_order_within_a_moment_survives_deletions(scene: Scene, clock: Clock) -> None:
    keys = [await scene.say(str(n)) for n in range(4)]
    for key in keys[:3]:
        assert await scene.delete(scene.maria, key) == ""
    for n in range(4, 9):
        await scene.say(str(n))
    said = [m["msg"] for m in await scene.history() if "t" not in m]
    assert said == ["8", "7", "6", "5", "4", "3"]


@pytest.mark.parametrize("kept", [True, False])
async def test_a_deleted_message_may_keep_its_place(scene: Scene, kept: bool) -> None:
    office = scene.office
    await office.setting("Message_ShowDeletedStatus", True)
    await office.setting("Message_KeepHistory", kept)
    before = (await scene.room())["msgs"]
    sent = {"attachments": [{"text": "secret"}], "customFields": {"a": "secret"}, "emoji": ":x:"}
    key = await scene.answer("secret one", **sent)
    assert await scene.edit(scene.anna, key, "secret two") == ""
    await scene.anna.post("chat.react", messageId=key, emoji="ok")
    await scene.anna.post("chat.delete", roomId=scene.rid, msgId=key)
    message = (await scene.anna.get("chat.getMessage", msgId=key))["message"]
    assert message == {
        "_id": key,
        "rid": scene.rid,
        "t": "rm",
        "msg": "",
        "ts": message["ts"],
        "u": message["u"],
        "emoji": ":x:",
        "urls": [],
        "mentions": [],
        "channels": [],
        "attachments": [],
        "reactions": {},
        "editedAt": message["editedAt"],
        "editedBy": {"_id": scene.anna.user_id, "username": "anna"},
        "_updatedAt": message["_updatedAt"],
    }
    room = await scene.room()
    assert (room["msgs"], "lastMessage" in room) == (before, False)
    assert (await scene.history())[0] == message
    versions = await scene.stored("message_versions")
    assert [v["msg"] for v in sorted(versions, key=lambda v: v["_updatedAt"])] == (
        ["secret one", "secret two"] if kept else []
    )
    assert all(v["parent"] == key for v in versions)
    # Nothing more can be done to it.
    assert await scene.edit(scene.anna, key) == NOT_EDITED
    assert await scene.delete(office.admin, key) == NOT_DELETED
    body = {"messageId": key, "emoji": "ok"}
    _, answer = await scene.anna.refused("POST", "chat.react", json=body)
    assert answer["errorType"] == "error-message-not-found"
    await office.setting("Hide_System_Messages", ["rm"])
    assert key not in [m["_id"] for m in await scene.history()]


async def test_a_message_sent_again_after_its_deletion_stays_deleted(scene: Scene) -> None:
    await scene.maria.say(scene.rid, "once", _id="mine")
    await scene.answer("once", _id="annas")
    assert await scene.delete(scene.maria, "mine") == await scene.delete(scene.anna, "annas") == ""
    before = (await scene.room())["msgs"]
    body: Json = {"token": scene.maria.token, "rid": scene.rid, "msg": "twice", "_id": "mine"}
    refused = (400, {"success": False, "error": "invalid-message"})
    assert await scene.office.nobody.refused("POST", "livechat/message", json=body) == refused
    body = {"message": {"rid": scene.rid, "msg": "twice", "_id": "annas"}}
    assert await scene.anna.refused("POST", "chat.sendMessage", json=body) == refused
    assert (await scene.room())["msgs"] == before


async def test_all_at_once_it_is_sent_once_and_deleted_once(scene: Scene) -> None:
    sent = {"message": {"rid": scene.rid, "msg": "hello", "_id": "annas"}}
    before = (await scene.room())["msgs"]
    calls = [scene.anna.call("POST", "chat.sendMessage", json=sent) for _ in range(8)]
    answers = [answer.json() for answer in await asyncio.gather(*calls)]
    assert answers == [answers[0]] * 8
    assert (await scene.room())["msgs"] == before + 1
    errors = await asyncio.gather(*[scene.delete(scene.anna, "annas") for _ in range(8)])
    assert sorted(errors) == ["", *[not_found("annas")] * 7]
    assert (await scene.room())["msgs"] == before


async def test_what_is_hidden_is_not_there(scene: Scene) -> None:
    key, annas = await scene.say(), await scene.answer()
    for one in (key, annas):
        await scene.office.patch("messages", one, _hidden=True)
    admin, own = scene.office.admin, {"token": scene.maria.token, "rid": scene.rid}
    assert await scene.edit(admin, annas) == await scene.delete(admin, annas) == not_found(annas)
    assert await scene.edit(scene.maria, key) == "invalid-message"
    assert await scene.delete(scene.maria, key) == "invalid-message"
    _, answer = await scene.office.nobody.refused("GET", f"livechat/message/{key}", params=own)
    assert answer["error"] == "invalid-message"
    assert await admin.refused("GET", "chat.getMessage", params={"msgId": key}) == (
        400,
        {"success": False},
    )
    listed = await scene.anna.get(f"livechat/{scene.rid}/messages")
    assert (listed["messages"], listed["total"]) == ([], 0)


async def test_reading_one_message(scene: Scene) -> None:
    key, nobody = await scene.say(), scene.office.nobody
    path = f"livechat/message/{key}"
    for query, error in (
        ({"token": "?", "rid": scene.rid}, "invalid-token"),
        ({"token": scene.stranger.token, "rid": scene.rid}, "invalid-room"),
        ({"token": scene.maria.token, "rid": "?"}, "invalid-room"),
    ):
        assert (await nobody.refused("GET", path, params=query))[1]["error"] == error
    theirs = (await scene.stranger.room())["_id"]
    query = {"token": scene.stranger.token, "rid": theirs}
    assert (await nobody.refused("GET", path, params=query))[1]["error"] == "invalid-message"
    assert (await scene.anna.get("chat.getMessage", msgId=key))["message"]["_id"] == key
    for who, params in ((scene.other, {"msgId": key}), (scene.anna, {"msgId": "?"})):
        assert await who.refused("GET", "chat.getMessage", params=params) == (
            400,
            {"success": False},
        )
    _, answer = await scene.anna.refused("GET", "chat.getMessage")
    assert answer["error"] == 'The "msgId" query parameter must be provided.'


async def test_reactions(scene: Scene) -> None:
    office, anna, manager = scene.office, scene.anna, scene.manager
    key = await scene.say()

    async def now() -> Json:
        message = (await anna.get("chat.getMessage", msgId=key))["message"]
        assert (await scene.room())["lastMessage"] == message
        reactions: Json = message.get("reactions", {})
        return reactions

    async def react(who: Client, emoji: str, **more: Any) -> None:
        assert await who.post("chat.react", messageId=key, emoji=emoji, **more) == {"success": True}

    manager_name = (await manager.get("me"))["username"]
    await react(anna, ":smile:")
    await react(manager, "smile", shouldReact=True)
    assert await now() == {":smile:": {"usernames": ["anna", manager_name]}}
    before = (await scene.history())[0]
    await react(manager, "smile", shouldReact=True)
    await react(anna, "+1", shouldReact=False)
    assert (await scene.history())[0] == before
    await react(anna, "smile")
    assert await now() == {":smile:": {"usernames": [manager_name]}}
    await office.setting("UI_Use_Real_Name", True)
    await react(anna, "smile")
    assert await now() == {
        ":smile:": {"usernames": [manager_name, "anna"], "names": [manager_name, "Anna"]}
    }
    await react(manager, "smile", shouldReact=False)
    assert await now() == {":smile:": {"usernames": ["anna"], "names": ["Anna"]}}
    await anna.post("chat.react", messageId=key, reaction="smile")
    assert await now() == {}
    assert "editedAt" not in (await scene.history())[0]
    for who, body, code in (
        (anna, {"emoji": "x"}, "error-messageid-param-not-provided"),
        (anna, {"messageId": key}, "error-emoji-param-not-provided"),
        (anna, {"messageId": key, "emoji": "a b"}, "error-not-allowed"),
        (anna, {"messageId": "?", "emoji": "x"}, "error-message-not-found"),
        (scene.other, {"messageId": key, "emoji": "x"}, "error-message-not-found"),
    ):
        assert (await who.refused("POST", "chat.react", json=body))[1]["errorType"] == code
    many = [
        anna.call("POST", "chat.react", json={"messageId": key, "emoji": f"e{n}"})
        for n in range(101)
    ]
    statuses = sorted([answer.status_code for answer in await asyncio.gather(*many)])
    assert statuses == [*[200] * 100, 400]


async def test_a_reaction_to_the_close_is_seen_in_the_room(scene: Scene) -> None:
    await scene.maria.close(scene.rid)
    closing = (await scene.room())["closingMessage"]["_id"]
    await scene.anna.post("chat.react", messageId=closing, emoji="ok")
    room = await scene.room()
    assert room["closingMessage"]["reactions"] == {":ok:": {"usernames": ["anna"]}}
    assert room["lastMessage"] == room["closingMessage"]


async def test_each_change_is_told(scene: Scene) -> None:
    key = await scene.say()
    await scene.edit(scene.maria, key)
    await scene.delete(scene.maria, key)
    sql = "SELECT kind, doc FROM outbox WHERE stream = $1 ORDER BY number DESC LIMIT 3"
    rows = await scene.office.db.read(lambda q: q.rows(sql, f"room:{scene.rid}"))
    told = [(row[0], decode(row[1])) for row in rows]
    kinds = ("message-deleted", "message-changed", "message")
    assert told == [(kind, {"_id": key}) for kind in kinds]


@pytest.mark.parametrize("setting", ["", "Message_ShowDeletedStatus", "Message_KeepHistory"])
async def test_the_files_of_a_deleted_message_go_with_it(scene: Scene, setting: str) -> None:
    if setting:
        await scene.office.setting(setting, True)
    note = form({"msg": "see"}, ("note.txt", b"a note", "text/plain"))
    mine = note | {"headers": note["headers"] | {"x-visitor-token": scene.maria.token}}
    sent = (await scene.office.nobody.call("POST", f"livechat/upload/{scene.rid}", **mine)).json()
    key, link = sent["_id"], sent["attachments"][0]["title_link"]
    # An edit of the text leaves the file, and it is told where it is.
    assert await scene.edit(scene.maria, key, "look") == ""
    own = {"token": scene.maria.token, "rid": scene.rid}
    shown = (await scene.office.nobody.get(f"livechat/message/{key}", **own))["message"]
    assert shown["fileUpload"] == {"publicFilePath": link, "type": "text/plain", "size": 6}
    assert shown["attachments"] == sent["attachments"]
    http, headers = scene.office.http, scene.anna.headers
    assert (await http.get(link, headers=headers)).content == b"a note"
    assert await scene.delete(scene.maria, key) == ""
    assert (await http.get(link, headers=headers)).status_code == 404
    assert "file" not in (await scene.history())[0]


async def test_who_deletes_a_visitor_deletes_what_is_left_of_their_messages(scene: Scene) -> None:
    office = scene.office
    await office.setting("Message_KeepHistory", True)
    gone, changed = await scene.say("secret"), await scene.say("secret too")
    await scene.delete(scene.maria, gone)
    await scene.edit(scene.maria, changed)
    assert len(await scene.stored("message_versions")) == 2
    await scene.maria.close(scene.rid)
    await office.nobody.call("DELETE", f"livechat/visitor/{scene.maria.token}")
    sql = "SELECT id FROM deleted_messages UNION ALL SELECT id FROM message_versions"
    assert await office.db.read(lambda q: q.rows(sql)) == []
