"""What a transcript says, whichever way it is shown: everything in it may be read by the visitor.

Names, times and texts are as they will stand there; nothing is escaped yet.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Literal
from unicodedata import category

import msgspec

from parley.clock import parse
from parley.db.documents import Doc
from parley.preferences.reporting_zone import zone_name

NEVER_SHOWN = (
    "livechat_navigation_history",
    "livechat_transcript_history",
    "command",
    "livechat-close",
    "livechat-started",
    "omnichannel_priority_change_history",
    "omnichannel_sla_change_history",
    "rm",
)
"""Kinds of system messages that are in no transcript."""

AGENT = "Agent"
"""Stands for every agent's name where `Livechat_show_agent_info` is off."""
LONGEST_TEXT = 100_000
"""Characters of one message."""
LONGEST_NAME = 200
MOST_LINES = 50
"""Of what hangs on one message: attachments, their fields, what they quote."""
NESTED = 3

_SYSTEM = {
    "uj": "{} joined the conversation.",
    "ul": "{} left the conversation.",
    "livechat_transfer_history": "{} handed the conversation on.",
    "omnichannel_placed_chat_on_hold": "{} placed the conversation on hold.",
    "omnichannel_on_hold_chat_resumed": "{} resumed the conversation.",
}
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that turn the text around them about: they would let a text look like another line."""


class Attached(msgspec.Struct):
    """`text` is one line or several. `file`: an upload's id, where it links to a picture here;
    `picture`: its place in `Transcript.pictures`, where it is shown."""

    text: str
    file: str = ""
    picture: int | None = None


class Entry(msgspec.Struct):
    """`at` is the wall's time, to the minute. `who` is empty of what the server itself says."""

    at: str
    who: str
    side: Literal["visitor", "agent", "system"]
    text: str
    attached: list[Attached] = []

    @property
    def length(self) -> int:
        return len(self.who) + len(self.text) + sum(len(each.text) for each in self.attached)


class Picture(msgspec.Struct):
    name: str
    type: str
    data: bytes


class Transcript(msgspec.Struct):
    """`entries` in order of time. `ended` is empty while the conversation goes on."""

    site: str
    visitor: str
    zone: str
    started: str
    ended: str
    entries: list[Entry]
    beginning_left_out: bool = False
    pictures: list[Picture] = []
    pictures_left_out: int = 0

    @property
    def title(self) -> str:
        return f"{self.site}: conversation with {self.visitor}"

    @property
    def heading(self) -> list[str]:
        ended = f", ended {self.ended}" if self.ended else ", which goes on"
        lines = [f"Started {self.started}{ended}. Times are in {self.zone}."]
        if self.beginning_left_out:
            lines.append("It was long: its beginning is left out.")
        return lines

    @property
    def closing(self) -> list[str]:
        """What stands at the end."""
        lines = [f"The conversation ended at {self.ended}." if self.ended else "It goes on."]
        if self.beginning_left_out:
            lines.append(f"This is its end only: the newest {len(self.entries)} messages.")
        if self.pictures_left_out:
            what = "picture is" if self.pictures_left_out == 1 else "pictures are"
            lines.append(f"{self.pictures_left_out} {what} named here and not shown.")
        return lines


class Showing(msgspec.Struct, frozen=True):
    """How a conversation is told: `named` shows agents' names."""

    zone: tzinfo
    named: bool

    def at(self, ts: str) -> str:
        return parse(ts).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")


def transcript_of(room: Doc, settings: Mapping[str, Any], showing: Showing) -> Transcript:
    """Without its entries."""
    return Transcript(
        site=_line(settings["Site_Name"]) or "Parley",
        visitor=_line(room.get("fname")) or "a visitor",
        zone=zone_name(showing.zone),
        started=showing.at(room["ts"]),
        ended=showing.at(room["closedAt"]) if room.get("closedAt") else "",
        entries=[],
    )


def entry_of(message: Doc, showing: Showing) -> Entry | None:
    """None for what says nothing."""
    mine = "token" in message
    who, at = _author(message, named=mine or showing.named), showing.at(message["ts"])
    if kind := message.get("t"):
        said = _SYSTEM.get(kind)
        return None if said is None else Entry(at, "", "system", said.format(who))
    attached = _attached(message.get("attachments"), NESTED, showing.named)[:MOST_LINES]
    text = plain(message["msg"])
    if not text and not attached:
        return None
    return Entry(at, who, "visitor" if mine else "agent", text, attached)


def _author(message: Doc, *, named: bool) -> str:
    if not named:
        return AGENT
    author = message["u"]
    name = message.get("alias") or author.get("name") or author["username"]
    return _line(name) or _line(author["username"]) or "?"


def _attached(attachments: Any, levels: int, named: bool) -> list[Attached]:
    found: list[Attached] = []
    for one in attachments if isinstance(attachments, list) else ():
        if not isinstance(one, dict) or len(found) >= MOST_LINES:
            break
        # Who is quoted may be an agent.
        quoted = one.get("author_name") if named else ""
        lines = [quoted, *(one.get(key) for key in ("title", "pretext", "text", "description"))]
        for field in one.get("fields") or ():
            if isinstance(field, dict):
                lines.append(f"{plain(field.get('title'))}: {plain(field.get('value'))}")
        text = "\n".join(filter(None, map(plain, lines[:MOST_LINES])))
        found.append(Attached(text, _file(one)))
        if levels > 1:
            found += _attached(one.get("attachments"), levels - 1, named)
    return [each for each in found if each.text or each.file]


def _file(attachment: Doc) -> str:
    """A link of ours only: nothing is fetched from elsewhere."""
    link = attachment.get("image_url")
    parts = link.split("/") if isinstance(link, str) else []
    return parts[2] if len(parts) == 4 and parts[:2] == ["", "file-upload"] else ""


def plain(text: Any) -> str:
    """Without what is no letter: control characters, and marks that turn what is around them."""
    if not isinstance(text, str):
        return "" if text is None or isinstance(text, dict | list) else str(text)
    cut = text[:LONGEST_TEXT] + ("…" if len(text) > LONGEST_TEXT else "")
    lines = cut.replace("\r\n", "\n").replace("\r", "\n")
    lines = lines.replace("\u2028", "\n").replace("\u2029", "\n").replace("\t", "    ")
    return "".join(c for c in lines if c == "\n" or _shows(c)).strip("\n")


def _shows(char: str) -> bool:
    return char not in _DIRECTIONS and category(char) not in ("Cc", "Cs")


def _line(text: Any) -> str:
    return " ".join(plain(text).split())[:LONGEST_NAME]
