"""The text of an HTML mail, as a message: no markup, no script, links written out."""

import re
from html.parser import HTMLParser

MOST = 1_000_000
"""Characters that are looked at."""
_SILENT = {"script", "style", "head", "title", "template", "noscript", "svg", "math"}
_BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "blockquote", "pre", "hr", "section"}
_HEADINGS = {f"h{n}" for n in range(1, 7)}
_BLOCKS |= _HEADINGS
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]{1,2000}", re.IGNORECASE)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []
        self._link = ""
        self._since = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag == "a":
            href = (dict(attrs).get("href") or "").strip()
            self._link = href if _LINK.fullmatch(href) else ""
            self._since = len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in ("p", "div", "tr", "table", "blockquote") or tag in _HEADINGS:
            self.parts.append("\n")
        elif tag == "a" and self._link:
            shown = "".join(self.parts[self._since :]).strip()
            if self._link.removeprefix("mailto:") not in shown:
                self.parts.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    reader = _Text()
    reader.feed(html[:MOST])
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
