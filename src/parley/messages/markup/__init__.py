"""A message's text as the `md` tree that clients draw (contract: core.md, 8.1).

The grammar is Rocket.Chat's, boundaries and order of its rules included.
"""

from typing import Any

from .blocks import blocks
from .nodes import walk
from .options import DEFAULT, Options, options


def parse(msg: str, options: Options = DEFAULT) -> list[dict[str, Any]]:
    """The blocks of a message, in time linear in its length whatever it holds."""
    return blocks(msg, options)


def urls(md: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `urls` field: where the message's links lead, each once, in reading order."""
    found = (node["value"]["src"]["value"] for node in walk(md) if node["type"] == "LINK")
    return [{"url": url, "meta": {}} for url in dict.fromkeys(found)]


__all__ = ["Options", "options", "parse", "urls"]
