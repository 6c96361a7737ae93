"""Forms with a file, as a browser sends them."""

from typing import Any

BOUNDARY = "----7MA4YWxkTrZu0gW"

File = tuple[str, bytes, str]
"""Name, content, type."""


def form(fields: dict[str, str] | None = None, file: File | None = None, **more: str) -> Any:
    """`content` and `headers` of a call; `more` are headers too, with `_` for `-`."""
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "content": body(fields or {}, file),
        "headers": {"content-type": f"multipart/form-data; boundary={BOUNDARY}"} | headers,
    }


def body(fields: dict[str, str], file: File | None) -> bytes:
    parts = [part(f'name="{name}"', value.encode()) for name, value in fields.items()]
    if file is not None:
        name, content, kind = file
        where = f'name="file"; filename="{quoted(name)}"'
        parts.append(part(where, content, f"Content-Type: {kind}\r\n"))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def part(disposition: str, content: bytes, more: str = "") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
    return head.encode() + content + b"\r\n"


def quoted(name: str) -> str:
    for meant, written in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        name = name.replace(meant, written)
    return name
