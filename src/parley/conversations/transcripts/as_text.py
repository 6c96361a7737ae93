"""A transcript as plain text."""

from parley.conversations.transcripts.content import Entry, Transcript

INDENT = "    "
"""Of what people wrote: so nobody writes a line that looks like somebody else's."""


def as_text(transcript: Transcript) -> str:
    heading = "\n".join([transcript.title, *transcript.heading])
    closing = "\n".join(transcript.closing)
    return "\n\n".join([heading, *map(_entry, transcript.entries), closing]) + "\n"


def _entry(entry: Entry) -> str:
    if entry.side == "system":
        return f"[{entry.at}] {entry.text}"
    texts = [entry.text, *(f"({each.text})" for each in entry.attached if each.text)]
    lines = [line for text in texts if text for line in text.split("\n")]
    return "\n".join([f"[{entry.at}] {entry.who}:", *(f"{INDENT}{line}" for line in lines)])
