"""A picture without what it tells beside its pixels: place, camera, comments, pictures in it.

It is taken a piece at a time, as it arrives, and given back in pieces; its pixels are not looked
at. What says how it is turned stays, until `pictures.py` has turned it. So there is no size above
which a picture keeps its place.
"""

import re
import struct
import zlib
from collections.abc import Callable, Generator
from typing import Literal

from parley.messages.uploads.orientation import only, orientation_of

Asked = tuple[Literal["take", "copy", "drop", "blank", "scan"], int]
"""What a walk asks for: so many bytes to look at (small), or to be passed on, left out or passed on
as zeros; or all up to the next marker of a JPEG."""
Give = Callable[[bytes], None]
Walk = Generator[Asked, bytes, None]

MOST_LOOKED_AT = 65_536

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_PNG_KEPT = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_XMP_FLAG = 0x04


class Malformed(Exception):
    """No picture of its kind."""


class Stripping:
    def __init__(self, walk: Callable[[Give], Walk]) -> None:
        self.broken = False
        """Not what it says it is: the rest went through as it came."""
        self._pending, self._out = bytearray(), bytearray()
        self._ended = False
        self._walk = walk(self._out.extend)
        self._what, self._left = next(self._walk)

    def feed(self, data: bytes) -> bytes:
        """What can be given back by now."""
        self._pending += data
        while not (self._ended or self.broken) and self._step():
            pass
        if self._ended:
            self._pending.clear()
        if self.broken:
            self._pass(len(self._pending))
        given = bytes(self._out)
        self._out.clear()
        return given

    def finish(self) -> bytes:
        """What was still held back. A picture that ends in its middle is a broken one."""
        self.broken = self.broken or not self._ended
        return self.feed(b"")

    def _step(self) -> bool:
        """Does a part of what is asked; False when that needs more bytes."""
        if self._what == "scan":
            return self._scan()
        if self._what == "take":
            if len(self._pending) < self._left:
                return False
            taken = bytes(self._pending[: self._left])
            del self._pending[: self._left]
            self._next(taken)
            return True
        part = min(self._left, len(self._pending))
        if self._what == "copy":
            self._pass(part)
        else:
            del self._pending[:part]
            self._out += bytes(part if self._what == "blank" else 0)
        self._left -= part
        if not self._left:
            self._next(b"")
        return not self._left or part > 0

    def _scan(self) -> bool:
        found = _MARKER.search(self._pending)
        if found is None:
            # The last byte may be the first of a marker.
            self._pass(max(0, len(self._pending) - 1))
            return False
        self._pass(found.start())
        self._next(b"")
        return True

    def _pass(self, amount: int) -> None:
        self._out += self._pending[:amount]
        del self._pending[:amount]

    def _next(self, taken: bytes) -> None:
        try:
            self._what, self._left = self._walk.send(taken)
        except StopIteration:
            self._ended = True
        except Malformed:
            self.broken = True


def _jpeg(give: Give) -> Walk:
    give((yield "take", 2))
    while True:
        marker = yield "take", 2
        while marker == b"\xff\xff":
            marker = b"\xff" + (yield "take", 1)
        kind = marker[1]
        if marker[0] != 0xFF or kind == 0:
            raise Malformed
        if kind == 0xD9:
            give(marker)
            return  # Behind it other pictures may stand, with data of their own.
        if 0xD0 <= kind <= 0xD7 or kind == 1:
            give(marker)
            continue
        head = yield "take", 2
        (length,) = struct.unpack(">H", head)
        if length < 2:
            raise Malformed
        if 0xE0 <= kind <= 0xEF or kind == 0xFE:
            give(_segment(marker, (yield "take", length - 2)))
            continue
        give(marker + head)
        yield "copy", length - 2
        if kind == 0xDA:
            yield "scan", 0


