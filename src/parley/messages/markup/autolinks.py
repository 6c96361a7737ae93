"""Links that nobody marked: an address, a number or a URL typed in running text.

What looks like one and is none (`file.tar`, `a@b`) is text as a whole: no markup begins inside it.
Every pattern is possessive, and bounded where more than one beginning could share its tail.
"""

import re

from .hosts import host_of, is_linkable, is_public
from .nodes import link, plain
from .reading import Item, Reading

EXTRA = ".,!%~*\"':;()="
"""Ends the sentence rather than the URL."""

# A host is wide here and judged later. A hyphen or low line takes the next character with it.
DOMAIN_CHAR = r"(?:[^.,!%~*\"':;()=$@&+_#?\-\r\n \t\\/|><%`\[\]]|[_-][^\r\n \t\\/|><%`\[\]])"
LABEL = rf"(?>{DOMAIN_CHAR}{{1,255}})"
DOMAIN = rf"(?>localhost|(?!_){LABEL}(?>(?:\.{LABEL}){{1,127}}))"
PORT = r"(?>(?::[0-9]++)?)"
SCHEME = r"[A-Za-z0-9+-]{1,32}+:"
USER = r"(?>(?:[A-Za-z0-9$&+_#?-]++(?>(?::[A-Za-z0-9$&+_#?-]++)?)@)?)"
PLACE = rf"(?>{SCHEME}//{USER}{DOMAIN}|{DOMAIN}){PORT}"

URL = re.compile(rf"(?=[^ \t\r\n:./@]{{0,255}}+(?:://|\.)){PLACE}")
REST = re.compile(r"[^ \t\r\n]*+")
# As a URL parser reads it: `rocket.chat:8080` already has a scheme, `9gag.com:80` has none.
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")

# A click on one of these would run the sender's script in the agent's session.
UNSAFE = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)

# Letters, digits, the marks that scripts such as Thai and Hindi set on them, and emoji.
LETTER = (
    r"(?:[^\W_]|[\xa9\xae\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    r"\u0900-\u0963\u0980-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd\u0f71-\u0fbc"
    r"\u102b-\u109d\u1712-\u1a7f\u1dc0-\u1dff\u200d\u203c\u2049\u20d0-\u2bff\u302a-\u3030"
    r"\u3099\u309a\ufe0e\ufe0f\ufe20-\ufe2f]|[\U00010000-\U0010ffff])"
)
LOCAL = rf"{LETTER}(?>(?:{LETTER}|[!#$%&'*+/=?^_`{{|}}~-]){{0,63}})"
EMAIL = re.compile(rf"(?>(?:mailto:)?)({LOCAL}(?>(?:\.{LOCAL}){{0,31}}))@({DOMAIN})")

PHONE = re.compile(
    r"\+(?:([0-9]++)(?>(?:-([0-9]++))?)"
    r"|\(([0-9]++)\)(?:-([0-9]++)|([0-9]++)(?>(?:-([0-9]++))?)))"
)
SHORTEST_NUMBER = 5


def email(text: str, at: int) -> Item | None:
    found = EMAIL.match(text, at)
    if not found:
        return None
    local, domain = found.groups()
    # With these in it, clients would take a part of the address for a path, query or fragment.
    if set(local) & set("/?#") or not is_public(host_of(domain)):
        return found.end(), found[0]
    address = f"{local}@{domain}"
    return found.end(), link(f"mailto:{address}", [plain(address)])


def phone(text: str, at: int) -> Item | None:
    if not (found := PHONE.match(text, at)):
        return None
    number = number_of(found)
    if len(number) < SHORTEST_NUMBER:
        return found.end(), found[0]
    return found.end(), link(f"tel:{number}", [plain(found[0])])


def number_of(found: re.Match[str]) -> str:
    return "".join(part or "" for part in found.groups())


def url(reading: Reading, at: int) -> Item | None:
    text = reading.text
    found = URL.match(text, at)
    rest = found and REST.match(text, found.end())
    if not found or not rest:
        return None
    src = found[0] + rest[0].rstrip(EXTRA)
    end = at + len(src)
    if UNSAFE.match(src) or not is_linkable(host_of(src), reading.options.custom_domains):
        return end, src
    return end, link(src if ABSOLUTE.match(src) else f"//{src}", [plain(src)])
