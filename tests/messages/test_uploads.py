"""Files of conversations: taken in whole or not at all, with the message that carries them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.app import build_app
from parley.clock import later, now
from parley.config import Config
from parley.db import Reader, Tx
from parley.jobs import Worker
from parley.messages.uploads import store
from parley.messages.uploads.erase import delete_uploads_of_message, delete_uploads_of_room
from parley.messages.uploads.pieces import SILENT_HOURS
from parley.messages.uploads.store import CHUNK
from parley.work import JOBS, tidy
from tests.clock import Clock
from tests.forms import BOUNDARY, body, form, part
from tests.office import Client, Office, Visitor
from tests.pictures import picture

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'
TEXT = ("note.txt", b"a note", "text/plain")


async def upload(visitor: Visitor, room: str, **more: Any) -> Any:
    sent = form(more.get("fields"), more.get("file", TEXT), x_visitor_token=visitor.token)
    return await visitor.nobody.call("POST", f"livechat/upload/{room}", **sent)


async def left(office: Office) -> tuple[int, int]:
    """(files, pieces) in the database."""

    async def count(q: Reader) -> tuple[int, int]:
        files = await q.value("SELECT count(*) FROM uploads")
        return files, await q.value("SELECT count(*) FROM upload_chunks")

    return await office.db.read(count)


async def chat(office: Office) -> tuple[Client, Visitor, str]:
    agent = await office.agent()
    visitor = await office.visitor(name="Maria")
    return agent, visitor, (await visitor.room())["_id"]


async def test_a_visitor_sends_an_image(office: Office) -> None:
    agent, visitor, room = await chat(office)
    image = picture(3, 2)
    fields = {"msg": "look *here*", "description": "a _cat_", "alias": "Boss", "emoji": ":cat:"}
    answer = await upload(visitor, room, fields=fields, file=("my cat.png", image, "image/png"))

    message = answer.json()
    file = message["file"]
    link = f"/file-upload/{file['_id']}/my%20cat.png"
    assert len(message["_id"]) == len(file["_id"]) == 17
    assert file == {
        "_id": file["_id"],
        "name": "my cat.png",
        "type": "image/png",
        "size": len(image),
        "format": "png",
    }
    assert message["files"] == [file]
    description = message["attachments"][0].pop("descriptionMd")
    assert description[0]["type"] == "PARAGRAPH"
    preview = message["attachments"][0]["image_preview"]
    assert message["attachments"] == [
        {
            "title": "my cat.png",
            "type": "file",
            "description": "a _cat_",
            "title_link": link,
            "title_link_download": True,
            "image_url": link,
            "image_type": "image/png",
            "image_size": len(image),
            "image_dimensions": {"width": 3, "height": 2},
            "image_preview": preview,
        }
    ]
    assert (message["msg"], message["alias"], message["token"]) == (
        "look *here*",
        "Maria",
        visitor.token,
    )
    assert (message["newRoom"], message["showConnecting"], message["success"]) == (
        False,
        False,
        True,
    )
    assert "emoji" not in message
    history = await office.nobody.get(f"livechat/messages.history/{room}", token=visitor.token)
    del message["success"]
    message["attachments"][0]["descriptionMd"] = description
    assert history["messages"][0] == message
    seen = (await agent.get("rooms.info", roomId=room))["room"]
    assert seen["lastMessage"]["file"] == file
    assert seen["waitingResponse"] is True
    assert visitor.token not in str(seen)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("a.mp3", b"ID3\x04\0", "audio/mpeg"), ("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")],
)
async def test_sound_and_film(sqlite_office: Office, name: str, content: bytes, kind: str) -> None:
    _, visitor, room = await chat(sqlite_office)
    (attachment,) = (await upload(visitor, room, file=(name, content, kind))).json()["attachments"]
    family = kind.partition("/")[0]
    assert attachment[f"{family}_url"] == attachment["title_link"]
    assert (attachment[f"{family}_type"], attachment[f"{family}_size"]) == (kind, len(content))


def plain(text: str) -> tuple[int, dict[str, Any]]:
    return 400, {"success": False, "error": text}


def coded(code: str, text: str = "") -> tuple[int, dict[str, Any]]:
    text = f"{text} [{code}]" if text else f"[{code}]"
    return 400, {"success": False, "error": text, "errorType": code}


def reason(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"reason": code, "success": False}


FORBIDDEN = (403, {"success": False, "error": "unauthorized"})
NO_FILE = coded("error-no-file", "No file uploaded")
BROKEN = coded("error-invalid-multipart", "The form cannot be read")
TOO_LARGE = coded("error-file-too-large", "File size exceeds the allowed limit")
NUL = coded("invalid-params", "must not contain NUL or lone surrogate characters")
ANOTHER = 'name="other"; filename="a"'
REFUSED: dict[str, tuple[bytes, tuple[int, dict[str, Any]]]] = {
    "nothing": (b"", BROKEN),
    "no file": (body({"msg": "x"}, None), NO_FILE),
    "a field left empty": (body({}, ("", b"", "application/octet-stream")), NO_FILE),
    "an empty file": (body({}, ("a.txt", b"", "text/plain")), reason("error-no-file-uploaded")),
    "another field": (body({"foo": "x"}, TEXT), plain("Match error: Unknown key in field foo")),
    "another file": (part(ANOTHER, b"x") + body({}, TEXT), coded("invalid-field")),
    "two files": (part('name="file"; filename="a"', b"x") + body({}, TEXT), coded("invalid-field")),
    "cut off": (body({}, ("a.txt", b"x" * CHUNK * 2, "text/plain"))[:-50], BROKEN),
    "much text": (body({"msg": "x" * 70_000}, TEXT), BROKEN),
    "a text too long": (
        body({"description": "x" * 5001}, TEXT),
        coded("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize"),
    ),
    "NUL in a text": (body({"msg": "\0"}, TEXT), NUL),
    "not UTF-8": (part('name="msg"', b"\xff") + body({}, TEXT), BROKEN),
    "an SVG": (body({}, ("a.svg", SVG, "image/svg+xml")), reason("error-type-not-allowed")),
    "an SVG that lies": (body({}, ("a.png", SVG, "image/png")), reason("error-type-not-allowed")),
}


async def test_what_is_refused_leaves_nothing(office: Office) -> None:
    _, visitor, room = await chat(office)
    before = (await visitor.nobody.get("livechat/room", token=visitor.token))["room"]["msgs"]
    headers = form(x_visitor_token=visitor.token)["headers"]
    for name, (content, expected) in REFUSED.items():
        refusal = await visitor.nobody.refused(
            "POST", f"livechat/upload/{room}", content=content, headers=headers
        )
        assert refusal == expected, name
        assert await left(office) == (0, 0), name
    for kind in ("application/json", "multipart/form-data", "text/plain"):
        refusal = await visitor.nobody.refused(
            "POST",
            f"livechat/upload/{room}",
            content=body({}, TEXT),
            headers=headers | {"content-type": kind},
        )
        assert refusal == NO_FILE
    assert (await visitor.room())["msgs"] == before


async def test_who_may_send_where(office: Office) -> None:
    _, visitor, room = await chat(office)
    other = await office.visitor()
    theirs = (await other.room())["_id"]
    for who, where in ((other, room), (visitor, theirs), (visitor, "nowhere")):
        answer = await upload(who, where)
        assert (answer.status_code, answer.json()) == FORBIDDEN
    unknown = Visitor(visitor.nobody, "unknown", {})
    nobody = Visitor(visitor.nobody, "", {})
    for who in (unknown, nobody):
        answer = await upload(who, room)
        assert (answer.status_code, answer.json()) == FORBIDDEN
    for setting in ("Livechat_fileupload_enabled", "FileUpload_Enabled"):
        await office.setting(setting, False)
        answer = await upload(nobody, room)
        assert (answer.status_code, answer.json()) == reason("error-file-upload-disabled")
        await office.setting(setting, True)
    await visitor.close(room)
    answer = await upload(visitor, room)
    assert (answer.status_code, answer.json()) == FORBIDDEN
    assert await left(office) == (0, 0)


async def test_the_lists_of_types(sqlite_office: Office) -> None:
    office = sqlite_office
    _, visitor, room = await chat(office)

    async def accepted(content: bytes, kind: str) -> bool:
        answer = await upload(visitor, room, file=("a", content, kind))
        return bool(answer.status_code == 200)

    await office.setting("FileUpload_MediaTypeWhiteList", "image/*, text/plain")
    assert await accepted(picture(1, 1), "application/x-whatever")
    assert await accepted(b"text", "")
    assert not await accepted(b"\0\1", "image/png")
    assert not await accepted(b"%PDF-1.7", "application/pdf")
    assert not await accepted(b"GIF89a, and then anything", "image/gif")
    await office.setting("FileUpload_MediaTypeBlackList", "IMAGE/png")
    assert not await accepted(picture(1, 1), "image/gif")
    assert await accepted(picture(1, 1, "GIF"), "image/png")


async def test_the_size_is_counted_whatever_was_announced(office: Office) -> None:
    _, visitor, room = await chat(office)
    await office.setting("FileUpload_MaxFileSize", CHUNK + 10)
    exact = ("a.bin", b"\0" * (CHUNK + 10), "")
    assert (await upload(visitor, room, file=exact)).status_code == 200
    kept = await left(office)
    assert kept == (1, 2)
    over = ("a.bin", b"\0" * (CHUNK + 11), "")
    answer = await upload(visitor, room, file=over)
    assert (answer.status_code, answer.json()) == TOO_LARGE
    assert await left(office) == kept

    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield body({}, over)[:200]
        while True:
            read += 1
            yield b"\0" * 1024

    sent = form(x_visitor_token=visitor.token) | {"content": endless()}
    answer = await visitor.nobody.call("POST", f"livechat/upload/{room}", **sent)
    assert (answer.status_code, answer.json()) == TOO_LARGE
    assert read < 300
    announced = form(x_visitor_token=visitor.token, content_length=str(10**9))
    announced["content"] = endless()
    read = 0
    answer = await visitor.nobody.call("POST", f"livechat/upload/{room}", **announced)
    assert (answer.status_code, answer.json()) == TOO_LARGE
    assert read == 0
    assert await left(office) == kept
    await office.setting("FileUpload_MaxFileSize", -1)
    assert (await upload(visitor, room, file=over)).status_code == 200


async def test_a_room_that_is_closed_meanwhile_gets_no_file(office: Office) -> None:
    _, visitor, room = await chat(office)
    sent = form(x_visitor_token=visitor.token)
    data = body({}, ("a.bin", b"\0" * CHUNK * 3, ""))
    seen: list[tuple[int, int]] = []

    async def too_late() -> AsyncIterator[bytes]:
        yield data[: CHUNK * 2]
        seen.append(await left(office))
        await visitor.close(room)
        yield data[CHUNK * 2 :]

    late = sent | {"content": too_late()}
    answer = await visitor.nobody.call("POST", f"livechat/upload/{room}", **late)
    assert (answer.status_code, answer.json()) == FORBIDDEN
    assert seen == [(1, 1)]
    assert await left(office) == (0, 0)


async def test_who_goes_away_half_way_leaves_nothing(office: Office) -> None:
    """As the server tells it: no answer, and nothing is left."""
    _, visitor, room = await chat(office)
    app = build_app(Config(test_mode=True), office.db)
    data = body({}, ("a.bin", b"\0" * CHUNK * 3, ""))[: CHUNK * 2]
    messages = [
        {"type": "http.request", "body": data, "more_body": True},
        {"type": "http.disconnect"},
    ]
    answers: list[Any] = []
    seen: list[tuple[int, int]] = []

    async def receive() -> Any:
        seen.append(await left(office))
        return messages.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1/livechat/upload/{room}",
        "raw_path": f"/api/v1/livechat/upload/{room}".encode(),
        "query_string": b"",
        "headers": [
            (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
            (b"x-visitor-token", visitor.token.encode()),
        ],
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    assert (answers, messages, seen) == ([], [], [(0, 0), (1, 1)])
    assert await left(office) == (0, 0)


async def test_a_person_sends_a_file_in_two_steps(office: Office) -> None:
    agent, visitor, room = await chat(office)
    sent = form({"content": "{}"}, ("a.txt", b"x", "text/plain"))
    taken = (await agent.call("POST", f"rooms.media/{room}", **sent)).json()["file"]
    assert taken["url"] == f"/file-upload/{taken['_id']}/a.txt"
    before = await office.nobody.get(f"livechat/messages.history/{room}", token=visitor.token)
    where = f"rooms.mediaConfirm/{room}/{taken['_id']}"
    other = await office.agent("livechat-manager")
    theirs = (await (await office.visitor()).room())["_id"]
    invalid = coded("invalid-file")
    assert await other.refused("POST", where, json={}) == invalid
    elsewhere = f"rooms.mediaConfirm/{theirs}/{taken['_id']}"
    assert await office.admin.refused("POST", elsewhere, json={}) == invalid
    stranger = await office.person()
    assert await stranger.refused("POST", where, json={}) == FORBIDDEN
    wanted = {"msg": "hi", "fileName": "../b.txt", "groupable": False}
    message = (await agent.post(where, **wanted, customFields='{"a":1}'))["message"]
    assert (message["msg"], message["groupable"], message["customFields"]) == (
        "hi",
        False,
        {"a": 1},
    )
    assert message["file"]["name"] == "b.txt"
    assert message["attachments"][0]["title_link"] == f"/file-upload/{taken['_id']}/b.txt"
    assert "token" not in message
    assert await agent.refused("POST", where, json={}) == invalid
    after = await office.nobody.get(f"livechat/messages.history/{room}", token=visitor.token)
    assert after["messages"][0] == message
    assert len(after["messages"]) == len(before["messages"]) + 1
    seen = (await agent.get("rooms.info", roomId=room))["room"]
    assert "waitingResponse" not in seen


async def test_who_may_not_see_the_room_sends_nothing_there(office: Office) -> None:
    agent, visitor, room = await chat(office)
    stranger = await office.person()
    for name in ("rooms.media", "rooms.upload"):
        assert await stranger.refused("POST", f"{name}/{room}", **form(None, TEXT)) == FORBIDDEN
        assert await agent.refused("POST", f"{name}/nowhere", **form(None, TEXT)) == FORBIDDEN
        svg = form(None, ("a.svg", SVG, ""))
        assert await agent.refused("POST", f"{name}/{room}", **svg) == coded(
            "error-invalid-file-type", "File type is not accepted"
        )
    alias = form({"alias": "Boss"}, TEXT)
    refused = await agent.refused("POST", f"rooms.upload/{room}", **alias)
    assert refused == plain("Not enough permission")
    taken = (await agent.call("POST", f"rooms.media/{room}", **form(None, TEXT))).json()["file"]
    await visitor.close(room)
    confirm = f"rooms.mediaConfirm/{room}/{taken['_id']}"
    assert await agent.refused("POST", confirm, json={}) == plain("room-closed")
    refused = await agent.refused("POST", f"rooms.media/{room}", **form(None, TEXT))
    assert refused == plain("room-closed")
    await office.setting("FileUpload_Enabled", False)
    refused = await agent.refused("POST", f"rooms.media/{room}", **form(None, TEXT))
    assert refused == coded("error-file-upload-disabled", "File upload is disabled")
    assert await left(office) == (1, 1)


async def test_an_older_client_sends_at_once(office: Office) -> None:
    agent, _, room = await chat(office)
    fields = {"msg": "hi", "description": "a note", "groupable": "false", "other": "x"}
    answer = await agent.call("POST", f"rooms.upload/{room}", **form(fields, TEXT))
    message = answer.json()["message"]
    assert (message["msg"], message["groupable"]) == ("hi", False)
    assert message["attachments"][0]["description"] == "a note"
    long = form({"tmid": "x" * 65}, TEXT)
    status, _ = await agent.refused("POST", f"rooms.upload/{room}", **long)
    assert (status, await left(office)) == (400, (1, 1))


async def test_what_nobody_confirms_goes_and_what_a_crash_left(
    office: Office, clock: Clock
) -> None:
    agent, visitor, room = await chat(office)
    await upload(visitor, room)
    taken = (await agent.call("POST", f"rooms.media/{room}", **form(None, TEXT))).json()["file"]
    worker = Worker(office.db, JOBS)

    async def crashed(tx: Tx) -> None:
        until = later(now(), hours=SILENT_HOURS)
        await store.insert_upload(tx, {"_id": "crash", "rid": room, "state": "arriving"}, until)
        assert await store.insert_chunk(tx, "crash", 0, b"x", until)

    await office.db.act(crashed)
    await tidy(office.db, {})
    assert await left(office) == (3, 3)
    clock.wait(hours=23)
    await tidy(office.db, {})
    await worker.run_what_is_due()
    assert await left(office) == (2, 2)
    clock.wait(hours=2)
    confirm = f"rooms.mediaConfirm/{room}/{taken['_id']}"
    assert await agent.refused("POST", confirm, json={}) == coded("invalid-file")
    await tidy(office.db, {})
    await worker.run_what_is_due()
    assert await left(office) == (1, 1)


async def test_a_file_goes_with_its_message_and_with_its_room(office: Office) -> None:
    _, visitor, room = await chat(office)
    big = ("a.bin", b"\0" * CHUNK * 2, "")
    first, second = [(await upload(visitor, room, file=big)).json() for _ in range(2)]
    other = await office.visitor()
    theirs = (await other.room())["_id"]
    await upload(other, theirs)
    worker = Worker(office.db, JOBS)
    # A message of another room cannot take a file away that is not its own.
    stolen = {"rid": theirs, "files": first["files"]}
    assert await office.db.act(delete_uploads_of_message, stolen) == 0
    assert await office.db.act(delete_uploads_of_message, first) == 1
    link = first["attachments"][0]["title_link"]
    assert (await office.http.get(link)).status_code == 404
    await worker.run_what_is_due()
    assert await left(office) == (2, 3)
    assert await office.db.act(delete_uploads_of_room, room) == 1
    await worker.run_what_is_due()
    assert await left(office) == (1, 1)
    assert (await office.http.get(second["attachments"][0]["title_link"])).status_code == 404


async def test_a_file_goes_with_its_visitor(office: Office) -> None:
    _, visitor, room = await chat(office)
    link = (await upload(visitor, room)).json()["attachments"][0]["title_link"]
    other = await office.visitor()
    await upload(other, (await other.room())["_id"])
    await visitor.close(room)
    answer = await office.nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    assert answer.status_code == 200
    assert (await office.http.get(link, headers=office.admin.headers)).status_code == 404
    await Worker(office.db, JOBS).run_what_is_due()
    assert await left(office) == (1, 1)


async def test_a_room_deleted_meanwhile_takes_no_more(office: Office) -> None:
    _, visitor, room = await chat(office)
    data = body({}, ("a.bin", b"\0" * CHUNK * 3, ""))

    async def content() -> AsyncIterator[bytes]:
        yield data[: CHUNK * 2]
        assert await office.db.act(delete_uploads_of_room, room) == 1
        yield data[CHUNK * 2 :]

    sent = form(x_visitor_token=visitor.token) | {"content": content()}
    answer = await visitor.nobody.call("POST", f"livechat/upload/{room}", **sent)
    assert (answer.status_code, answer.json()) == plain("Invalid file")
    await Worker(office.db, JOBS).run_what_is_due()
    assert await left(office) == (0, 0)


async def test_a_token_of_any_letters(sqlite_office: Office) -> None:
    await sqlite_office.agent()
    for token in ("vïsitor", "посетитель"):
        visitor = await sqlite_office.visitor(token=token)
        room = (await visitor.room())["_id"]
        sent = form(None, TEXT)
        headers: Any = {**sent["headers"], "x-visitor-token": token.encode()}
        raw = list(headers.items())
        answer = await sqlite_office.http.post(
            f"/api/v1/livechat/upload/{room}", content=sent["content"], headers=raw
        )
        assert answer.status_code == 200, answer.text
