"""Which bytes of a file are asked for (RFC 9110 §14)."""

import re

_ONE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """416: no byte of the range is there."""


def range_of(header: str, size: int) -> tuple[int, int] | None:
    """(first byte, byte after the last); None for all of it.

    Several ranges at once, and what cannot be read, count as none, as they may. Raises
    Unsatisfiable.
    """
    found = _ONE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
