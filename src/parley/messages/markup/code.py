"""Code: a span in a line, and a fenced block."""

import re

from . import nodes
from .nodes import Node, holding, plain
from .reading import Item, Reading

SPAN = re.compile(r"`([^`\n]++)`")

FENCE = "```"
# A line holds no fence and does not end in a backtick; the first newline of an empty one is lost.
LINE = r"(?>(?:[^\r\n`]|``?(?![`\r\n]|\Z))+)"
BLOCK = re.compile(
    rf"```(?>([a-zA-Z0-9 _.-]++)?)(?:\r\n|\n|\r)(\n?+{LINE}|\n(?!```))((?>(?:\n{LINE}|\n(?!```))*))"
    r"(?:\r\n|\n|\r)```"
)


def code_span(text: str, at: int) -> Item | None:
    found = SPAN.match(text, at)
    return (found.end(), holding("INLINE_CODE", plain(found[1]))) if found else None


def code_block(reading: Reading, at: int) -> tuple[int, Node] | None:
    found = BLOCK.match(reading.text, at)
    if not found:
        return None
    lines = found[2].removeprefix("\n").split("\n") + found[3].split("\n")[1:]
    return found.end(), nodes.code(found[1] or "none", lines)
