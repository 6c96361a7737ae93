"""Threads: the message that answers hang on tells how many, when the last came, and by whom.

Its other keys are not touched; `service.py` and `change.py` store it.
"""

from parley.db import Reader
from parley.db.documents import Doc
from parley.messages.store import find_message, newest_reply

MOST_REPLIERS = 100


async def root_of(q: Reader, message: Doc) -> Doc | None:
    """The message that this one hangs on, if it is still there."""
    key = message.get("tmid")
    return await find_message(q, key) if key else None


def with_reply(root: Doc, reply: Doc) -> Doc:
    """`replies` are the ids of those who wrote in the thread, who began it first."""
    writers = [*root.get("replies", [root["u"]["_id"]]), reply["u"]["_id"]]
    told = {"tcount": root.get("tcount", 0) + 1, "tlm": reply["ts"]}
    return root | told | {"replies": list(dict.fromkeys(writers))[:MOST_REPLIERS]}


async def without_reply(q: Reader, root: Doc, reply: Doc) -> Doc:
    last = await newest_reply(q, root, reply["_id"])
    if last is None:
        return {key: root[key] for key in root if key not in ("tcount", "tlm", "replies")}
    return root | {"tcount": max(1, root.get("tcount", 0) - 1), "tlm": last}
