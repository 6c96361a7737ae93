"""Markdown, as the reference pages need it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

NOTE = "<!-- Written by `./dev docs` from the source. Changes made here are lost. -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    # A bar ends a cell, even in code, unless it is escaped.
    texts = [" ".join(cell.split()).replace("|", "\\|") for cell in cells]
    return "|" + "|".join(f" {text} " if text else " " for text in texts) + "|"


def code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def value(anything: Any) -> str:
    """A value as JSON has it; empty text is an empty cell."""
    if anything == "":
        return ""
    return code(json.dumps(anything, ensure_ascii=False))


def any_of(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)
