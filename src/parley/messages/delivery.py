"""What an agent writes in a room of another channel goes out there, by a durable job."""

from parley.db import Tx
from parley.db.documents import Doc
from parley.jobs import enqueue

SMS, EMAIL = "sms-out", "email-out"
"""Jobs; their document is `{_id}` of the message."""


async def deliver(tx: Tx, room: Doc, message: Doc) -> None:
    for key, kind in (("sms", SMS), ("email", EMAIL)):
        if key in room and (message["msg"].strip() or message.get("files")):
            await enqueue(tx, kind, {"_id": message["_id"]}, key=f"{kind}:{message['_id']}")
