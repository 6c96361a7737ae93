"""`color:#ff8800`, with three or four parts of one or two digits each."""

import re

from . import nodes
from .mentions import TEXT
from .reading import Item

COLOR = re.compile(rf"color:#(?:((?>(?:[0-9A-Fa-f]{{2}}){{3,4}}))|([0-9A-Fa-f]{{3,4}}+))(?!{TEXT})")


def color(text: str, at: int) -> Item | None:
    found = COLOR.match(text, at)
    if not found:
        return None
    digits = found[1] or "".join(digit * 2 for digit in found[2])
    return found.end(), nodes.color(*bytes.fromhex(digits.ljust(8, "f")))
