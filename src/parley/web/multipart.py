"""multipart/form-data (RFC 7578), read as it comes: no more of it is kept than a boundary is long.

The strict reading: what is doubtful is Malformed. Header lines and the number of parts are bounded,
and the work is linear in what was sent, whatever its pieces.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

HEAD_LIMIT = 8192
PARTS_LIMIT = 32

_BOUNDARY = re.compile(
    r"""multipart/form-data\s*;(?:[^;"]*;)*?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)""",
    re.IGNORECASE | re.ASCII,
)
_PARAMETER = re.compile(r""";\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*""")


class Malformed(Exception):
    """The body is not what its headers say it is, or it ends too early."""


class Part(NamedTuple):
    name: str
    filename: str | None
    """None for a field of text; as sent, so neither safe nor clean."""
    content_type: str


def boundary_of(content_type: str) -> bytes | None:
    """None for what is no multipart/form-data."""
    found = _BOUNDARY.match(content_type.strip())
    if found is None:
        return None
    try:
        return (found[1] or found[2]).encode("ascii")
    except UnicodeEncodeError:
        return None


class Multipart:
    """Bytes go in by `feed`; a Part comes out for each head, then its content in pieces."""

    def __init__(self, boundary: bytes) -> None:
        self._end = b"\r\n--" + boundary
        # As if a line had ended before: so the first boundary is found like the others.
        self._buffer = bytearray(b"\r\n")
        self._step = self._content
        self._parts = 0
        self._searched = 0
        self.ended = False
        """The last boundary has been seen; what follows it is nobody's."""

    def feed(self, data: bytes) -> list[Part | bytes]:
        """Raises Malformed."""
        out: list[Part | bytes] = []
        if not self.ended:
            self._buffer += data
            while self._step(out):
                pass
        return out

    def finish(self) -> None:
        """Raises Malformed where the last boundary is missing."""
        if not self.ended:
            raise Malformed("ends before its last boundary")

    def _content(self, out: list[Part | bytes]) -> bool:
        buffer, end = self._buffer, self._end
        at = buffer.find(end)
        # Without a boundary in sight all is content but what may be the beginning of one.
        size = at if at >= 0 else len(buffer) - len(end) + 1
        if size > 0:
            if self._parts:  # before the first part there is a preamble, which means nothing
                out.append(bytes(buffer[:size]))
            del buffer[:size]
        if at < 0:
            return False
        del buffer[: len(end)]
        self._step = self._after
        return True

    def _after(self, out: list[Part | bytes]) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            self.ended = True
            self._buffer.clear()
            return False
        if not self._buffer.startswith(b"\r\n"):
            raise Malformed("a boundary is followed by something else")
        self._parts += 1
        if self._parts > PARTS_LIMIT:
            raise Malformed("too many parts")
        self._searched = 0
        self._step = self._head
        return True

    def _head(self, out: list[Part | bytes]) -> bool:
        """The line end of the boundary still stands before the first line."""
        at = self._buffer.find(b"\r\n\r\n", self._searched)
        if (at if at >= 0 else len(self._buffer) - 3) > HEAD_LIMIT:
            raise Malformed("a part's head is too long")
        if at < 0:
            self._searched = max(0, len(self._buffer) - 3)
            return False
        out.append(_part(bytes(self._buffer[2:at])))
        del self._buffer[: at + 4]
        self._step = self._content
        return True


def _part(head: bytes) -> Part:
    lines: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name != name.strip() or name in lines:
            raise Malformed("a part's head is not made of header lines")
        lines[name] = value.strip()
    if lines.get("content-transfer-encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
        raise Malformed("a part is encoded")
    parameters = _disposition(lines.get("content-disposition", ""))
    if "name" not in parameters:
        raise Malformed("a part has no name")
    return Part(parameters["name"], _filename(parameters), lines.get("content-type", ""))


def _disposition(value: str) -> dict[str, str]:
    kind, semicolon, rest = value.partition(";")
    if kind.strip().lower() != "form-data":
        raise Malformed("a part is no form-data")
    found: dict[str, str] = {}
    rest = semicolon + rest
    at = 0
    while at < len(rest):
        parameter = _PARAMETER.match(rest, at)
        if parameter is None or parameter[1].lower() in found:
            raise Malformed("a part's disposition cannot be read")
        quoted = parameter[2]
        text = parameter[3] if quoted is None else re.sub(r'\\(["\\])', r"\1", quoted)
        found[parameter[1].lower()] = text
        at = parameter.end()
    return found


def _filename(parameters: dict[str, str]) -> str | None:
    charset, _, extended = parameters.get("filename*", "").partition("'")
    if charset.lower() == "utf-8":
        return unquote(extended.partition("'")[2], errors="replace")
    plain = parameters.get("filename")
    if plain is None:
        return None
    # Browsers write these three so, and nothing else.
    for written, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        plain = plain.replace(written, meant)
    return plain
