"""What is asked for: words, the beginnings of words (`refun*`) and "quoted phrases"."""

import re

from parley.db.fulltext import LEAST_PART, Unit
from parley.db.words import words_of
from parley.errors import Coded

LONGEST = 1000
MOST_WORDS = 100

_QUOTES = str.maketrans("“”„", '"""')
_CHUNK = re.compile(r'"([^"]*)"|([^\s"]+)')


def units_of(text: str) -> tuple[Unit, ...]:
    """Whatever is no word means nothing, and no sign but `*` and the quotes means anything.

    Raises Coded `error-search-too-long`.
    """
    if len(text) > LONGEST:
        raise _too_long(f"{LONGEST} characters")
    found = [_unit(*chunk) for chunk in _CHUNK.findall(text.translate(_QUOTES))]
    units = tuple(dict.fromkeys(unit for unit in found if unit.words))
    if sum(len(unit.words) for unit in units) > MOST_WORDS:
        raise _too_long(f"{MOST_WORDS} words")
    return units


def _unit(quoted: str, chunk: str) -> Unit:
    # What is written together (`order-123`, `a@b.example`) stands together.
    words = tuple(words_of(quoted or chunk))
    prefix = chunk.endswith("*") and bool(words) and len(words[-1]) >= LEAST_PART
    return Unit(words, prefix, bool(quoted))


def _too_long(most: str) -> Coded:
    return Coded("error-search-too-long", f"A search has {most} at most")
