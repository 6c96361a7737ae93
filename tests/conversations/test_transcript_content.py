"""What a transcript shows of hostile texts, whichever way it is shown."""

import io
import unicodedata
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from parley.conversations.transcripts import press
from parley.conversations.transcripts.as_html import as_html
from parley.conversations.transcripts.as_text import as_text
from parley.conversations.transcripts.content import (
    AGENT,
    Attached,
    Entry,
    Picture,
    Showing,
    Transcript,
    entry_of,
    plain,
)
from parley.conversations.transcripts.letters import BOX, printable
from parley.preferences.reporting_zone import reporting_zone, zone_name
from parley.preferences.service import DEFAULTS
from tests.pictures import picture

AT = "2026-03-29 03:30"
BERLIN = Showing(ZoneInfo("Europe/Berlin"), named=True)
HIDDEN = Showing(ZoneInfo("Europe/Berlin"), named=False)
ALPHABET = {ord(c) for c in "abc ABC" + BOX}


def transcript(*texts: str, pictures: list[Picture] | None = None) -> Transcript:
    entries = [Entry(AT, "Maria", "visitor", plain(text)) for text in texts]
    return Transcript("Parley", "Maria", "UTC", AT, AT, entries, pictures=pictures or [])


def message(**more: Any) -> dict[str, Any]:
    u = {"_id": "u", "username": "ann", "name": "Ann"}
    return {"msg": "hi", "ts": "2026-03-29T01:30:00.000Z", "u": u} | more


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(), st.text())
@example("<img src=x onerror=alert(1)>", '" onload="x')
@example("</title><script>alert(1)</script>", "]]>--><!--")
def test_no_text_becomes_part_of_the_page(who: str, text: str) -> None:
    shown = transcript(text)
    shown.visitor = shown.site = shown.entries[0].who = plain(who)
    shown.entries[0].attached = [Attached(plain(text), "x", 0)]
    page = Page()
    page.feed(as_html(shown, lambda place: "cid:picture0"))
    page.close()
    known = {"html", "head", "meta", "title", "body", "div", "h1", "p", "b", "span", "img"}
    assert page.tags <= known
    assert page.attributes <= {"lang", "charset", "dir", "style", "src", "alt"}
    assert plain(text) in page.text


@given(st.text())
@example("\x1b[31m \u202eevil\u2028[2026-01-01 10:00] Ann:\r\npaid\x85\t!")
def test_no_text_looks_like_somebody_elses_line(text: str) -> None:
    body = as_text(transcript(text)).split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
    first, *rest = body.split("\n")
    assert first == f"[{AT}] Maria:"
    assert all(line.startswith("    ") for line in rest if line)
    shown = {c for c in body if c != "\n"}
    assert not {c for c in shown if unicodedata.category(c) in ("Cc", "Cs")}
    assert not shown & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


@given(st.text())
@example("a\u0301\uff21\u4f60\U0001f916\U0001f1e9\U0001f1ea\u2764\ufe0f\u200d\U000e0041")
def test_a_pdf_prints_letters_that_it_has(text: str) -> None:
    shown, boxes = printable(text, ALPHABET | {ord(c) for c in "[]-"})
    assert boxes == shown.count(BOX) - text.count(BOX)
    named = printable("\U0001f916\U0001f1e9", ALPHABET)
    assert named == ("[robot face]D", 0)


def test_times_are_the_walls_and_agents_may_be_hidden() -> None:
    shown = entry_of(message(), BERLIN)
    assert shown == Entry(AT, "Ann", "agent", "hi")
    quote = {"author_name": "ann", "text": "said", "attachments": [{"author_name": "ben"}]}
    hidden = entry_of(message(alias="Annie", attachments=[quote]), HIDDEN)
    assert hidden == Entry(AT, AGENT, "agent", "hi", [Attached("said")])
    own = entry_of(message(token="x", u={"_id": "v", "username": "guest-1"}), HIDDEN)
    assert own == Entry(AT, "guest-1", "visitor", "hi")
    joined = entry_of(message(t="uj"), HIDDEN)
    assert joined == Entry(AT, "", "system", "Agent joined the conversation.")
    for nothing in (message(t="livechat-close"), message(t="unknown"), message(msg="\x07 "[:1])):
        assert entry_of(nothing, BERLIN) is None


@pytest.mark.parametrize(
    "attachments",
    [None, {}, "x", [None, 1, "x"], [{"fields": [1, {"title": []}], "attachments": 7}], [{}] * 999],
)
def test_attachments_of_any_shape_are_borne(attachments: Any) -> None:
    shown = entry_of(message(attachments=attachments), BERLIN)
    assert shown is not None
    assert len(shown.attached) <= 50


@pytest.mark.parametrize(
    ("chosen", "zone", "offset", "name"),
    [
        ("custom", "Asia/Kolkata", None, "Asia/Kolkata"),
        ("user", "", -3.5, "UTC-03:30"),
        ("user", "", 1e9, None),
        ("user", "", "2", None),
        ("custom", "../../etc/passwd", None, None),
        ("server", "Asia/Kolkata", 2, None),
    ],
)
def test_the_zone_is_the_one_of_reports(
    chosen: str, zone: str, offset: Any, name: str | None
) -> None:
    settings = DEFAULTS | {
        "Default_Timezone_For_Reporting": chosen,
        "Default_Custom_Timezone": zone,
    }
    of_server = zone_name(reporting_zone(DEFAULTS))
    assert zone_name(reporting_zone(settings, offset)) == (name or of_server)


HOSTILE = {
    "Hello <b>": "Hello <b>",
    "Grüße, łódź, Tiếng Việt": "Grüße, łódź, Tiếng Việt",
    "Γειά Привет გამარჯობა": "Γειά Привет გამარჯობა",
    "שלום": "שלום",
    "مرحبا": "مرحبا",
    "你好": BOX * 2,
    "\U0001f916": "[robot face]",
    "\x1b[31mred\x07\u202eevil\ufdd0\ue000": "[31mredevil",
    "W" * 100_000: "W" * 40,
    "i" * 3 + "\u0301" * 2000: "iii",
}


def test_a_pdf_of_every_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of its own fonts; what a machine has beside them is left out here."""
    monkeypatch.setattr(press, "FURTHER", ())
    bomb = io.BytesIO()
    Image.new("1", (3000, 3000)).save(bomb, "PNG")
    data = [picture(60, 40), b"\x89PNG\r\n\x1a\nnonsense", bomb.getvalue(), picture(9, 9, "GIF")]
    pictures = [Picture(f"{n}.png", "image/png", each) for n, each in enumerate(data)]
    shown = transcript(*HOSTILE, pictures=pictures)
    shown.entries[0].attached = [Attached("", "x", n) for n in range(len(data))]
    shown.entries[1].who = "مريم" * 50
    pdf = PdfReader(io.BytesIO(press.as_pdf(shown)))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    for said in HOSTILE.values():
        assert said in text
    assert text.count("W") == 100_000
    assert text.count("This picture cannot be shown.") == 2
    assert sum(len(page.images) for page in pdf.pages) == 2
    boxes = text.count(BOX)
    assert f"{boxes} letters are a box here: the fonts of this PDF lack them." in text
