"""Forms: what is sent comes out, however it is cut; what is doubtful is refused; work is linear."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.web.multipart import HEAD_LIMIT, Malformed, Multipart, Part, boundary_of

BOUNDARY = b"b"
Parts = list[tuple[str, str | None, bytes]]


def written(parts: Parts, boundary: bytes = BOUNDARY) -> bytes:
    out = b""
    for name, filename, content in parts:
        where = f'form-data; name="{name}"'
        where += "" if filename is None else f'; filename="{filename}"'
        head = f"Content-Disposition: {where}\r\nContent-Type: a/b\r\n\r\n"
        out += b"--" + boundary + b"\r\n" + head.encode() + content + b"\r\n"
    return out + b"--" + boundary + b"--"


def read(data: bytes, cuts: list[int], boundary: bytes = BOUNDARY) -> Parts:
    form = Multipart(boundary)
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    found: list[tuple[Part, bytearray]] = []
    for start, end in pairwise(places):
        for event in form.feed(data[start:end]):
            if isinstance(event, Part):
                found.append((event, bytearray()))
            else:
                found[-1][1].extend(event)
    form.finish()
    return [(part.name, part.filename, bytes(content)) for part, content in found]


contents = (
    st.lists(
        st.sampled_from(
            [b"\r", b"\n", b"-", b"--", b"\r\n--", b"b", b"\r\n--a", b"\0", b"\xff", b"x"]
        ),
        max_size=30,
    )
    .map(b"".join)
    .filter(lambda content: b"\r\n--b" not in b"\r\n" + content + b"\r\n")
)
words = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n%'), max_size=8)
forms = st.lists(st.tuples(words, st.none() | words, contents), max_size=5)
cuts = st.lists(st.integers(0, 400), max_size=40)


@settings(max_examples=300, deadline=None)
@given(forms, cuts)
@example([("a", "f", b"")], [])
@example([("a", "f", b"x")], list(range(400)))
def test_what_is_sent_comes_out_however_it_is_cut(parts: Parts, cuts: list[int]) -> None:
    assert read(written(parts), cuts) == parts
    assert read(b"preamble\r\n" + written(parts) + b"\r\nepilogue", cuts) == parts


@settings(max_examples=300, deadline=None)
@given(forms.filter(bool), st.integers(0, 10_000))
def test_what_is_cut_off_is_no_form(parts: Parts, at: int) -> None:
    data = written(parts)
    with pytest.raises(Malformed):
        read(data[: at % len(data)], [])


WORDS = b"--b|\r\n|--|Content-Disposition: form-data|; name=|\"|a|:|; filename*=UTF-8''%| |X: x"
pieces = st.sampled_from([*WORDS.split(b"|"), b"\\", b"\r\n\r\n", b"\xff", b"\0"])


@settings(max_examples=500, deadline=None)
@given(st.lists(pieces, max_size=60).map(b"".join), cuts)
def test_anything_is_read_or_refused_alike_in_one_piece_and_in_many(
    data: bytes, cuts: list[int]
) -> None:
    def outcome(cuts: list[int]) -> Parts | None:
        try:
            return read(data, cuts)
        except Malformed:
            return None

    assert outcome(cuts) == outcome([])


HEADS = {
    "no header": b"",
    "no disposition": b"Content-Type: a/b",
    "no name": b"Content-Disposition: form-data",
    "not of a form": b"Content-Disposition: attachment; name=a",
    "twice": b"Content-Disposition: form-data; name=a\r\ncontent-disposition: form-data; name=b",
    "a name twice": b"Content-Disposition: form-data; name=a; NAME=b",
    "folded": b"Content-Disposition: form-data;\r\n name=a",
    "a space before the colon": b"Content-Disposition : form-data; name=a",
    "an open quote": b'Content-Disposition: form-data; name="a',
    "encoded": b"Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
    "endless": b"Content-Disposition: form-data; name=a\r\nX: " + b"x" * HEAD_LIMIT,
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_doubtful_head_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        read(b"--b\r\n" + head + b"\r\n\r\nx\r\n--b--", [])


def test_what_follows_a_boundary_is_looked_at_and_parts_are_counted() -> None:
    for data in (b"--bb\r\n", b"--b \r\n", b"--b-\r\n"):
        with pytest.raises(Malformed):
            read(data, [])
    assert len(read(written([("a", None, b"")] * 32), [])) == 32
    with pytest.raises(Malformed):
        read(written([("a", None, b"")] * 33), [])


NAMES = {
    'filename="a b.png"': "a b.png",
    "filename=plain": "plain",
    'filename=""': "",
    'filename="a\\"b"': 'a"b',
    'filename="a%22b%0D%0A%41"': 'a"b\r\n%41',
    'filename="C:\\dir\\file.txt"': "C:\\dir\\file.txt",
    "filename=\"x\"; filename*=UTF-8''%E2%82%AC%00": "€\0",
    "filename=\"x\"; filename*=latin-1''%FF": "x",
    'filename="\xff"': "\xff",
}


@pytest.mark.parametrize("sent", NAMES)
def test_names_as_browsers_and_others_write_them(sent: str) -> None:
    head = f'Content-Disposition: form-data; name="file"; {sent}'.encode()
    [(_, filename, _)] = read(b"--b\r\n" + head + b"\r\n\r\nx\r\n--b--", [])
    assert filename == NAMES[sent]


def test_the_boundary_of_a_content_type() -> None:
    right = ["multipart/form-data; boundary=b", 'Multipart/Form-Data;boundary="b"; charset=utf-8']
    right.append("multipart/form-data; charset=utf-8; BOUNDARY=b")
    assert {boundary_of(text) for text in right} == {b"b"}
    wrong = ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary="]
    wrong += ["multipart/mixed; boundary=b", f"multipart/form-data; boundary={'b' * 71}"]
    wrong += ["multipart/form-data; boundary=\xe9", "multipart/form-data; boundary=b c"]
    assert {boundary_of(text) for text in wrong} == {None}


def test_the_work_is_linear_in_what_was_sent() -> None:
    """Counted, not timed: what is kept between two pieces is never longer than a boundary."""
    form = Multipart(b"b" * 70)
    for event in (b"--" + b"b" * 70, b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n'):
        form.feed(event)
    hostile = (b"\r\n--" + b"b" * 69) * 2000
    for start in range(0, len(hostile), 1000):
        form.feed(hostile[start : start + 1000])
        assert len(form._buffer) < 75
