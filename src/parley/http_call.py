"""One HTTP/1.1 request on a connection of its own, with as little around it as can be.

Telling a receiver of webhooks each message is done as often as messages are kept: a client of
general use took ten times the CPU of this, and more than keeping the message.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

import certifi
import httptools

LONGEST_HEAD = 65_536
"""Bytes of what comes before an answer's body."""
_PART = 65_536
_KEPT = "/?:@!$&'(),;=~%-._*+"
"""Characters of a path or query that stay as they are."""
_PORTS = {"http": 80, "https": 443}


class Place(NamedTuple):
    """What a URL names."""

    secure: bool
    host: str
    """In ASCII; an IPv6 address without its brackets."""
    port: int
    target: str
    heads: dict[str, str]
    """What the URL says of the request: `Host`, and who asks."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    """By their names in small letters; of several alike the last one."""
    body: bytes
    """More than `most_bytes` of it, where it is longer; the rest is not read."""


class Broken(Exception):
    """The other side does not speak HTTP, or went away in the middle of it."""


def place(url: str, query: Mapping[str, str]) -> Place | None:
    """None for what is no http or https URL with a host. Raises ValueError for a part of it."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    port = parts.port or _PORTS[parts.scheme]
    asked = "&".join(filter(None, (quote(parts.query, _KEPT), urlencode(query))))
    target = (quote(parts.path, _KEPT) or "/") + (f"?{asked}" if asked else "")
    host = parts.hostname if ":" in parts.hostname else _ascii(parts.hostname)
    shown = f"[{host}]" if ":" in host else host
    heads = {"Host": shown if port == _PORTS[parts.scheme] else f"{shown}:{port}"}
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        heads["Authorization"] = f"Basic {b64encode(who.encode()).decode()}"
    return Place(parts.scheme == "https", host, port, target, heads)


def _ascii(host: str) -> str:
    name = host.encode("idna").decode("ascii")
    if not all(char.isalnum() or char in "-._" for char in name):
        raise ValueError("no name of a host")
    return name


async def call(
    method: str,
    there: Place,
    address: str,
    headers: Mapping[str, str],
    body: bytes | None,
    most_bytes: int,
) -> Answer:
    """`address` is called, whatever the host's name leads to. Raises Broken, OSError, ValueError.

    No redirect is followed, and nothing but an answer as it is asked for: no compression.
    """
    request = _head(method, there, headers, body) + (body or b"")
    tls = {"ssl": certificates(), "server_hostname": there.host} if there.secure else {}
    reader, writer = await asyncio.open_connection(address, there.port, **tls)  # type: ignore[arg-type]
    try:
        with suppress(ConnectionError):  # it may have answered before it had read all
            writer.write(request)
            await writer.drain()
        return await _read(reader, most_bytes)
    finally:
        # At once: nothing more is to be said, and a slow goodbye is not waited for.
        writer.transport.abort()


@cache
def certificates() -> ssl.SSLContext:
    """Made once: reading them takes longer than a call."""
    return ssl.create_default_context(cafile=certifi.where())


def _head(method: str, there: Place, headers: Mapping[str, str], body: bytes | None) -> bytes:
    ours = {"User-Agent": "Parley", "Accept": "*/*", "Accept-Encoding": "identity"}
    lines = {**there.heads, **ours, **headers, "Connection": "close"}
    if body is not None:
        lines["Content-Length"] = str(len(body))
    if any(char in value for value in lines.values() for char in "\r\n\0"):
        raise ValueError("a header of more than one line")
    shown = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {there.target} HTTP/1.1\r\n{shown}\r\n".encode("latin-1")


async def _read(reader: asyncio.StreamReader, most_bytes: int) -> Answer:
    answer = _Reading()
    read = 0
    while not answer.whole and len(answer.body) <= most_bytes:
        part = await reader.read(_PART)
        if not part:
            if not answer.until_closed:
                raise Broken
            break
        read += len(part)
        try:
            answer.parser.feed_data(part)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not answer.whole:  # what follows a whole answer is nobody's
                raise Broken from error
        if not answer.headed and read > LONGEST_HEAD:
            raise Broken
    return Answer(answer.status, answer.headers, bytes(answer.body))


class _Reading:
    """Called by the parser."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.headed = False
        self.whole = False

    @property
    def until_closed(self) -> bool:
        """Whether the end of the connection is the answer's."""
        told = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.headed and not told

    def on_message_begin(self) -> None:
        if not self.headed:
            self.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.headed:  # later ones stand behind the body
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if not self.headed:
            self.status = self.parser.get_status_code()
            self.headed = self.status >= 200

    def on_body(self, part: bytes) -> None:
        if not self.whole:
            self.body += part

    def on_message_complete(self) -> None:
        # One of 1xx comes before the answer.
        self.whole = self.headed
