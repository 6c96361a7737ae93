"""A transcript as a page for a mail program: nothing in it runs, and nothing is fetched."""

from collections.abc import Callable
from html import escape

from parley.conversations.transcripts.content import Entry, Transcript

_PAGE = "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45;color:#1f2329"
_SOFT = "color:#5f6670;font-size:13px"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;margin:2px 0"
_SIDES = {"visitor": "#f1f3f5", "agent": "#e7f0fb"}


def as_html(transcript: Transcript, source: Callable[[int], str]) -> str:
    """`source`: what the `src` of a picture is, by its place."""
    entries = "\n".join(_entry(entry, source) for entry in transcript.entries)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(transcript.title)}</title></head>
<body style="margin:0;padding:16px;background:#ffffff">
<div style="max-width:640px;margin:0 auto;{_PAGE}">
<h1 dir="auto" style="font-size:19px;margin:0 0 4px">{escape(transcript.title)}</h1>
{_notes(transcript.heading)}
{entries}
{_notes(transcript.closing)}
</div>
</body>
</html>
"""


def _notes(lines: list[str]) -> str:
    return "\n".join(f'<p style="{_SOFT};margin:0 0 12px">{escape(line)}</p>' for line in lines)


def _entry(entry: Entry, source: Callable[[int], str]) -> str:
    if entry.side == "system":
        said = f"{escape(entry.text)} {entry.at}"
        return f'<p dir="auto" style="{_SOFT};text-align:center;margin:10px 0">{said}</p>'
    box = f"background:{_SIDES[entry.side]};border-radius:8px;padding:8px 12px;margin:0 0 8px"
    who = f'<b dir="auto">{escape(entry.who)}</b> <span style="{_SOFT}">{entry.at}</span>'
    parts = [f"<div>{who}</div>"]
    if entry.text:
        parts.append(_block(entry.text))
    for each in entry.attached:
        if each.picture is not None:
            style = "max-width:100%;height:auto;border-radius:4px;display:block;margin:4px 0"
            src, alt = escape(source(each.picture)), escape(each.text)
            parts.append(f'<img src="{src}" alt="{alt}" style="{style}">')
        if each.text:
            parts.append(
                _block(each.text, f"border-left:3px solid #c3c9d1;padding-left:8px;{_SOFT};")
            )
    return f'<div style="{box}">{"".join(parts)}</div>'


def _block(text: str, style: str = "") -> str:
    return f'<div dir="auto" style="{style}{_TEXT}">{escape(text)}</div>'
