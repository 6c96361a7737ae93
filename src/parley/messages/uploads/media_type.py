"""What a file is: by its first bytes, never by what its sender says alone.

A type with a signature of its own is believed only with it. So an image is an image, and what says
so without being one is bytes (`application/octet-stream`), which no browser runs or shows.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

BYTES = "application/octet-stream"
HEAD = 4096
"""Bytes that are looked at."""


class _Kind(NamedTuple):
    type: str
    also: tuple[str, ...] = ()
    """Other names that are believed of such bytes; one that ends in `/` stands for all of them."""


_ZIP = _Kind("application/zip", ("application/",))
_EBML = _Kind("video/webm", ("audio/webm", "video/x-matroska", "audio/x-matroska"))
_OGG = _Kind("audio/ogg", ("video/ogg", "application/ogg", "audio/opus"))
_PREFIXES: tuple[tuple[bytes, _Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", _Kind("image/png", ("image/apng",))),
    (b"\xff\xd8\xff", _Kind("image/jpeg", ("image/jpg", "image/pjpeg"))),
    (b"GIF87a", _Kind("image/gif")),
    (b"GIF89a", _Kind("image/gif")),
    (b"BM", _Kind("image/bmp", ("image/x-ms-bmp",))),
    (b"II*\0", _Kind("image/tiff")),
    (b"MM\0*", _Kind("image/tiff")),
    (b"%PDF-", _Kind("application/pdf")),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
    (b"\x1f\x8b", _Kind("application/gzip", ("application/x-gzip", "application/x-tar"))),
    (b"7z\xbc\xaf\x27\x1c", _Kind("application/x-7z-compressed")),
    (b"Rar!\x1a\x07", _Kind("application/vnd.rar", ("application/x-rar-compressed",))),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _Kind("application/x-ole-storage", ("application/",))),
    (b"OggS", _OGG),
    (b"\x1aE\xdf\xa3", _EBML),
    (b"ID3", _Kind("audio/mpeg", ("audio/mp3",))),
    (b"fLaC", _Kind("audio/flac", ("audio/x-flac",))),
    (b"#!AMR", _Kind("audio/amr")),
    (b"MThd", _Kind("audio/midi", ("audio/x-midi", "audio/mid"))),
    (b"MZ", _Kind("application/x-msdownload")),
    (b"\x7fELF", _Kind("application/x-executable")),
)
_RIFF = {
    b"WEBP": _Kind("image/webp"),
    b"WAVE": _Kind("audio/wav", ("audio/x-wav", "audio/wave", "audio/vnd.wave")),
    b"AVI ": _Kind("video/x-msvideo", ("video/avi", "video/msvideo")),
}
_BRANDS = {
    b"avif": _Kind("image/avif"),
    b"avis": _Kind("image/avif"),
    b"heic": _Kind("image/heic", ("image/heif",)),
    b"heix": _Kind("image/heic", ("image/heif",)),
    b"mif1": _Kind("image/heif", ("image/heic", "image/avif")),
    b"M4A ": _Kind("audio/mp4", ("audio/x-m4a", "audio/m4a", "audio/aac")),
    b"qt  ": _Kind("video/quicktime"),
}
_MP4 = _Kind("video/mp4", ("audio/mp4", "audio/x-m4a", "audio/m4a", "video/3gpp", "video/x-m4v"))
_MPEG = _Kind("audio/mpeg", ("audio/mp3",))
_AAC = _Kind("audio/aac", ("audio/aacp", "audio/x-aac"))

_SIGNED = re.compile(r"(image|audio|video|font)/|application/(pdf|zip|gzip|ogg)$")
"""Types nobody is believed about without a signature."""
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")
_HTML = re.compile(
    r"<(!doctype\s+html|html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p|meta"
    r"|link|img|object|embed|base|form|svg:svg)\b"
)
_ACTIVE = re.compile(r"html|xml|svg|script|xsl|wasm|shockwave|java-|hta$|htc$")

INLINE = frozenset({
    "image/png", "image/apng", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/bmp",
    "image/webp", "image/avif", "image/heic", "image/heif", "audio/ogg", "audio/opus", "audio/webm",
    "audio/mpeg", "audio/mp3", "audio/flac", "audio/x-flac", "audio/wav", "audio/x-wav",
    "audio/wave", "audio/vnd.wave", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac",
    "audio/aacp", "audio/x-aac", "audio/amr", "video/webm", "video/ogg", "video/mp4", "video/x-m4v",
    "video/quicktime", "video/3gpp",
})  # fmt: skip
"""Types a browser may show in place: none of them can hold what it would run."""


def type_of(head: bytes, declared: str) -> str:
    """The type, in lower case and without parameters. `head`: the first HEAD bytes or more."""
    head = head[:HEAD]
    said = declared.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(said):
        said = BYTES
    text = _text(head)
    if text is not None and (markup := _markup(text)):
        return markup
    if (kind := _signed(head, text=text is not None)) is not None:
        return said if _believed(said, kind) else kind.type
    if _SIGNED.match(said):
        return BYTES
    if text is not None:
        return "text/plain" if said == BYTES else said
    return BYTES if said.startswith("text/") else said


def _believed(said: str, kind: _Kind) -> bool:
    if said == kind.type or said in kind.also:
        return True
    family = said.partition("/")[0] + "/"
    return family in kind.also and said != BYTES and not active(said)


def _signed(head: bytes, *, text: bool) -> _Kind | None:
    for prefix, kind in _PREFIXES:
        # A text may begin with BM, MZ or ID3 as well.
        if head.startswith(prefix) and (len(prefix) > 3 or not text):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _MP4)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # A frame of sound: layer 0 is AAC, and what has no bit rate is neither.
        return _AAC if head[1] & 0xF6 == 0xF0 else _MPEG if head[1] & 6 else None
    return None


def _text(head: bytes) -> str | None:
    """None for what is no text. A character that the end of the head cuts is no fault."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\0" in head:
        return None
    for cut in range(4):
        try:
            return head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            if len(head) < HEAD:
                return None
    return None


def _markup(text: str) -> str:
    """`image/svg+xml`, `text/html` or "": what a browser could be led to run."""
    text = text.lstrip().lower()
    if not text.startswith("<"):
        return ""
    if re.search(r"<(\w+:)?svg\b", text):
        return "image/svg+xml"
    if _HTML.search(text):
        return "text/html"
    return "text/xml" if text.startswith("<?xml") else ""


def active(media_type: str) -> bool:
    """Can hold script, or is script."""
    return _ACTIVE.search(media_type) is not None


def served_as(media_type: str) -> tuple[str, bool]:
    """(Content-Type, whether a browser may show it in place)."""
    if media_type in INLINE:
        return media_type, True
    return (BYTES if active(media_type) else media_type), False


def accepted(media_type: str, settings: Mapping[str, Any]) -> bool:
    """By the lists of the settings: names with commas between them, `image/*` for a family."""
    white, black = (_listed(settings[f"FileUpload_MediaType{c}List"]) for c in ("White", "Black"))
    names = {media_type, media_type.partition("/")[0] + "/*", "*", "*/*"}
    return bool(not white or names & white) and not names & black


def _listed(value: str) -> set[str]:
    return {name.strip().lower() for name in str(value).split(",")} - {""}
