"""Files handed out: to whom, which bytes, and as what."""

import re
import struct
import zlib
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.messages.uploads.dimensions import dimensions
from parley.messages.uploads.media_type import BYTES, HEAD, INLINE, active, served_as, type_of
from parley.messages.uploads.names import LONGEST, clean_name, disposition, link_to
from parley.messages.uploads.ranges import Unsatisfiable, range_of
from parley.messages.uploads.store import CHUNK
from tests.forms import form
from tests.messages.test_uploads import SVG, TEXT
from tests.office import Client, Office, Visitor
from tests.pictures import picture


async def sent(visitor: Visitor, room: str, file: Any = TEXT) -> str:
    """Its link."""
    upload = form(None, file, x_visitor_token=visitor.token)
    answer = await visitor.nobody.call("POST", f"livechat/upload/{room}", **upload)
    return str(answer.json()["attachments"][0]["title_link"])


def query(person: Client) -> dict[str, str]:
    return {"rc_uid": person.user_id, "rc_token": person.headers["X-Auth-Token"]}


def cookie(values: dict[str, str]) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in values.items())}


async def test_who_sees_the_room_reads_its_files(office: Office) -> None:
    agent, stranger = await office.agent(), await office.person()
    visitor, other = await office.visitor(), await office.visitor()
    room = (await visitor.room())["_id"]
    theirs = (await other.room())["_id"]
    link = await sent(visitor, room)

    async def status(**more: Any) -> int:
        return (await office.http.get(link, **more)).status_code

    def own(who: Visitor, rid: str) -> dict[str, str]:
        return {"rc_room_type": "l", "rc_rid": rid, "rc_token": who.token}

    async def matrix() -> list[int]:
        people = [agent, office.admin, stranger]
        ways = [{"headers": person.headers} for person in people]
        ways += [{"params": query(person)} for person in people]
        ways += [{"headers": cookie(query(person))} for person in people]
        for claims in (own(visitor, room), own(other, theirs), own(other, room)):
            ways += [{"params": claims}, {"headers": cookie(claims)}]
        wrong = [own(visitor, theirs), own(visitor, room) | {"rc_room_type": "c"}]
        wrong += [{"rc_uid": agent.user_id, "rc_token": visitor.token}, {}]
        ways += [{"params": claims} for claims in wrong]
        return [await status(**way) for way in ways]

    expected = [200, 200, 403] * 3 + [200, 200] + [403] * 8
    assert await matrix() == expected
    await visitor.close(room)
    assert await matrix() == expected  # as its messages: what was said stays to be read
    for name in (
        "view-livechat-room-closed-by-another-agent",
        "view-livechat-room-closed-same-department",
    ):
        await office.grant(name)
    assert await status(headers=agent.headers) == 200  # who served it
    rival = await office.agent()
    assert await status(headers=rival.headers) == 403
    await office.setting("FileUpload_ProtectFiles", False)
    assert set(await matrix()) == {200}


