"""What follows from a message's text: its tree, its links, and the messages it quotes."""

from collections.abc import Collection, Mapping
from typing import Any

from parley.db import Reader
from parley.db.documents import Doc
from parley.messages.markup import options, parse, urls
from parley.messages.mentions import mentions
from parley.messages.quotes import quotes, without_quotes
from parley.messages.writer import Writer

MADE = ("md", "urls", "mentions", "channels")
FENCE = "```"


def parsed(msg: str, settings: Mapping[str, Any], previews: Collection[str] | None = None) -> Doc:
    """`urls`, `mentions`, `channels` and, unless empty, `md` (contract/core.md §8).

    Nobody is named yet, and no channel is: there are none. `previews`: the only links of which the
    writer wants a preview; None for all.
    """
    md = parse(msg, options(settings))
    links: list[Doc] = urls(md)
    if previews is not None:
        links = [url if url["url"] in previews else url | {"ignoreParse": True} for url in links]
    return {"urls": links, "mentions": [], "channels": [], **({"md": md} if md else {})}


def closed(msg: str) -> str:
    """Code that was begun and not ended ends with the text (contract/core.md §8)."""
    if msg.count(FENCE) % 2 == 0:
        return msg
    return f"{msg}{FENCE}" if msg.endswith("\n") else f"{msg}\n{FENCE}"


def describe_first(attachments: list[Doc], settings: Mapping[str, Any]) -> None:
    """The first attachment's description as a tree, beside it (contract/core.md §8)."""
    text = attachments[0].get("description") if attachments else None
    if isinstance(text, str) and 0 < len(text) <= settings["Message_MaxAllowedSize"]:
        attachments[0]["descriptionMd"] = parse(text, options(settings))


async def set_text(
    q: Reader,
    message: Doc,
    msg: str,
    writer: Writer,
    settings: Mapping[str, Any],
    previews: Collection[str] | None = None,
) -> None:
    """Gives the message this text and all that follows from it; other attachments stay."""
    others = without_quotes(message, settings)
    for key in (*MADE, "attachments"):
        message.pop(key, None)
    message["msg"] = closed(msg)
    message |= parsed(message["msg"], settings, previews)
    named = await mentions(q, message.get("md", []), writer.may_name, writer.groups)
    message["mentions"] = named
    attachments = [*await quotes(q, message, writer.may_read, settings), *others]
    if attachments:
        message["attachments"] = attachments
