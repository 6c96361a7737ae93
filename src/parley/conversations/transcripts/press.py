"""A transcript as a PDF: a program that reads it from its input and prints to its output.

It runs as a process of its own (`printing.py`), within limits that it sets itself. Nothing of it is
fetched, and what cannot be shown is left out: it is anybody's text and pictures.
"""

import contextlib
import io
import logging
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from parley.conversations.transcripts.content import Entry, Picture, Transcript
from parley.conversations.transcripts.letters import from_right, lacking, needs_shaping, printable

FULL = 3
"""The status when memory ran out."""
MOST_MEMORY = 1024 * 1024 * 1024
"""Bytes of addresses; a long conversation takes a tenth of it."""
MOST_SECONDS = 240
"""Of the processor."""
POLITE = 10
MOST_PIXELS = 4_000_000
PICTURE = (80.0, 60.0)
"""Millimetres that a picture fits in."""
SHARP = (960, 720)
WIDEST_NAME, SHORT_NAME = 120.0, 30
"""Millimetres; letters of one that is wider."""

# FiraGO has Latin, Greek, Cyrillic, Georgian, Arabic, Hebrew, Devanagari and Thai.
PLAIN, BOLD, SIGNS = "figo", "figbo", "symbol2"
FURTHER = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansArmenian-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansBengali-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansTamil-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansTelugu-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansEthiopic-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansKhmer-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansMyanmar-Regular.ttf",
)
"""Looked at, in this order, for letters that ours lack, where somebody has installed them: Debian's
fonts-noto-cjk or fonts-droid-fallback (Chinese, Japanese, Korean) and fonts-noto-core."""

_INK, _SOFT = (31, 35, 41), (95, 102, 112)
_NAMES = {"visitor": (70, 76, 84), "agent": (28, 84, 148)}


def main() -> None:
    _limit()
    # What a library says of somebody's text is nobody's business.
    logging.disable(logging.CRITICAL)
    try:
        transcript = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Transcript)
        pdf = as_pdf(transcript)
    except MemoryError:
        sys.exit(FULL)
    sys.stdout.buffer.write(pdf)


def _limit() -> None:
    # Where the system lets nobody set them (a service without @resources), time is bounded outside.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with contextlib.suppress(OSError):
        os.nice(POLITE)


def as_pdf(transcript: Transcript) -> bytes:
    """Takes seconds, where it is long."""
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        return _Printer(transcript, Path(folder)).printed()