async def test_files_for_those_who_take_part_alone(office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    link = await sent(visitor, room)

    async def statuses() -> list[int]:
        people = (agent, office.admin, await office.person())
        return [(await office.http.get(link, headers=who.headers)).status_code for who in people]

    await office.setting("FileUpload_Restrict_to_users_who_can_access_room", False)
    assert await statuses() == [200, 403, 403]
    await visitor.close(room)
    assert await statuses() == [200, 200, 403]
    await office.setting("FileUpload_Restrict_to_room_members", False)
    assert await statuses() == [200, 200, 403]


async def test_a_file_without_its_message_is_its_senders_alone(office: Office) -> None:
    agent = await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    await office.setting("FileUpload_ProtectFiles", False)
    taken = (await agent.call("POST", f"rooms.media/{room}", **form(None, TEXT))).json()["file"]
    statuses = [
        (await office.http.get(taken["url"], headers=person.headers)).status_code
        for person in (agent, office.admin, office.nobody)
    ]
    assert statuses == [200, 404, 404]
    await agent.post(f"rooms.mediaConfirm/{room}/{taken['_id']}")
    assert (await office.http.get(taken["url"])).status_code == 200
    assert (await office.http.get("/file-upload/nothing/x")).status_code == 404


async def test_any_range_is_the_slice(office: Office) -> None:
    await office.agent()
    visitor = await office.visitor()
    content = bytes(n * 7 % 251 for n in range(CHUNK * 2 + 100))
    link = await sent(visitor, (await visitor.room())["_id"], ("a.bin", content, ""))
    whole = await ask(office, link)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-length"] == str(len(content))
    size = len(content)
    for start, end in [(0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK, CHUNK * 2), (5, 6), (0, size)]:
        answer = await ask(office, link, range=f"bytes={start}-{end - 1}")
        assert (answer.status_code, answer.content) == (206, content[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert answer.headers["content-length"] == str(end - start)
    for header, there in (("bytes=-150", content[-150:]), (f"bytes={CHUNK}-", content[CHUNK:])):
        assert (await ask(office, link, range=header)).content == there
    beyond = await ask(office, link, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for several in ("bytes=0-1,5-6", "lines=0-1", "bytes=5-1", "bytes=-"):
        answer = await ask(office, link, range=several)
        assert (answer.status_code, answer.content) == (200, content)
    etag = whole.headers["etag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        answer = await ask(office, link, if_none_match=known)
        assert (answer.status_code, answer.content) == (304, b"")
    changed = {"range": "bytes=0-1", "if_range": '"another"'}
    assert (await ask(office, link, **changed)).status_code == 200
    assert (await ask(office, link, **changed | {"if_range": etag})).status_code == 206
    head = await office.http.head(link, headers=office.admin.headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(size)


async def ask(office: Office, link: str, **more: str) -> httpx.Response:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return await office.http.get(link, headers=office.admin.headers | headers)


@settings(max_examples=500)
@given(st.integers(1, 50), st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
@example(1, None, 0)
def test_a_range_is_what_a_slice_would_be(size: int, first: int | None, last: int | None) -> None:
    content = bytes(range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None:
        expected = content[-last:] if last else b""
    else:
        expected = content[first:] if last is None else content[first : last + 1]
    if (first is None and last is None) or (
        first is not None and last is not None and last < first
    ):
        assert range_of(header, size) is None
    elif expected:
        found = range_of(header, size)
        assert found is not None
        start, end = found
        assert 0 <= start < end <= size
        assert content[start:end] == expected
    else:
        with pytest.raises(Unsatisfiable):
            range_of(header, size)


HOSTILE = {
    "html": ("a.html", b"<html><script>alert(1)</script>", "text/html"),
    "html that lies": ("a.png", b"<!doctype html><script>alert(1)</script>", "image/png"),
    "html that says text": ("a.txt", b"  <body onload=alert(1)>", "text/plain"),
    "script": ("a.js", b"alert(1)", "application/javascript"),
    "svg": ("a.svg", SVG, "image/svg+xml"),
    "svg in UTF-16": ("a.png", SVG.decode().encode("utf-16"), "image/png"),
    "svg behind a comment": ("a.gif", b"\xef\xbb\xbf\n<!-- x -->" + SVG, "image/gif"),
    "xml": ("a.xml", b'<?xml version="1.0"?><a/>', "application/xml"),
    "a program": ("a.png", b"MZ\x90\0\3\0", "image/png"),
    "nothing it says": ("a.mp4", b"\0\1\2", "video/mp4"),
    "a type of no shape": ("a", b"\0\1", 'x"; y\t<script>'),
    "pdf": ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "application/pdf"),
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE)
async def test_nothing_is_run_whatever_it_says_it_is(sqlite_office: Office, file: Any) -> None:
    office = sqlite_office
    await office.agent()
    await office.setting("FileUpload_MediaTypeBlackList", "")
    visitor = await office.visitor()
    link = await sent(visitor, (await visitor.room())["_id"], file)
    answer = await ask(office, link)
    assert answer.content == file[1]
    said = answer.headers
    assert said["content-disposition"].startswith("attachment; ")
    assert said["content-type"] in (BYTES, "application/pdf", "application/x-msdownload")
    assert said["x-content-type-options"] == "nosniff"
    assert "sandbox" in said["content-security-policy"]
    assert "default-src 'none'" in said["content-security-policy"]


async def test_an_image_is_shown_in_place_and_saved_on_demand(sqlite_office: Office) -> None:
    office = sqlite_office
    await office.agent()
    visitor = await office.visitor()
    link = await sent(visitor, (await visitor.room())["_id"], ("ä.png", picture(1, 1), "text/html"))
    answer = await ask(office, link)
    assert answer.headers["content-type"] == "image/png"
    named = "filename=\"_.png\"; filename*=UTF-8''%C3%A4.png"
    assert answer.headers["content-disposition"] == f"inline; {named}"
    saved = await ask(office, f"{link}?download")
    assert saved.headers["content-disposition"] == f"attachment; {named}"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    by_cookie = await office.http.get(link, headers=cookie(query(office.admin)))
    assert by_cookie.headers["cross-origin-resource-policy"] == "same-origin"


NAMES = {
    "../../etc/passwd": "passwd",
    "..": "file",
    "a/..": "file",
    "C:\\Windows\\evil.exe": "evil.exe",
    ".htaccess": "htaccess",
    "a\0b\r\nSet-Cookie: x=y.txt": "abSet-Cookie_ x=y.txt",
    "photo\u202egpj.exe": "photogpj.exe",
    "\u200f\u200e\ufeff": "file",
    '<b>"x"|*?</b>': "b_",
    " a  b . ": "a b",
    "e\u0301.txt": "é.txt",
    "猫.png": "猫.png",
    "x" * 300 + ".png": "x" * 196 + ".png",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_made_harmless(name: str) -> None:
    assert clean_name(name) == NAMES[name]


@settings(max_examples=500)
@given(st.text(max_size=400))
def test_any_name_is_harmless_in_a_folder_a_header_and_a_link(name: str) -> None:
    clean = clean_name(name)
    assert clean and clean == clean_name(clean)
    assert len(clean.encode()) <= LONGEST
    assert not set(clean) & set('/\\:*?"<>|\0\r\n\t\u202e\u200f') and clean[0] != "."
    header = disposition(clean, inline=False)
    assert header.isascii() and header.isprintable()
    assert re.fullmatch(r"attachment; filename=\"[^\"\\%]*\"; filename\*=UTF-8''\S+", header)
    assert unquote(header.rpartition("''")[2]) == clean
    assert unquote(link_to("id", clean).rpartition("/")[2]) == clean


TYPES = {
    (b"\x89PNG\r\n\x1a\n", "image/svg+xml"): "image/png",
    (b"\xff\xd8\xff\xe0", ""): "image/jpeg",
    (b"RIFF....WEBPVP8 ", "image/png"): "image/webp",
    (b"RIFF....WAVE", "audio/x-wav"): "audio/x-wav",
    (b"RIFF....EVIL", "image/webp"): BYTES,
    (b"\0\0\0\x18ftypM4A ", "audio/mp4; codecs=x"): "audio/mp4",
    (b"\0\0\0\x18ftypisom", "audio/mp4"): "audio/mp4",
    (b"\0\0\0\x18ftypavif", "image/avif"): "image/avif",
    (b"\x1aE\xdf\xa3", "audio/webm"): "audio/webm",
    (b"OggS", "video/ogg"): "video/ogg",
    (b"\xff\xfb\x90\x00", "audio/mpeg"): "audio/mpeg",
    (b"\xff\xf1\x50\x80", "audio/aac"): "audio/aac",
    (b"PK\x03\x04\0", "application/vnd.oasis.opendocument.text"): (
        "application/vnd.oasis.opendocument.text"
    ),
    (b"PK\x03\x04\0", "application/xhtml+xml"): "application/zip",
    (b"PK\x03\x04\0", "image/png"): "application/zip",
    (b"plain", ""): "text/plain",
    (b"a,b\n", "text/csv"): "text/csv",
    (b"BMW and MZ", "text/plain"): "text/plain",
    (b"caf\xe9", "text/plain"): BYTES,
    (b"x" * (HEAD - 1) + "é".encode(), "text/plain"): "text/plain",
    (b"\0\1", "application/x-mine"): "application/x-mine",
    (b"\0\1", "APPLICATION/X-Mine"): "application/x-mine",
    (b"\0\1", "image/png"): BYTES,
    (b"text", "image/png"): BYTES,
    (b"text", "font/woff"): BYTES,
    (b"{}", "application/json"): "application/json",
    (b" <SVG onload=x>", "image/png"): "image/svg+xml",
    (b"<x:svg xmlns:x='http://www.w3.org/2000/svg'/>", "image/png"): "image/svg+xml",
}


@pytest.mark.parametrize(("head", "declared"), TYPES)
def test_a_type_is_what_the_bytes_say(head: bytes, declared: str) -> None:
    assert type_of(head, declared) == TYPES[head, declared]


@settings(max_examples=300)
@given(st.binary(max_size=50), st.text(max_size=40) | st.sampled_from(sorted(INLINE)))
def test_what_is_shown_in_place_has_its_signature(head: bytes, declared: str) -> None:
    kind, inline = served_as(type_of(head, declared))
    assert not (inline and active(kind))
    if inline:
        assert type_of(head, "") == type_of(head, "application/octet-stream") in INLINE


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x03"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + before + b"\xff\xc0\x00\x11" + frame


SIZES = {
    ("image/png", png(640, 480)): (640, 480),
    ("image/png", png(0, 480)): None,
    ("image/png", png(70_000, 1)): None,
    ("image/png", png(1, 1)[:20]): None,
    ("image/gif", b"GIF89a\x0a\x00\x14\x00"): (10, 20),
    ("image/jpeg", jpeg(30, 40)): (30, 40),
    ("image/jpeg", jpeg(30, 40, b"\xff\xff\xff\xe1\x00\x06abcd")): (30, 40),
    ("image/jpeg", jpeg(30, 40)[:-6]): None,
    ("image/jpeg", b"\xff\xd8\xff\xe0\0\0" * 3): None,
    ("image/webp", b"RIFF....WEBPVP8X" + bytes(8) + b"\x09\0\0\x13\0\0"): (10, 20),
    ("image/webp", b"RIFF....WEBPVP8L....\x2f\x09\xc0\x04\x00"): (10, 20),
    ("image/webp", b"RIFF....WEBPVP8 " + bytes(7) + b"\x9d\x01\x2a\x0a\0\x14\0"): (10, 20),
    ("image/bmp", b"BM"): None,
}


@pytest.mark.parametrize(("kind", "head"), SIZES)
def test_dimensions_are_read_from_the_header(kind: str, head: bytes) -> None:
    assert dimensions(head, kind) == SIZES[kind, head]


@settings(max_examples=500)
@given(st.sampled_from(["png", "gif", "jpeg", "webp"]), st.binary(max_size=200), st.binary())
def test_no_header_breaks_it(kind: str, head: bytes, tail: bytes) -> None:
    starts = {"png": png(1, 1), "gif": b"GIF89a", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF....WEBP"}
    for data in (head, starts[kind] + head, tail):
        found = dimensions(data, f"image/{kind}")
        assert found is None or all(1 <= side <= 65_535 for side in found)
