"""One line of text as nodes, with the newline that ends it."""

from .inline import inline
from .joining import nodes
from .nodes import Node
from .reading import Reading

Line = tuple[int, list[Node]]
"""Where the next line begins, and the nodes of this one."""


def line(reading: Reading, at: int, stop: str = "\n") -> Line | None:
    """None where nothing stands, or where a `stop` is left over that belongs to no markup."""
    pieces, end = inline(reading, at, stop)
    if not pieces:
        return None
    if reading.text.startswith("\n", end):
        return end + 1, nodes(pieces)
    return (end, nodes(pieces)) if end == len(reading.text) else None
