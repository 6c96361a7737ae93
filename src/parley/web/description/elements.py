"""HTML from Python. Whatever is not `Html` already is text, and is escaped."""

import html
import re
from typing import Any

_VOID = {"meta", "link", "br"}
_CODE = re.compile(r"`([^`]+)`")


class Html(str):
    """Markup that stands as it is."""


def element(tag: str, /, *children: Any, **attributes: str | None) -> Html:
    """`class_` is the attribute `class`. An attribute or a child that is None is left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{join(children)}</{tag}>")


def join(parts: Any) -> Html:
    """Parts one after another; lists are walked, None is nothing."""
    if parts is None:
        return Html()
    if isinstance(parts, Html):
        return parts
    if isinstance(parts, list | tuple):
        return Html("".join(join(part) for part in parts))
    return Html(html.escape(str(parts)))


def prose(text: str) -> Html:
    """Paragraphs, parted by blank lines; `code` between backticks."""
    return join([element("p", line(part)) for part in text.split("\n\n") if part.strip()])


def line(text: str) -> Html:
    pieces = _CODE.split(text)
    return join([element("code", p) if n % 2 else p for n, p in enumerate(pieces)])
