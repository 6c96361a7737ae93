"""What a visitor writes while they are being verified is looked at by a durable job."""

from collections.abc import Mapping
from typing import Any

from parley.db import Tx
from parley.db.documents import Doc
from parley.jobs import enqueue

KIND = "verification-answer"
"""The job; its document is `{_id}` of the message."""


async def note_answer(tx: Tx, room: Doc, message: Doc, settings: Mapping[str, Any]) -> None:
    """Perhaps it is one: the job looks whether the chat waits for any."""
    if settings["Livechat_Require_Contact_Verification"] == "never":
        return
    if not room.get("verified") and "servedBy" not in room:
        await enqueue(tx, KIND, {"_id": message["_id"]}, key=f"{KIND}:{message['_id']}")
