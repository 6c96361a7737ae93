"""Quotes: a message that links to another holds it as an attachment (contract/core.md §8).

Only what the writer may read is quoted; a link to anything else stays a link.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from parley.accounts.identify import Person
from parley.db import Reader
from parley.db.documents import Doc, Params, encode
from parley.messages import store
from parley.messages.attachments import MOST_BYTES
from parley.rooms.visibility import visible_to

MayRead = Callable[[Params], str]
"""SQL predicate of the rooms `r` whose messages the writer may read."""

MOST_QUOTES = 5


def readable_by_person(person: Person) -> MayRead:
    return lambda p: visible_to(person, p)


def readable_by_visitor(visitor_id: str) -> MayRead:
    """The visitor's own rooms, past ones too."""
    return lambda p: f"r.visitor_id = {p(visitor_id)}"


async def quotes(
    q: Reader, message: Doc, may_read: MayRead, settings: Mapping[str, Any]
) -> list[Doc]:
    """An attachment for each message that the text links to, in the order of the links."""
    links = linked(message["urls"], settings)
    links.pop(message["_id"], None)
    if not links:
        return []
    found = await store.readable(q, list(links), may_read)
    levels = max(0, settings["Message_QuoteChainLimit"])
    whole = [
        _quote(found[key], link, levels, settings) for key, link in links.items() if key in found
    ]
    if len(encode(whole)) <= MOST_BYTES:
        return whole
    return [{key: value for key, value in one.items() if key != "attachments"} for one in whole]


def linked(links: list[Doc], settings: Mapping[str, Any]) -> dict[str, str]:
    """{message id: link} of the links that lead to a message here."""
    site = str(settings["Site_Url"] or "").rstrip("/")
    found: dict[str, str] = {}
    for link in links:
        url = link["url"]
        if site and url.startswith(f"{site}/") and len(found) < MOST_QUOTES:
            key = _message_of(url)
            if key:
                found.setdefault(key, url)
    return found


def without_quotes(message: Doc, settings: Mapping[str, Any]) -> list[Doc]:
    """The message's attachments but those that its text, as it was, had brought."""
    brought = set(linked(message.get("urls", []), settings).values())
    attachments: list[Doc] = message.get("attachments") or []
    return [one for one in attachments if one.get("message_link") not in brought]


def _message_of(url: str) -> str:
    try:
        asked = parse_qs(urlsplit(url).query, max_num_fields=20)
    except ValueError:
        return ""
    key = asked.get("msg", [""])[0]
    # A NUL passes the edge as %00, and no database takes it.
    return key if len(key) <= 64 and "\0" not in key else ""


def _quote(message: Doc, link: str, levels: int, settings: Mapping[str, Any]) -> Doc:
    author = message["u"]
    name = author.get("name") if settings["UI_Use_Real_Name"] else None
    quote: Doc = {
        "author_name": message.get("alias") or name or author["username"],
        "author_icon": f"/avatar/{author['username']}",
        "message_link": link,
        "text": message["msg"],
        "ts": message["ts"],
    }
    if "md" in message:
        quote["md"] = message["md"]
    if inner := _cut(message.get("attachments") or [], levels - 1):
        quote["attachments"] = inner
    return quote


def _cut(attachments: list[Doc], levels: int) -> list[Doc]:
    """Quotes within quotes end after so many levels (Message_QuoteChainLimit)."""
    kept: list[Doc] = []
    for one in attachments:
        if "message_link" not in one:
            kept.append(one)
        elif levels > 0:
            inner = _cut(one.get("attachments") or [], levels - 1)
            rest = {key: value for key, value in one.items() if key != "attachments"}
            kept.append(rest | ({"attachments": inner} if inner else {}))
    return kept
