"""Which parts of the grammar the administrator has switched on."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple


class Options(NamedTuple):
    emoticons: bool = True
    colors: bool = True
    katex_parenthesis: bool = True
    katex_dollar: bool = False
    custom_domains: frozenset[str] = frozenset()
    """Lower case; each makes itself and every name below it a link."""


DEFAULT = Options()


def options(settings: Mapping[str, Any]) -> Options:
    katex = bool(settings["Katex_Enabled"])
    return _options(
        bool(settings["HexColorPreview_Enabled"]),
        katex and bool(settings["Katex_Parenthesis_Syntax"]),
        katex and bool(settings["Katex_Dollar_Syntax"]),
        settings["Message_CustomDomain_AutoLink"] or "",
    )


@lru_cache(maxsize=8)  # as many as there are settings in use at one time, and a few before them
def _options(colors: bool, parenthesis: bool, dollar: bool, domains: str) -> Options:
    names = (name.strip().lower() for name in domains.split(","))
    return Options(True, colors, parenthesis, dollar, frozenset(name for name in names if name))
