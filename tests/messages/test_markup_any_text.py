"""The md tree of whatever anybody sends: sound, whole, and no deeper than clients can draw."""

import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from parley.messages.markup import Options, parse

# Pieces that open, close or continue something, so that fuzzing meets the branches.
PIECES = [
    *"[]()<>|@.+-_*~`#\\!:/?&' \n$=;%,1xD",
    "**",
    "__",
    "~~",
    "||",
    "](",
    "![",
    "```\n",
    "||\n",
    "> ",
    "- ",
    "* ",
    "1. ",
    "# ",
    "- [x] ",
    "\\(",
    "\\)",
    "\\[",
    "\\]",
    "$$",
    "http://",
    "https://a.com",
    "rocket.chat",
    "a@b.co",
    "+1234567",
    "<t:1708551317:R>",
    "color:#fa8",
    ":smile:",
    ":)",
    "-_-",
    "é",
    "。",
    "ไม้",
    "😀",
    "👍🏽",
    "\u200d",
    "\r\n",
    "\t",
    "\x00",
    "\ud800",
]
messages = st.text(st.characters()) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
switches = st.builds(Options, st.booleans(), st.booleans(), st.booleans(), st.booleans())

INLINES = {
    "PLAIN_TEXT", "LINK", "IMAGE", "BOLD", "ITALIC", "STRIKE", "SPOILER", "INLINE_CODE", "EMOJI",
    "MENTION_USER", "MENTION_CHANNEL", "COLOR", "INLINE_KATEX", "TIMESTAMP",
}  # fmt: skip
HOLDS = {
    "PARAGRAPH": INLINES,
    "HEADING": INLINES,
    "LIST_ITEM": INLINES,
    "TASK": INLINES,
    "QUOTE": {"PARAGRAPH"},
    "SPOILER_BLOCK": {"PARAGRAPH"},
    "UNORDERED_LIST": {"LIST_ITEM"},
    "ORDERED_LIST": {"LIST_ITEM"},
    "TASKS": {"TASK"},
    "BIG_EMOJI": {"EMOJI"},
    "CODE": {"CODE_LINE"},
    "SPOILER": INLINES - {"SPOILER"},
    "BOLD": INLINES - {"BOLD", "SPOILER", "IMAGE", "COLOR", "INLINE_KATEX"},
    "ITALIC": INLINES - {"ITALIC", "SPOILER", "IMAGE", "COLOR", "INLINE_KATEX"},
    "STRIKE": INLINES - {"STRIKE", "SPOILER", "IMAGE", "COLOR", "INLINE_KATEX"},
}
ROOT = (HOLDS.keys() | {"KATEX", "LINE_BREAK"}) - INLINES - {"LIST_ITEM", "TASK"}

# List, item, spoiler, link, bold, italic, strike, and what is in it.
DEEPEST = 8


def check(nodes: list[dict[str, Any]], allowed: set[str], depth: int = 1) -> None:
    assert depth <= DEEPEST
    kinds = [node["type"] for node in nodes]
    assert set(kinds) <= allowed
    assert all(pair != ("PLAIN_TEXT", "PLAIN_TEXT") for pair in pairwise(kinds))
    for node in nodes:
        value: Any = node.get("value")
        if node["type"] in HOLDS:
            assert value
            check(value, HOLDS[node["type"]], depth + 1)
        elif node["type"] == "LINK":
            check(value["label"], INLINES - {"LINK"}, depth + 1)


def written(node: Any) -> str:
    """All that the tree still knows of what was typed."""
    if isinstance(node, list):
        return "".join(map(written, node))
    if not isinstance(node, dict):
        return str(node)
    if node.get("type") == "COLOR":
        digits = bytes(node["value"].values()).hex()
        return "color" + digits + digits.upper()
    known = {"TASK": "x", "TIMESTAMP": "t"}.get(node.get("type", ""), "")
    return known + "".join(written(node[key]) for key in node if key != "type")


@given(messages, switches)
def test_any_message_becomes_a_sound_tree(msg: str, options: Options) -> None:
    md = parse(msg, options)
    check(md, ROOT)
    assert json.loads(json.dumps(md)) == md
    assert parse(msg, options) == md


@given(messages, switches)
@example("mailto:a@b.co +1-2345 [a](b.co) <a.co|b> \\*a\\*", Options())
@example("007. a\n- [x] b\n```js\n\nc`d\n```\n||\ne\n||\nf", Options())
def test_no_text_is_lost(msg: str, options: Options) -> None:
    """Letters and digits; a number's zeros in front aside."""
    typed = Counter(char for char in msg if char.isalnum() and char != "0")
    kept = Counter(written(parse(msg, options)))
    assert typed <= kept


WORDS = ["word", "it's", "Hi!", "so, so", "(ok)", "a", "8", "é…", "no.", "B", "D", "localhost"]
typed = st.lists(st.sampled_from(WORDS + PIECES), max_size=20)


@given(st.lists(st.sampled_from(WORDS), min_size=1))
def test_plain_words_are_one_text(words: list[str]) -> None:
    msg = " ".join(words)
    (paragraph,) = parse(msg)
    assert paragraph["value"] == [{"type": "PLAIN_TEXT", "value": msg}]


@given(typed.map("".join) | typed.map(" ".join), switches)
def test_words_taken_at_one_stroke_change_nothing(msg: str, options: Options) -> None:
    none = dict.fromkeys((False, True), re.compile("(?!)"))
    with patch.dict("parley.messages.markup.words.WORDS", none):
        slowly = parse(msg, options)
    assert parse(msg, options) == slowly
