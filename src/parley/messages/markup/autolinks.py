"""Links that nobody marked: an address, a number or a URL typed in running text.

Each function looks at one position and answers the link that starts there. All patterns are
possessive and stop at a character that ends the candidate, so that no part of a line is scanned
by more than a constant number of candidates: a visitor's message must not be able to stall us.
"""

import re
from typing import NamedTuple

from .hosts import bare_host, mail_host, url_host

HOST = r"[^\W_][\w-]*+(?:\.[\w-]++)*+"

# The local part is bounded as RFC 5321 bounds it; unbounded, `'a'a'a` would be read once per quote.
EMAIL = re.compile(rf"([^\W_][\w.+%'&=-]{{0,63}}+@{HOST})(?![\w@])")
PHONE = re.compile(r"\+(?=[0-9(])(?:[0-9]|\([0-9]++\)|-(?=[0-9(]))++(?![\w@]|[.,][0-9])")
URL = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+-]*+)://(?:[\w.~%+:-]++@)?)?"
    rf"({HOST})(?::[0-9]++(?!\w))?+(?!@)"
)
# Typographic and full-width punctuation ends a URL too: beside Chinese no blank follows it.
WIDE = r"\u00ab\u00bb\u2018-\u201f\u2026\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f"
TAIL = re.compile(rf'[/?#][^\s<>"|\\`{WIDE}]*+')

# What ends the sentence, not the URL. `?` is missing on purpose: an empty query is kept.
SENTENCE = frozenset(".,!;:'*~")
OPENER_OF = {")": "(", "]": "[", "}": "{"}

# As a URL parser reads it: `rocket.chat:8080` already has a scheme, `9gag.com:80` has none.
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")

# A click on one of these would run the sender's script in the agent's session.
UNSAFE_SCHEMES = frozenset(("javascript", "vbscript", "data"))

SHORTEST_NUMBER = 5


class Found(NamedTuple):
    end: int
    src: str


def email(line: str, at: int) -> Found | None:
    found = EMAIL.match(line, at)
    if not found or not mail_host(found[1].rpartition("@")[2]):
        return None
    return Found(found.end(1), "mailto:" + found[1])


def phone(line: str, at: int) -> Found | None:
    found = PHONE.match(line, at)
    if not found:
        return None
    number = re.sub("[^0-9]", "", found[0])
    if len(number) < SHORTEST_NUMBER or found[0].endswith("-"):
        return None
    return Found(found.end(), "tel:" + number)


def url(line: str, at: int, custom: frozenset[str] = frozenset()) -> Found | None:
    found = URL.match(line, at)
    if not found or not linkable(found[1], found[2], custom):
        return None
    if found[1] is None and line[at - 1 : at] == "[":  # a tag: `[Rocket.Chat] released`
        return None
    end = end_of_url(line, found.end())
    text = line[at:end]
    return Found(end, text if ABSOLUTE.match(text) else "//" + text)


def linkable(scheme: str | None, host: str, custom: frozenset[str]) -> bool:
    if scheme is None:
        return bare_host(host, custom)
    return scheme.lower() not in UNSAFE_SCHEMES and url_host(host, custom)


def end_of_url(line: str, start: int) -> int:
    """Where path, query and fragment end, without the punctuation of the sentence around them."""
    tail = TAIL.match(line, start)
    if not tail:
        return start
    surplus = {close: tail[0].count(close) - tail[0].count(OPENER_OF[close]) for close in OPENER_OF}
    end = tail.end()
    while line[end - 1] in SENTENCE or surplus.get(line[end - 1], 0) > 0:
        end -= 1
        if line[end] in surplus:
            surplus[line[end]] -= 1
    return end
