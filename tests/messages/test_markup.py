"""The md tree: recorded trees replayed, what we chose ourselves, and hostile messages.

In markup_vectors.json a block is null for a break or a list for a paragraph, in which a string is
plain text and a pair is a link: [src, label].
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.messages.markup import parse, urls

VECTORS = json.loads(Path(__file__).with_name("markup_vectors.json").read_text("utf-8"))

# Pieces that open, close or continue something, so that fuzzing meets the branches.
PIECES = [
    *"[]()<>|@.+-_*~`#\\!:/?&' \n",
    "http://",
    "https://a.com",
    "rocket.chat",
    "a@b.co",
    "+1234567",
    "](",
    "\\*",
    "é",
    "。",
    "\r\n",
    "<t:1708551317:R>",
]
messages = st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def compact(md: list[dict[str, Any]]) -> list[Any]:
    return [block and [inline(node) for node in block] for block in map(paragraph, md)]


def paragraph(block: dict[str, Any]) -> list[dict[str, Any]] | None:
    if block == {"type": "LINE_BREAK"}:
        return None
    assert block.keys() == {"type", "value"}
    assert block["type"] == "PARAGRAPH"
    assert block["value"]
    return list(block["value"])


def inline(node: dict[str, Any]) -> Any:
    assert node.keys() == {"type", "value"}
    if node["type"] == "PLAIN_TEXT":
        return node["value"]
    assert node["type"] == "LINK"
    (label,) = node["value"]["label"]
    return [inline(node["value"]["src"]), inline(label)]


def shown(msg: str) -> list[Any]:
    return compact(parse(msg))


def line(msg: str) -> Any:
    (only,) = shown(msg)
    return only


@pytest.mark.parametrize("vector", VECTORS, ids=[repr(v["msg"])[:40] for v in VECTORS])
def test_recorded_trees(vector: dict[str, Any]) -> None:
    custom = vector.get("options", {}).get("customDomains", [])
    assert compact(parse(vector["msg"], custom_domains=custom)) == vector["md"]


def test_blocks() -> None:
    assert parse("") == []
    assert shown("hi") == [["hi"]]
    assert shown("line1\nline2\n") == shown("line1\r\nline2\r\n") == [["line1"], ["line2"]]
    assert shown("\n\na\n\nb\n\n") == [None, None, ["a"], None, ["b"], None]
    assert shown("\n") == [None]


@pytest.mark.parametrize(
    ("msg", "md"),
    [
        ("github.com", [["//github.com", "github.com"]]),
        ("a@b.co.", [["mailto:a@b.co", "a@b.co"], "."]),
        ("call +1234567.", ["call ", ["tel:1234567", "+1234567"], "."]),
        ("<https://a.com|lbl>", [["https://a.com", "lbl"]]),
        ("<https://a.com>", ["<", ["https://a.com", "https://a.com"], ">"]),
        ("[t](a@b.co)", [["mailto:a@b.co", "t"]]),
        ("[](https://a.com)", [["https://a.com", "https://a.com"]]),
        ("[*t*](//a.com)", [["//a.com", "*t*"]]),
        ("[t](https://a.com/ x)", ["[t](", ["https://a.com/", "https://a.com/"], " x)"]),
        ("[a](/x) [b](x/y.html)", ["[a](/x) [b](x/y.html)"]),
        ("(https://a.com/b).", ["(", ["https://a.com/b", "https://a.com/b"], ")."]),
        ("https://a.com，好", [["https://a.com", "https://a.com"], "，好"]),
        ("Mail:a@b.co", ["Mail:", ["mailto:a@b.co", "a@b.co"]]),
        ("9gag.com:80/x", [["//9gag.com:80/x", "9gag.com:80/x"]]),
        ("http://192.168.0.1/", [["http://192.168.0.1/", "http://192.168.0.1/"]]),
        ("https://a.example-of-new-tld", ["https://a.example-of-new-tld"]),
        ("https://a.newtld", [["https://a.newtld", "https://a.newtld"]]),
        ("a.newtld report.pdf", ["a.newtld report.pdf"]),
        ("http://gitlab.local", ["http://gitlab.local"]),
        ("a@b.co@c.com", ["a@b.co@c.com"]),
        ("[a.com] [http://a.com]", ["[a.com] [", ["http://a.com", "http://a.com"], "]"]),
    ],
)
def test_links(msg: str, md: list[Any]) -> None:
    assert line(msg) == md


@pytest.mark.parametrize(
    "msg",
    [
        "@joe@joe.com @joe:matrix.org #a.com",
        "`https://a.com` ``",
        "![alt](https://a.com/i.png)",
        "*bold* _it_ :smile: - item > quote",
    ],
)
def test_markup_of_the_later_grammar_is_text_without_links(msg: str) -> None:
    assert line(msg) == [msg]


@pytest.mark.parametrize("msg", ["javascript:alert(1)", "JavaScript://a.com/%0aalert(1)", "data:x"])
def test_no_link_runs_a_script(msg: str) -> None:
    for written in (msg, f"[t]({msg})", f"<{msg}|t>"):
        assert not [u for u in urls(parse(written)) if not u["url"].startswith("//")]


def test_urls_are_listed_once_in_order() -> None:
    md = parse("https://a.com github.com\na@b.co [x](https://a.com) +1234567")
    found = ["https://a.com", "//github.com", "mailto:a@b.co", "tel:1234567"]
    assert urls(md) == [{"url": url, "meta": {}} for url in found]
    assert urls(parse("none here")) == []


@given(messages)
def test_any_message_becomes_a_sound_tree(msg: str) -> None:
    for block in shown(msg):
        for left, right in zip(block or [], (block or [])[1:], strict=False):
            assert not (isinstance(left, str) and isinstance(right, str))
        assert all(block or [None]) or block is None


@given(messages.filter(lambda msg: not {"\\", "["} & set(msg) and "|" not in msg))
def test_no_text_is_lost(msg: str) -> None:
    """Escapes and marked links aside, the labels and texts of the tree are the message."""
    lines = ["".join(n if isinstance(n, str) else n[1] for n in b or []) for b in shown(msg)]
    assert "\n".join(lines) == msg.replace("\r\n", "\n").removesuffix("\n")


HOSTILE = [
    *"[]()<>|@.+-_*~`#\\!:/a1\n\r ",
    "http://",
    "http://a",
    "http://a.com/(",
    "https://77.77/",
    "x://a:",
    "x://a@",
    "+1",
    "+(1",
    "+1-",
    "(+1",
    "a@",
    "a.",
    "a-",
    "'a",
    "a'",
    "@a",
    "@a ",
    "a@b.co",
    "a@b.co,",
    "[a](",
    "[a](http://a.com/",
    "[a](a@",
    "[](",
    "](",
    "([",
    "<a.com|",
    "<http://a.com|x",
    "<a@b.co",
    "\\<t:1",
    "`a",
    "a.com/",
    "a.com/!",
    "a.com)",
    ".a.com",
    "!" + "[a](a.com)",
]


def repeat(piece: str, length: int) -> str:
    return piece * (length // len(piece))


def calls(msg: str) -> int:
    """How many functions run, those of `re` and `str` included."""
    count = 0

    def tally(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        parse(msg)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_length_is_twice_the_work(piece: str) -> None:
    assert calls(repeat(piece, 10_000)) <= 2.1 * calls(repeat(piece, 5_000)) + 50