def _segment(marker: bytes, body: bytes) -> bytes:
    """What stays of a segment of an application: colours, and how the picture is turned."""
    if marker == b"\xff\xe1" and body.startswith(b"Exif\0\0"):
        orientation = orientation_of(body[6:])
        if orientation == 1:
            return b""
        body = b"Exif\0\0" + only(orientation)
    elif not body.startswith(
        {b"\xff\xe0": b"JFIF\0", b"\xff\xe2": b"ICC_PROFILE\0", b"\xff\xee": b"Adobe"}.get(
            marker, b"\0no such\0"
        )
    ):
        return b""
    return marker + struct.pack(">H", len(body) + 2) + body


def _png(give: Give) -> Walk:
    give((yield "take", 8))
    while True:
        head = yield "take", 8
        length, kind = struct.unpack(">I4s", head)
        if length >= 2**31 or not kind.isalpha():
            raise Malformed
        if kind == b"eXIf" and length <= MOST_LOOKED_AT:
            orientation = orientation_of((yield "take", length + 4)[:length])
            give(_chunk(kind, only(orientation)) if orientation != 1 else b"")
        elif kind in _PNG_KEPT or kind[:1].isupper():
            give(head)
            yield "copy", length + 4
        else:
            yield "drop", length + 4
        if kind == b"IEND":
            return


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp(give: Give) -> Walk:
    """Its length stands at its beginning: so what goes is overwritten, not cut out."""
    start = yield "take", 12
    give(start)
    left = struct.unpack("<I", start[4:8])[0] - 4
    while left >= 8:
        head = yield "take", 8
        kind, length = struct.unpack("<4sI", head)
        length += length & 1
        left -= 8 + length
        if left < 0:
            raise Malformed
        give(head)
        if kind == b"VP8X" and 1 <= length <= MOST_LOOKED_AT:
            body = yield "take", length
            give(bytes([body[0] & ~_XMP_FLAG]) + body[1:])
        elif kind == b"EXIF" and length <= MOST_LOOKED_AT:
            body = yield "take", length
            kept = only(orientation_of(body.removeprefix(b"Exif\0\0")))
            give(kept.ljust(length, b"\0") if len(kept) <= length else bytes(length))
        elif length:
            yield ("copy" if kind in _WEBP_KEPT else "blank"), length


def _gif(give: Give) -> Walk:
    head = yield "take", 13
    give(head)
    yield from _colours(head[10])
    while True:
        kind = yield "take", 1
        if kind == b";":
            give(kind)
            return
        if kind == b",":
            place = yield "take", 9
            give(kind + place)
            yield from _colours(place[8])
            give((yield "take", 1))
            yield from _blocks(give, keep=True)
        elif kind == b"!":
            yield from _extension(give)
        else:
            raise Malformed


def _colours(flags: int) -> Walk:
    if flags & 0x80:
        yield "copy", 3 << ((flags & 7) + 1)


def _extension(give: Give) -> Walk:
    label = yield "take", 1
    keep = label in (b"\xf9", b"\x01")
    head = b"!" + label
    if label == b"\xff":
        size = yield "take", 1
        name = yield "take", size[0]
        # How often the frames are shown.
        keep = name in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
        head += size + name
    give(head if keep else b"")
    yield from _blocks(give, keep=keep)


def _blocks(give: Give, *, keep: bool) -> Walk:
    while True:
        size = yield "take", 1
        give(size if keep else b"")
        if size == b"\0":
            return
        yield ("copy" if keep else "drop"), size[0]


_WALKS = {
    "image/jpeg": _jpeg, "image/jpg": _jpeg, "image/pjpeg": _jpeg,
    "image/png": _png, "image/apng": _png, "image/webp": _webp, "image/gif": _gif,
}  # fmt: skip


def stripping(media_type: str) -> Stripping | None:
    """None for what is no picture of a kind that is known here."""
    walk = _WALKS.get(media_type)
    return None if walk is None else Stripping(walk)
