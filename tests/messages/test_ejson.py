"""Dates of stored documents, as DDP has them: found by their key, in the text."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parley.db.documents import decode, encode
from parley.messages.ejson import with_dates

DATE, MS = "2026-01-02T03:04:05.678Z", 1767323045678

words = st.text() | st.sampled_from([f'"ts":"{DATE}"', DATE, '\\"ts":"', "ts"])


@given(words, words)
def test_dates_are_found_and_text_is_left_alone(text: str, key: str) -> None:
    def doc(date: Any) -> dict[str, Any]:
        deep = {"attachments": [{"ts": date, "text": text}], "servedBy": {"ts": date}}
        return {"msg": text, "x" + key: DATE, "ts": date, "closedAt": date, **deep, "lm": "soon"}

    assert decode(with_dates(encode(doc(DATE)))) == doc({"$date": MS})


def test_what_is_no_date_stays() -> None:
    for text in ('{"ts":"2026-13-02T03:04:05.678Z"}', '{"ts":null}', encode({"name": DATE})):
        assert with_dates(text) == text
