"""The nodes of a message's `md` tree, and the walk over them."""

from collections.abc import Iterator
from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]


def plain(value: str) -> Node:
    return {"type": "PLAIN_TEXT", "value": value}


def holding(kind: str, value: Any) -> Node:
    """A node with nothing but a value: a list of nodes, a node or a string, as its type has it."""
    return {"type": kind, "value": value}


def link(src: str, label: list[Node]) -> Node:
    return {"type": "LINK", "value": {"src": plain(src), "label": label}}


def image(src: str, alt: str) -> Node:
    return {"type": "IMAGE", "value": {"src": plain(src), "label": plain(alt)}}


def heading(level: int, value: list[Node]) -> Node:
    return {"type": "HEADING", "level": level, "value": value}


def code(language: str, lines: list[str]) -> Node:
    value = [holding("CODE_LINE", plain(line)) for line in lines]
    return {"type": "CODE", "language": language, "value": value}


def task(done: bool, value: list[Node]) -> Node:
    return {"type": "TASK", "status": done, "value": value}


def list_item(value: list[Node], number: int | None = None) -> Node:
    item = holding("LIST_ITEM", value)
    return item if number is None else item | {"number": number}


def emoji(shown: str, short_code: str) -> Node:
    """`shown` is the short code itself, or the emoticon that was typed."""
    return {"type": "EMOJI", "value": plain(shown), "shortCode": short_code}


def unicode_emoji(character: str) -> Node:
    return {"type": "EMOJI", "unicode": character}


def color(r: int, g: int, b: int, a: int) -> Node:
    return {"type": "COLOR", "value": {"r": r, "g": g, "b": b, "a": a}}


def timestamp(seconds: str, form: str) -> Node:
    return {
        "type": "TIMESTAMP",
        "value": {"timestamp": seconds, "format": form},
        "fallback": plain(f"<t:{seconds}:{form}>"),
    }


def line_break() -> Node:
    return {"type": "LINE_BREAK"}


def walk(md: list[Node]) -> Iterator[Node]:
    """Every node in reading order; with a stack of its own, for a tree may be stored and deep."""
    waiting: list[Any] = [md]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            if "type" in item:
                yield item
            waiting.extend(reversed(item.values()))
