"""A message into its blocks: a paragraph for each line, a break for each empty one."""

import re

from .inline import inline
from .nodes import Node, line_break, paragraph

NEWLINE = re.compile(r"\r?\n")


def blocks(msg: str, custom: frozenset[str]) -> list[Node]:
    lines = NEWLINE.split(msg)
    if not lines[-1]:  # the newline that ends the last line starts no further one
        lines.pop()
    return [paragraph(inline(line, custom)) if line else line_break() for line in lines]
