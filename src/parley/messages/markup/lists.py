"""Lists: of tasks, with numbers, with hyphens and with asterisks. A line is an item."""

import re
from collections.abc import Callable

from . import nodes
from .lines import line
from .nodes import Node, holding
from .reading import Reading

TASK = re.compile(r"- \[([x ])\][ \t]++")
NUMBER = re.compile(r"([0-9]{1,15}+)\.[ \t]++")  # more digits than that would be rounded
HYPHEN = re.compile(r"-[ \t]++")
ASTERISK = re.compile(r"\*[ \t]++")

Block = tuple[int, Node]
"""Where what follows a block begins, and its node."""

Make = Callable[[re.Match[str], list[Node]], Node]


def tasks(reading: Reading, at: int) -> Block | None:
    return items(reading, at, "TASKS", TASK, lambda mark, value: nodes.task(mark[1] == "x", value))


def numbered(reading: Reading, at: int) -> Block | None:
    return items(reading, at, "ORDERED_LIST", NUMBER, numbered_item)


def hyphened(reading: Reading, at: int) -> Block | None:
    return items(reading, at, "UNORDERED_LIST", HYPHEN, item)


def starred(reading: Reading, at: int) -> Block | None:
    """An asterisk that is left over makes the line a paragraph: `* a * b`."""
    return items(reading, at, "UNORDERED_LIST", ASTERISK, item, stop="*")


def items(
    reading: Reading, at: int, kind: str, pattern: re.Pattern[str], make: Make, stop: str = "\n"
) -> Block | None:
    found = []
    while mark := pattern.match(reading.text, at):
        content = line(reading, mark.end(), stop)
        if not content:
            break
        at = content[0]
        found.append(make(mark, content[1]))
    return (at, holding(kind, found)) if found else None


def item(_: re.Match[str], value: list[Node]) -> Node:
    return nodes.list_item(value)


def numbered_item(mark: re.Match[str], value: list[Node]) -> Node:
    return nodes.list_item(value, int(mark[1]))
