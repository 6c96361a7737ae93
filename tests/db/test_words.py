"""What a text is searched by, and where it stands in it."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from parley.db.words import LONGEST_WORD, MOST_SEARCHED, searched, spans, words_of

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def test_words_of_many_scripts() -> None:
    for text, words in {
        "Déjà-vu, DEJA_VU!": "deja vu deja vu",
        "Straße STRASSE ﬁne Ⅳ x²": "strasse strasse fine iv x2",
        "İstanbul ΣΊΣΥΦΟΣ σίσυφος": "istanbul σισυφοσ σισυφοσ",
        "價格 is 5€": "價 格 is 5 €",
        "カタカナ，です": "カ タ カ ナ て す",
        "हिन्दी में": "हिनदी में".replace("\u094d", ""),
        "co\u00adoperate zero\u200bwidth": "cooperate zero width",
        "👍🏽 ok ❤️": "👍 ok ❤",
        "½ 1½": "1 2 11 2",
        "a@b.example/c?d=e": "a b example c d e",
        "": "",
        "?!": "",
    }.items():
        assert words_of(text) == words.split(), text
    assert searched("Hi, you") == " hi you "
    assert words_of("x" * 300) == ["x" * LONGEST_WORD]
    assert len(words_of("é " * MOST_SEARCHED)) == MOST_SEARCHED / 2


@given(texts)
@example("e\u0301\u0301 \u0301e 1\u20442")
@example("\u1e9e\u0130\ufb03\u3300\ufdfa\u0345")
def test_the_short_way_is_the_long_way(text: str) -> None:
    assert words_of(text) == [span.word for span in spans(text)]
    ascii_only = "".join(c for c in text if c.isascii()) + "é"
    assert [*words_of(ascii_only[:-1]), "e"] == words_of(ascii_only[:-1] + " é")
    for word, start, end in spans(text):
        assert 0 <= start < end <= len(text)
        assert words_of(word) == [word], "what is stored finds itself"
        assert not re.search(r"[\x00-\x2f:-@\[-`{-\x7f\s]", word), "the engines cut at blanks only"