class _Printer:
    def __init__(self, transcript: Transcript, folder: Path) -> None:
        from fpdf import FPDF
        from fpdf.enums import XPos, YPos

        self._transcript = transcript
        self._boxes = 0
        self._next_line: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}
        pdf = self._pdf = FPDF(format="A4")
        pdf.set_margin(18)
        pdf.c_margin = 0
        pdf.set_auto_page_break(True, margin=20)
        self._letters = self._load_fonts(folder)
        pdf.set_title(self._shown(transcript.title))
        pdf.set_creator("Parley")
        pdf.set_lang("en")
        pdf.footer = self._footer  # type: ignore[method-assign] # how fpdf2 asks for one

    def _load_fonts(self, folder: Path) -> set[int]:
        """The letters that there are; of further fonts only those that are needed are opened."""
        import pymupdf_fonts

        files = {}
        for name in (PLAIN, BOLD, SIGNS):
            files[name] = folder / f"{name}.ttf"
            files[name].write_bytes(pymupdf_fonts.fontbuffers[name]())
        letters = self._add("text", files[PLAIN]) & self._add("text", files[BOLD], "B")
        letters |= self._add("signs", files[SIGNS])
        families = ["signs"]
        missing = lacking("".join(self._texts()), letters)
        for number, file in enumerate(FURTHER):
            if missing and Path(file).is_file():
                added = self._add(f"further{number}", Path(file))
                families.append(f"further{number}")
                letters |= added
                missing = {char for char in missing if ord(char) not in added}
        self._pdf.set_fallback_fonts(families, exact_match=False)
        return letters

    def _add(self, family: str, file: Path, style: str = "") -> set[int]:
        self._pdf.add_font(family, style, file)
        added: Any = self._pdf.fonts[family + style]
        return set(added.cmap)

    def _texts(self) -> Iterator[str]:
        transcript = self._transcript
        yield from (transcript.title, transcript.zone)
        for entry in transcript.entries:
            yield from (entry.who, entry.text, *(each.text for each in entry.attached))

    def printed(self) -> bytes:
        self._pdf.add_page()
        self._write(self._transcript.title, size=15, style="B", height=8)
        self._notes(self._transcript.heading)
        for entry in self._transcript.entries:
            self._entry(entry)
        self._pdf.ln(4)
        self._notes(self._transcript.closing)
        if self._boxes:
            what = "letter is" if self._boxes == 1 else "letters are"
            self._notes([f"{self._boxes} {what} a box here: the fonts of this PDF lack them."])
        return bytes(self._pdf.output())

    def _notes(self, lines: list[str]) -> None:
        for line in lines:
            self._write(line, size=9, colour=_SOFT)

    def _entry(self, entry: Entry) -> None:
        pdf = self._pdf
        # What it says first stands with the name above it.
        if pdf.will_page_break(14 if entry.text else 14 + PICTURE[1]):
            pdf.add_page()
        pdf.ln(3)
        if entry.side == "system":
            self._write(f"{entry.text} {entry.at}", size=9, colour=_SOFT)
            return
        self._head(entry)
        if entry.text:
            self._write(entry.text)
        for each in entry.attached:
            if each.picture is not None:
                self._picture(self._transcript.pictures[each.picture])
            if each.text:
                self._write(each.text, size=9, colour=_SOFT)

    def _head(self, entry: Entry) -> None:
        """Name and time are two texts: one of them may be written from right to left."""
        pdf, who = self._pdf, self._shown(entry.who)
        pdf.set_font("text", "B", 9)
        pdf.set_text_color(*_NAMES[entry.side])
        pdf.set_text_shaping(needs_shaping(who))
        if pdf.get_string_width(who) > WIDEST_NAME:
            who = who[:SHORT_NAME] + "…"
        pdf.cell(min(pdf.get_string_width(who), WIDEST_NAME) + 2.5, 4.5, who)
        pdf.set_font("text", "", 9)
        pdf.set_text_color(*_SOFT)
        pdf.set_text_shaping(False)
        pdf.cell(0, 4.5, entry.at, **self._next_line)

    def _write(
        self,
        text: str,
        *,
        size: float = 10.5,
        style: str = "",
        height: float = 0,
        colour: tuple[int, int, int] = _INK,
    ) -> None:
        pdf = self._pdf
        pdf.set_font("text", style, size)
        pdf.set_text_color(*colour)
        for line in self._shown(text).split("\n"):
            pdf.set_text_shaping(needs_shaping(line))
            side = "R" if from_right(line) else "L"
            pdf.multi_cell(0, height or size * 0.5, line, align=side, **self._next_line)

    def _shown(self, text: str) -> str:
        shown, boxes = printable(text, self._letters)
        self._boxes += boxes
        return shown

    def _picture(self, picture: Picture) -> None:
        """Nothing where it is none, whatever it says of itself."""
        try:
            small = _unpacked(picture.data)
        except MemoryError:
            raise
        except Exception:
            self._write("(This picture cannot be shown.)", size=9, colour=_SOFT)
            return
        scale = min(PICTURE[0] / small.width, PICTURE[1] / small.height, 0.2646)
        width, height = small.width * scale, small.height * scale
        if self._pdf.will_page_break(height + 2):
            self._pdf.add_page()
        self._pdf.image(small, w=width, h=height)
        self._pdf.ln(1.5)

    def _footer(self) -> None:
        pdf = self._pdf
        pdf.set_y(-14)
        pdf.set_font("text", "", 8)
        pdf.set_text_color(*_SOFT)
        pdf.set_text_shaping(False)
        pdf.cell(0, 5, f"{pdf.page_no()} / {{nb}}", align="R")


def _unpacked(data: bytes) -> Any:
    """On white, small enough, and without anything beside its pixels."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF", "WEBP"]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too large")
        clear = image.convert("RGBA")
        clear.thumbnail(SHARP)
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear)
        return white


if __name__ == "__main__":
    main()
