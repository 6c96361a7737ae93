"""Mail addresses and Message-IDs, as far as we write them into a header of ours."""

import re

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}")
_ID = re.compile(r"<[!-;=?-~]{3,250}>")
MOST_IDS = 50


def is_address(text: str) -> bool:
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None


def message_ids(text: str) -> list[str]:
    """Each once, in their order; of too many the first and the last ones."""
    found = list(dict.fromkeys(_ID.findall(text)))
    return found if len(found) <= MOST_IDS else [found[0], *found[1 - MOST_IDS :]]
