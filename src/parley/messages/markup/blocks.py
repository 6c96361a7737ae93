"""A message into its blocks. The first character of a line tells what it can be."""

import re
from collections.abc import Callable

from . import nodes
from .code import code_block
from .emoji import big_emoji
from .enclosed import READS
from .inline import in_spoiler
from .katex import formula_block
from .lines import line
from .lists import Block, hyphened, numbered, starred, tasks
from .nodes import Node, holding, plain
from .options import Options
from .reading import SPOILER, Reading

NEWLINE = r"(?:\r\n|\n|\r)"
BLANK_LINE = re.compile(rf"[ \t]*+{NEWLINE}")
QUOTE = re.compile(rf">[ \t]*+(?>({NEWLINE})?)")
HEADING = re.compile(r"(#{1,4}+)[ \t]++")
SPOILER_BEGINS = re.compile(rf"\|\|{NEWLINE}")
SPOILER_ENDS = re.compile(rf"(?>{NEWLINE}?)\|\|")


def blocks(msg: str, options: Options) -> list[Node]:
    reading = Reading(msg, options, READS | {SPOILER: in_spoiler})
    if big := big_emoji(reading):
        return [big]
    found = []
    at = 0
    while at < len(msg):
        at, node = block(reading, at)
        found.append(node)
    return found


def block(reading: Reading, at: int) -> Block:
    for read in READERS.get(reading.text[at], ()):
        if found := read(reading, at):
            return found
    return paragraph(reading, at)


def paragraph(reading: Reading, at: int) -> Block:
    end, value = line(reading, at) or (at, [])
    return end, holding("PARAGRAPH", value)


def line_break(reading: Reading, at: int) -> Block | None:
    found = BLANK_LINE.match(reading.text, at)
    return (found.end(), nodes.line_break()) if found else None


def quote(reading: Reading, at: int) -> Block | None:
    found = []
    while mark := QUOTE.match(reading.text, at):
        if mark[1]:
            at = mark.end()
            found.append(holding("PARAGRAPH", [plain("")]))
        elif mark.end() < len(reading.text):
            at, node = paragraph(reading, mark.end())
            found.append(node)
        else:
            break
    return (at, holding("QUOTE", found)) if found else None


def spoiler_block(reading: Reading, at: int) -> Block | None:
    text = reading.text
    if not (mark := SPOILER_BEGINS.match(text, at)):
        return None
    at = mark.end()
    found, starts = [], []
    while not text.startswith("||", at) and at not in reading.unhidden:
        starts.append(at)
        content = line(reading, at)
        if not content:
            break
        at = content[0]
        found.append(holding("PARAGRAPH", content[1]))
    end = SPOILER_ENDS.match(text, at)
    if not found or not end:
        reading.unhidden.update(starts)  # nor does another beginning get further
        return None
    return end.end(), holding("SPOILER_BLOCK", found)


def heading(reading: Reading, at: int) -> Block | None:
    mark = HEADING.match(reading.text, at)
    content = mark and line(reading, mark.end())
    return (content[0], nodes.heading(len(mark[1]), content[1])) if mark and content else None


READERS: dict[str, tuple[Callable[[Reading, int], Block | None], ...]] = {
    ">": (quote,),
    "|": (spoiler_block,),
    "`": (code_block,),
    "#": (heading,),
    "-": (tasks, hyphened),
    "*": (starred,),
    "\\": (formula_block,),
    "$": (formula_block,),
    **dict.fromkeys("0123456789", (numbered,)),
    **dict.fromkeys(" \t\r\n", (line_break,)),
}
