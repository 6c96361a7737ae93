"""What an agent writes in a room of another channel goes out there, by a durable job."""

from parley.db import Tx
from parley.db.documents import Doc
from parley.jobs import enqueue

SMS, EMAIL = "sms-out", "email-out"
"""Jobs; their document is `{_id}` of the message."""


def files_of(message: Doc) -> list[Doc]:
    """What the agent has sent; pictures made from it stay here."""
    return [message["file"]] if message.get("file") else []


async def deliver(tx: Tx, room: Doc, message: Doc) -> None:
    for key, kind in (("sms", SMS), ("email", EMAIL)):
        if key in room and (message["msg"].strip() or files_of(message)):
            await enqueue(tx, kind, {"_id": message["_id"]}, key=f"{kind}:{message['_id']}")
