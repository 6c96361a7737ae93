"""The nodes of a message's `md` tree, and the walk over them."""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]


def plain(value: str) -> Node:
    return {"type": "PLAIN_TEXT", "value": value}


def link(src: str, label: list[Node]) -> Node:
    return {"type": "LINK", "value": {"src": plain(src), "label": label}}


def paragraph(value: list[Node]) -> Node:
    return {"type": "PARAGRAPH", "value": value}


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
