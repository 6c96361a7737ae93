"""Query strings against npm qs, form bodies, and hostile input."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from parley.web.query import parse_form, parse_query

VECTORS = json.loads((Path(__file__).parent / "qs_vectors.json").read_text())


def test_reads_what_qs_reads() -> None:
    assert len(VECTORS) > 700
    for text, *answer in VECTORS:
        try:
            got: list[Any] = [parse_query(text.encode("latin-1"))]
        except ValueError:
            got = []
        assert got == answer, text


@pytest.mark.parametrize(
    "raw",
    [
        b"&".join([b"a=1"] * 501),
        b"&".join([b"a[]=1"] * 501),
        b"&".join(b"k%d=1" % n for n in range(1001)),
        b"a[500]=1",
        b"a[499]=1&a=2",
        b"&".join([b"a[]=1"] * 500) + b"&a=2",
    ],
)
def test_too_much_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="more than"):
        parse_query(raw)


def test_the_limits_themselves_are_allowed() -> None:
    assert len(parse_query(b"&".join([b"a[]=1"] * 500))["a"]) == 500
    assert len(parse_query(b"&".join(b"k%d=1" % n for n in range(1000)))) == 1000
    assert parse_query(b"a[499]=1") == {"a": ["1"]}


@pytest.mark.parametrize(
    "raw",
    [
        b"a" + b"[" * 200_000,
        b"a" + b"[]" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"&" * 200_000,
        b"%5b" * 70_000,
        b"%" * 200_000,
        b"&".join(b"a[%d][499][499][499][499]=x" % (n % 500) for n in range(999)),
        b"&".join(b"a[%d]=x&a[q%d]=1" % (n, n) for n in range(499)),
        b"&".join(b"a%s]=1" % (b"[" * n) for n in range(600)),
    ],
    ids=range(9),
)
def test_hostile_queries_cost_little(raw: bytes) -> None:
    began = time.process_time()
    with contextlib.suppress(ValueError):
        parse_query(raw)
    assert time.process_time() - began < 1


def test_no_key_can_shadow_what_python_objects_have() -> None:
    assert parse_query(b"__proto__=1&constructor[prototype][x]=1&__class__=2") == {"__class__": "2"}


def test_form_bodies_are_flat() -> None:
    assert parse_form(b"a=1&a=2&b[]=x&c&=e&&d=%C3%A9+%zz%FF&__proto__=p") == {
        "a": "2", "b[]": "x", "c": "", "": "e", "d": "\u00e9 %zz\ufffd", "__proto__": "p",
    }  # fmt: skip
    assert parse_form(b"") == {}
