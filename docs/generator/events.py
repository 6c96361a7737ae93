"""What is told to others: events of the outbox, entries of the audit log."""

import tomllib
from pathlib import Path

from docs.generator.markdown import NOTE, code, table
from docs.generator.source import emitted, recorded

STREAMS = {
    "room": "`room:<room id>`",
    "user": "`user:<user id>`",
    "queue": "`queue:<department id>`, or `queue:public` without a department",
    "office": "`office`, which is not told by `livechat/events`",
}


def described() -> dict[str, dict[str, str]]:
    """{stream: {kind: what happened}}, written by hand."""
    return tomllib.loads(Path(__file__).with_name("events.toml").read_text())


def events_page() -> str:
    texts = described()
    parts = []
    for stream, name in STREAMS.items():
        kinds = sorted(e.kind for e in emitted() if e.stream == stream)
        rows = [(code(kind), texts.get(stream, {}).get(kind, "")) for kind in kinds]
        parts.append(f"## {stream}\n{name}\n\n" + table(("event", "what happened"), rows))
    acts = [(code(act.what), act.target) for act in sorted(recorded())]
    return f"""{NOTE}
# Events

A change is written together with its events: a numbered list for each stream, without holes. An
event names what changed, by id; it holds no text of a message and no secret. Events are kept for 7
days. `GET /api/v1/livechat/events` tells them as they happen, each with the document that changed.

{chr(10).join(parts)}
## Audit log
Acts that administer something are also recorded with who, when and from where. Read them by
`GET /api/v1/audit.events`, which asks for `view-logs`.

{table(("act", "done to"), acts)}"""
