"""Server-Sent Events on the wire."""

from typing import Literal

from parley.db.documents import encode

Name = Literal["event", "snapshot", "view", "signal", "closing"]
Reason = Literal["slow", "logged-out", "forbidden", "gone", "stopping", "unavailable", "failed"]
"""Why the server ends an answer that lasts."""

FIRST = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes back."""


def frame(name: Name, data: str, cursor: str = "") -> bytes:
    """`data` is JSON. What has no cursor leaves the reader where it was."""
    # Outside its strings JSON may hold ends of lines, which mean nothing there.
    data = data.replace("\r", " ").replace("\n", " ")
    where = f"id: {cursor}\n" if cursor else ""
    return f"{where}event: {name}\ndata: {data}\n\n".encode()


def heartbeat(cursor: str) -> bytes:
    """A comment, and where the reader stands: it may have been told nothing for long."""
    return f": \nid: {cursor}\n\n".encode()


def closing(reason: Reason) -> bytes:
    return frame("closing", encode({"reason": reason}))


def listed(docs: list[str]) -> str:
    return f"[{','.join(docs)}]"


def joined(head: str, **parts: str | None) -> str:
    """The JSON object `head` with more keys; a part is JSON, None is null."""
    more = "".join(f',"{key}":{"null" if part is None else part}' for key, part in parts.items())
    return f"{head[:-1]}{more}}}"
