r"""Formulas: `\(…\)` and `$…$` in a line, `\[…\]` and `$$…$$` on their own."""

import re
from functools import cache

from .nodes import Node, holding
from .reading import Item, Reading

IN_LINE = (r"\(", "$"), (r"\)", "$")
BLOCK = (r"\[", "$$"), (r"\]", "$$")


def formula(reading: Reading, at: int) -> Item | None:
    found = between(reading, at, *IN_LINE)
    return (found[0], holding("INLINE_KATEX", found[1])) if found else None


def formula_block(reading: Reading, at: int) -> tuple[int, Node] | None:
    found = between(reading, at, *BLOCK)
    return (found[0], holding("KATEX", found[1])) if found else None


def between(
    reading: Reading, at: int, begins: tuple[str, str], ends: tuple[str, str]
) -> tuple[int, str] | None:
    """Where the formula ends, and its text; either end fits either beginning."""
    parenthesis, dollar = reading.options.katex_parenthesis, reading.options.katex_dollar
    begin = pattern(begins, parenthesis, dollar).match(reading.text, at)
    if not begin or at >= reading.unclosed.get(ends, at + 1):
        return None
    end = pattern(ends, parenthesis, dollar).search(reading.text, begin.end())
    if not end:  # nor for any later beginning, which spares looking again
        reading.unclosed[ends] = at
        return None
    return end.end(), reading.text[begin.end() : end.start()]


@cache
def pattern(marks: tuple[str, str], parenthesis: bool, dollar: bool) -> re.Pattern[str]:
    used = [mark for mark, on in zip(marks, (parenthesis, dollar), strict=True) if on]
    return re.compile("|".join(map(re.escape, used)) if used else "(?!)")
