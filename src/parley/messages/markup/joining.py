"""Pieces into nodes: neighbouring texts become one, and emoji that touch a word become text."""

from collections.abc import Sequence

from .nodes import Node, plain
from .reading import Part, Piece, Span

# What is blank to the clients, which are JavaScript; Python's own list differs.
BLANK = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def nodes(pieces: Sequence[Piece]) -> list[Node]:
    return as_nodes(joined(pieces))


def as_nodes(parts: list[Part]) -> list[Node]:
    return [plain(part) if isinstance(part, str) else part for part in parts]


def joined(pieces: Sequence[Piece]) -> list[Part]:
    """No two texts of the answer are neighbours."""
    parts: list[Part] = []
    for piece in pieces:
        if isinstance(piece, Span):
            parts += piece.make(joined(piece.content.pieces(piece.start, piece.end)))
        else:
            parts.append(piece)
    found: list[Part] = []
    text: list[str] = []
    for at, part in enumerate(parts):
        if not isinstance(part, str) and "shortCode" in part and touched(parts, at):
            part = as_typed(part)
        if isinstance(part, str):
            text.append(part)
            continue
        if text:
            found.append("".join(text))
            text = []
        found.append(part)
    if text:
        found.append("".join(text))
    return found


def touched(parts: list[Part], at: int) -> bool:
    """`:smile:` and `:)` are emoji only where no text and no other emoji is right beside them."""
    return any(
        part.strip(BLANK) != "" if isinstance(part, str) else part["type"] == "EMOJI"
        for part in (*parts[at - 1 : at], *parts[at + 1 : at + 2])
    )


def as_typed(emoji: Node) -> str:
    shown: str = emoji["value"]["value"]
    return f":{shown}:" if shown == emoji["shortCode"] else shown
