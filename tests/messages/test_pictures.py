"""Pictures that are sent: upright, small beside whole, and silent about where they were taken."""

import base64
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.jobs import Worker
from parley.messages.uploads import pictures, showing
from parley.messages.uploads.media_type import BYTES
from parley.messages.uploads.orientation import only, orientation_of
from parley.messages.uploads.store import CHUNK
from parley.messages.uploads.stripping import stripping
from parley.work import JOBS
from tests.clock import Clock
from tests.forms import form
from tests.messages.test_uploads import chat, coded, left, upload
from tests.office import Client, Office
from tests.pictures import SECRET, opened, photo, picture

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


async def fetched(office: Office, link: str, person: Client) -> bytes:
    answer = await office.http.get(link, headers=person.headers)
    assert answer.status_code == 200
    return answer.content


async def test_a_photo_stands_upright_and_tells_no_place(office: Office) -> None:
    agent, visitor, room = await chat(office)
    sent = photo(1000, 600, orientation=6)
    assert SECRET in sent
    message = (await upload(visitor, room, file=("a b.jpg", sent, "image/jpeg"))).json()
    whole, small = message["files"]
    (attachment,) = message["attachments"]
    assert message["file"] == whole
    assert small == small | {"name": "thumb-a b.jpg", "type": "image/jpeg"}
    assert attachment["title_link"] == f"/file-upload/{whole['_id']}/a%20b.jpg"
    assert attachment["image_url"] == f"/file-upload/{small['_id']}/thumb-a%20b.jpg"
    assert attachment["image_dimensions"] == {"width": 216, "height": 360}
    assert attachment["image_size"] == whole["size"]
    stored = [await fetched(office, attachment[key], agent) for key in ("title_link", "image_url")]
    assert [len(data) for data in stored] == [whole["size"], small["size"]]
    shown = [opened(data) for data in stored]
    assert [image.size for image in shown] == [(600, 1000), (216, 360)]
    shown.append(opened(base64.b64decode(attachment["image_preview"])))
    for image in shown:
        # What was at the upper left of the camera is at the upper right of the picture.
        red, _, blue = image.getpixel((image.width - 3, 2))
        assert red > 200 > 60 > blue
        assert dict(image.getexif()) == {}
    assert not any(SECRET in data for data in stored)
    assert await left(office) == (2, 2)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("step", [1, 1000, CHUNK])
def test_what_a_picture_tells_is_taken_out_on_its_way(kind: str, step: int) -> None:
    sent = photo(40, 30, kind, orientation=8)
    assert SECRET in sent
    through = stripping(TYPES[kind])
    assert through is not None
    arriving = sent + SECRET
    given = b"".join(through.feed(arriving[at : at + step]) for at in range(0, len(arriving), step))
    given += through.finish()
    assert SECRET not in given
    assert not through.broken
    assert opened(given).tobytes() == opened(sent).tobytes()
    assert dict(opened(given).getexif()) == ({} if kind == "GIF" else {0x0112: 8})


def test_frames_and_their_pauses_stay() -> None:
    frames = [opened(picture(9, 9, "PNG", mode=mode)) for mode in ("RGB", "L")]
    for kind in ("GIF", "WEBP", "PNG"):
        sent = picture(9, 9, kind, save_all=True, append_images=frames, duration=50, loop=3)
        through = stripping(TYPES[kind])
        assert through is not None
        given = opened(through.feed(sent) + through.finish())
        assert (given.n_frames, given.info["loop"]) == (opened(sent).n_frames, 3)


