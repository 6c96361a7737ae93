"""A message's text as the `md` tree that clients draw (contract: core.md, 8.1).

So far plain text, line breaks and links; all other markup stays plain text.
"""

from collections.abc import Iterable
from typing import Any

from .blocks import blocks
from .nodes import walk


def parse(msg: str, *, custom_domains: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The blocks of a message, in time linear in its length whatever it holds."""
    return blocks(msg, frozenset(domain.lower() for domain in custom_domains))


def urls(md: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `urls` field: where the message's links lead, each once, in reading order."""
    found = (node["value"]["src"]["value"] for node in walk(md) if node["type"] == "LINK")
    return [{"url": url, "meta": {}} for url in dict.fromkeys(found)]


__all__ = ["parse", "urls"]
