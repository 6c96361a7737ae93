"""A file's name: anybody's text at first, then harmless in a folder, a header and a link."""

from unicodedata import category, normalize
from urllib.parse import quote

LONGEST = 200
"""In bytes of UTF-8: file systems take 255, and people add to names."""
NAMELESS = "file"
_FORBIDDEN = set('/\\:*?"<>|')


def clean_name(sent: str) -> str:
    """Its last part alone, without control and direction marks, dots before or after, or nothing.

    What no file system takes is `_`. An ending survives the cut of a name that is too long.
    """
    last = sent.replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if c in _FORBIDDEN else c for c in normalize("NFC", last) if _shows(c))
    kept = " ".join(kept.split()).strip(". ")
    return _cut(kept) or NAMELESS


def _shows(char: str) -> bool:
    # Cc NUL and line ends, Cf direction marks and joiners, Cs and Cn nobody's characters.
    return char == " " or category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _cut(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = name, "", ""
    room = LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending


def link_to(upload_id: str, name: str) -> str:
    quoted = quote(name, safe="!~*'()")
    return f"/file-upload/{upload_id}/{quoted}"


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition (RFC 6266): plain for old clients, then the name as it is."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