@settings(max_examples=60)
@given(st.sampled_from(sorted(TYPES)), st.data())
def test_no_bytes_break_it_and_none_is_added(kind: str, data: st.DataObject) -> None:
    sent = bytearray(photo(20, 10, kind))
    for _ in range(data.draw(st.integers(0, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    del sent[data.draw(st.integers(0, len(sent))) :]
    through = stripping(TYPES[kind])
    assert through is not None
    cut = data.draw(st.integers(0, len(sent)))
    given = through.feed(bytes(sent[:cut])) + through.feed(bytes(sent[cut:])) + through.finish()
    assert len(given) <= len(sent)
    whole = stripping(TYPES[kind])
    assert whole is not None
    assert whole.feed(bytes(sent)) + whole.finish() == given


@given(st.binary(max_size=60), st.sampled_from([b"", b"MM\0*", b"II*\0"]))
def test_a_camera_may_say_anything(data: bytes, start: bytes) -> None:
    assert 1 <= orientation_of(start + data) <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_how_it_is_turned_is_kept(orientation: int) -> None:
    assert orientation_of(only(orientation)) == orientation


async def test_settings_of_pictures(sqlite_office: Office) -> None:
    office = sqlite_office
    agent, visitor, room = await chat(office)

    async def sent(content: bytes) -> tuple[bytes, Any]:
        message = (await upload(visitor, room, file=("a.jpg", content, "image/jpeg"))).json()
        (attachment,) = message["attachments"]
        return await fetched(office, attachment["title_link"], agent), message

    await office.setting("Message_Attachments_Strip_Exif", False)
    turned, message = await sent(photo(600, 400, orientation=6))
    assert SECRET in turned
    assert (opened(turned).size, opened(turned).getexif().get(0x0112)) == ((400, 600), None)
    await office.setting("FileUpload_RotateImages", False)
    as_it_was = photo(600, 400, orientation=6)
    assert (await sent(as_it_was))[0] == as_it_was
    await office.setting("Message_Attachments_Thumbnails_Width", 60)
    _, message = await sent(as_it_was)
    assert message["attachments"][0]["image_dimensions"] == {"width": 60, "height": 40}
    await office.setting("Message_Attachments_Thumbnails_Enabled", False)
    _, message = await sent(as_it_was)
    assert message["files"] == [message["file"]]
    assert message["attachments"][0]["image_url"] == message["attachments"][0]["title_link"]


async def test_transparent_and_moving_pictures(sqlite_office: Office) -> None:
    office = sqlite_office
    agent, visitor, room = await chat(office)
    clear = picture(900, 900, mode="RGBA")
    message = (await upload(visitor, room, file=("a.png", clear, "image/png"))).json()
    small = opened(await fetched(office, message["attachments"][0]["image_url"], agent))
    assert (small.format, small.mode, small.size) == ("PNG", "RGBA", (360, 360))
    frames = [opened(picture(900, 900, mode="L"))]
    moving = picture(900, 900, "GIF", save_all=True, append_images=frames)
    message = (await upload(visitor, room, file=("a.gif", moving, "image/gif"))).json()
    # Small it would stand still.
    assert message["files"] == [message["file"]]
    assert message["attachments"][0]["image_dimensions"] == {"width": 900, "height": 900}


def bomb(side: int) -> bytes:
    """A picture of one colour: a few bytes, which unpacked fill the memory."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


BROKEN = {
    "a bomb": bomb(60_000),
    "cut off": picture(300, 300, "JPEG")[:-300],
    "no pixels": bomb(100),
    "a beginning": b"\x89PNG\r\n\x1a\n",
    "a beginning of another": b"GIF89a",
    "noise": b"\xff\xd8\xff" + bytes(range(256)),
    "another canvas": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10) + b"VP8 \0\0\0\0",
}


async def test_what_cannot_be_read_is_a_file_like_others(office: Office) -> None:
    _, visitor, room = await chat(office)
    for name, content in BROKEN.items():
        answer = await upload(visitor, room, file=("a.png", content, "image/png"))
        assert answer.status_code == 200, name
        message = answer.json()
        assert message["file"]["type"] == BYTES, name
        (attachment,) = message["attachments"]
        assert attachment.keys() == {"title", "type", "title_link", "title_link_download"}, name


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many bytes each picture that was unpacked had."""
    seen: list[int] = []

    def look(data: bytes, *more: Any) -> pictures.Looked:
        seen.append(len(data))
        return pictures.look(data, *more)

    monkeypatch.setattr(showing, "look", look)
    yield seen


async def test_a_large_picture_is_shown_and_not_unpacked(
    sqlite_office: Office, unpacked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, visitor, room = await chat(sqlite_office)
    sent = photo(60, 40, orientation=6)
    for bound in ("MOST_PIXELS", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(showing, bound, 60 * 40 - 1 if bound == "MOST_PIXELS" else 100)
            message = (await upload(visitor, room, file=("a.jpg", sent, "image/jpeg"))).json()
        (attachment,) = message["attachments"]
        assert attachment["image_dimensions"] == {"width": 60, "height": 40}
        assert "image_preview" not in attachment
        stored = await fetched(sqlite_office, attachment["image_url"], agent)
        # It is turned by who shows it, and tells nothing else.
        assert SECRET not in stored
        assert dict(opened(stored).getexif()) == {0x0112: 6}
    assert unpacked == []


async def test_a_picture_that_lies_about_its_size_is_not_unpacked() -> None:
    wishes = pictures.Wishes((100, 100), turn=True, strip=True)
    with pytest.raises(pictures.Unreadable):
        pictures.look(bomb(5000), "image/png", wishes)
    assert pictures.look(picture(50, 50), "image/png", wishes).thumbnail is None


async def test_what_was_made_of_a_picture_goes_with_it(office: Office, clock: Clock) -> None:
    agent, visitor, room = await chat(office)
    sent = ("a.jpg", photo(800, 800, orientation=3), "image/jpeg")
    taken = (await agent.call("POST", f"rooms.media/{room}", **form(None, sent))).json()["file"]
    assert await left(office) == (2, 2)
    where = f"rooms.mediaConfirm/{room}/{taken['_id']}"
    message = (await agent.post(where, fileName="b.jpg"))["message"]
    assert message["attachments"][0]["image_url"].endswith("/thumb-b.jpg")
    clock.wait(hours=30)
    await JOBS["tidy"](office.db, {})
    assert await left(office) == (2, 2)
    await agent.post("chat.delete", roomId=room, msgId=message["_id"])
    await Worker(office.db, JOBS).run_what_is_due()
    assert await left(office) == (0, 0)
    alias = form({"alias": "Boss"}, sent)
    assert (await agent.refused("POST", f"rooms.upload/{room}", **alias))[0] == 400
    assert await left(office) == (0, 0)
    await upload(visitor, room, file=sent)
    await visitor.close(room)
    await office.nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    await Worker(office.db, JOBS).run_what_is_due()
    assert await left(office) == (0, 0)


async def test_a_visitor_stores_so_much_in_a_day(office: Office, clock: Clock) -> None:
    agent, visitor, room = await chat(office)
    await office.setting("Livechat_fileupload_daily_megabytes", 1)
    big = ("a.bin", bytes(600_000), "")
    full = coded(
        "error-file-upload-limit-reached",
        "You have sent files of 1 MB within a day, which is the most",
    )
    assert (await upload(visitor, room, file=big)).status_code == 200
    kept = await left(office)
    answer = await upload(visitor, room, file=big)
    assert (answer.status_code, answer.json()) == full
    assert await left(office) == kept
    small = ("a.bin", bytes(300_000), "")
    assert (await upload(visitor, room, file=small)).status_code == 200
    # Another conversation is no other day; other people's files are not theirs.
    await visitor.close(room)
    room = (await visitor.room())["_id"]
    answer = await upload(visitor, room, file=big)
    assert (answer.status_code, answer.json()) == full
    other = await office.visitor()
    assert (await upload(other, (await other.room())["_id"], file=big)).status_code == 200
    assert (await agent.call("POST", f"rooms.upload/{room}", **form(None, big))).status_code == 200
    clock.wait(hours=25)
    assert (await upload(visitor, room, file=big)).status_code == 200
    await office.setting("Livechat_fileupload_daily_megabytes", -1)
    assert (await upload(visitor, room, file=big)).status_code == 200
