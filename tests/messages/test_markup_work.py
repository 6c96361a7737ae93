"""A hostile message costs in proportion to its length: steps are counted, for a clock guesses."""

import sys

import pytest

from parley.messages.markup import Options, parse

ALL_ON = Options(katex_dollar=True)

LENGTH = 700
"""Of characters; past the bounds on a host, up to which a longer message may cost less."""

# Opened and never closed, closed and never opened, and rows of what waits for the next one.
PIECES = [
    *"[]()<>|@.+-_*~`#\\!:/a1\n\r\t $=D8é😀",
    *("**", "__", "~~", "||", "](", "![", "```", "$$", "\\(", "\\)", "\\[", "\\`", "] ["),
    *("> ", ">\n", "- ", "* ", "* a\n", "* *a\n", "1. ", "# ", "- [x] *", "```\n", "```\na"),
    *("||\n", "||\na\n", "||\n[a\n\r", "> *a\n", "a\n*"),
    *("*_", "_~", "*_~", "*_~[", "[_~*", "a\n**_~[", "||:)*_~[|| :)# ] [", "_~ #*_~||"),
    *("_a", "*a", "~a", "a*_b~c[", "* *", "*  ", "_ ", "*`", "_`*", "`a", "`*", "a_b.", "a_"),
    *("*[a](b.c", "[a*](b.c)", "[a](b.c)*", "*[\n](a.b)", "[a\n", "[*", "~[", "](*[_~:):"),
    *(
        "[a](",
        "[](",
        "[a](a@",
        "[a](b.c/",
        "[a](a.b(",
        "](a.b(a)",
        "([",
        "![a](b.c",
        "!a [b](c.de)",
    ),
    *("<a.b|", "<a.b|x", "<http://a.com|x", "<a@b.co", "<t:1", "\\<t:1", "<t:1700000000"),
    *("http://", "http://a", "https://a.com/(", "x://a:", "x://a@", "://", "a.com/!", "a.com)"),
    *("a.", "a-", "_a.b", "_a.b_", "-_a.b", "a@", "'a", "a'", "@a", "@a ", "@@", "@a__", "a#b"),
    *("a@b.co,", "#a", "+1", "+(1", "+1-", "(+1"),
    *(":a", ":a:", ":)", "||:)", "|| :)", "-_-", "-_-a", "D:", "*:", "*)", "👍🏽", "👨\u200d"),
    *("color:#fff", "$x", "\\(x"),
]
# Closed at last, which only the end of the message tells.
ENDS = ["", "](a.b)*_~||"]

MOST_STEPS = 300
"""For a character. Plain text takes less than one."""


def steps(msg: str) -> int:
    """How many functions run, those of `re` and `str` included."""
    count = 0

    def tally(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        parse(msg, ALL_ON)
    finally:
        sys.setprofile(before)
    return count


def repeat(piece: str, length: int) -> str:
    return piece * (length // len(piece) // 4 * 4)


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_length_is_twice_the_work(piece: str) -> None:
    for end in ENDS:
        one, two, four = (steps(repeat(piece, LENGTH * times) + end) for times in (1, 2, 4))
        assert four - two <= 2.2 * max(two - one, 0) + 300
        assert four <= MOST_STEPS * LENGTH * 4
