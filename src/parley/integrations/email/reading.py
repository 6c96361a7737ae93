"""What a mail says. It comes from anybody: whatever it is, this ends soon."""

import codecs
import hashlib
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr
from typing import NamedTuple
from unicodedata import category

from parley.integrations.email.addresses import is_address, message_ids
from parley.integrations.email.html_text import text_of
from parley.messages.uploads.receive import Sent

MOST_PARTS = 200
MOST_FILES = 20
LONGEST_HEADER = 20_000
LONGEST_NAME = 200
_SLOW = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "unicode-escape"}
"""Codecs that no mail is written in, and that a long text keeps busy."""


class Unreadable(Exception):
    """No mail that somebody could be answered to."""


class Mail(NamedTuple):
    message_id: str
    """Made from the mail where it has none."""
    references: list[str]
    """What it answers to, oldest first."""
    sender: str
    name: str
    """What the sender calls themself; may be empty."""
    subject: str
    text: str
    files: list[Sent]
    automatic: bool
    """Written by a machine: a bounce, an absence, a list."""
    whole: bool


def read_mail(raw: bytes, *, whole: bool) -> Mail:
    """Raises Unreadable."""
    try:
        return _read(BytesParser(policy=compat32).parsebytes(raw), raw, whole)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error
    except (RecursionError, AssertionError, KeyError) as error:
        raise Unreadable(type(error).__name__) from error


def _read(message: Message, raw: bytes, whole: bool) -> Mail:
    name, sender = parseaddr(_raw(message, "From"))
    sender = sender.strip().lower()
    if not is_address(sender):
        raise Unreadable("no sender")
    own = message_ids(_raw(message, "Message-ID"))
    said = f"{_raw(message, 'References')} {_raw(message, 'In-Reply-To')}"
    texts, pages, files = _parts(message)
    text = "\n".join(texts).strip() or "\n".join(text_of(page) for page in pages).strip()
    return Mail(
        own[0] if own else f"<{hashlib.sha256(raw).hexdigest()}@unnamed>",
        message_ids(said),
        sender,
        _line(_decoded(name))[:LONGEST_NAME],
        _line(_decoded(_raw(message, "Subject")))[:LONGEST_NAME],
        text,
        files,
        _is_automatic(message),
        whole,
    )


def _is_automatic(message: Message) -> bool:
    """RFC 3834, and what was there before it."""
    submitted = _raw(message, "Auto-Submitted").split(";")[0].strip().lower()
    precedence = _raw(message, "Precedence").strip().lower()
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or _raw(message, "Return-Path").strip() == "<>"
        or any(_raw(message, name) for name in ("List-Id", "X-Autoreply", "X-Autorespond"))
    )


def _parts(message: Message) -> tuple[list[str], list[str], list[Sent]]:
    """(plain texts, pages of HTML, files). Not `walk`, which nests as deep as the mail does."""
    texts: list[str] = []
    pages: list[str] = []
    files: list[Sent] = []
    waiting, looked = [message], 0
    while waiting and looked < MOST_PARTS:
        part, looked = waiting.pop(0), looked + 1
        kind, inner = part.get_content_type(), part.get_payload()
        if isinstance(inner, list) and kind != "message/rfc822":
            waiting[:0] = [each for each in inner if isinstance(each, Message)][:MOST_PARTS]
        elif _is_file(part, kind):
            if len(files) < MOST_FILES:
                files.append(_file(part, kind, inner))
        elif kind == "text/plain":
            texts.append(_text(part))
        elif kind == "text/html":
            pages.append(_text(part))
    return texts, pages, files


def _is_file(part: Message, kind: str) -> bool:
    disposition = str(part.get("Content-Disposition") or "").strip().lower()
    named = part.get_filename() is not None
    return kind not in ("text/plain", "text/html") or named or disposition.startswith("attachment")


def _file(part: Message, kind: str, inner: object) -> Sent:
    name = _line(_decoded(str(part.get_filename() or "")))
    if kind == "message/rfc822" and isinstance(inner, list) and inner:
        return Sent(name or "mail.eml", kind, inner[0].as_bytes())
    data = part.get_payload(decode=True)
    return Sent(name, kind, data if isinstance(data, bytes) else b"")


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    return clean(_decode(data, part.get_content_charset())) if isinstance(data, bytes) else ""


def _decode(data: bytes, charset: str | None) -> str:
    try:
        known = codecs.lookup(charset or "utf-8").name
        if known in _SLOW:
            raise LookupError(known)
        return data.decode(known, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _raw(message: Message, name: str) -> str:
    """The header as it stands there, its lines joined; bytes that are no ASCII read as UTF-8."""
    value = str(message.get(name) or "")[:LONGEST_HEADER]
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.split())


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text)
    except (ValueError, MessageError):
        return text
    return "".join(p if isinstance(p, str) else _decode(p, c) for p, c in parts)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Without what no message may hold: control characters but tabs and line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in text if c in "\n\t" or category(c) not in ("Cc", "Cs"))
    return "".join(kept)
