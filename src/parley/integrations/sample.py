"""What `webhook.test` sends: a closed chat that never was, in the shape of the contract's sample.

Its e-mail address and number are plain texts, as Rocket.Chat's sample has them; in real bodies they
are lists of objects.
"""

from parley.clock import now
from parley.db.documents import Doc
from parley.ids import random_id


def sample() -> Doc:
    at = now()
    visitor = {"_id": "sample-visitor", "name": "Maria Sample", "username": "guest-0"}
    agent = {"_id": "sample-agent", "username": "anna", "name": "Anna"}
    return {
        "type": "LivechatSession",
        "_id": "sample-room",
        "label": visitor["name"],
        "topic": "Where is my order?",
        "createdAt": at,
        "lastMessageAt": at,
        "tags": ["order", "delivery", "sample"],
        "customFields": {"productId": "12345"},
        "visitor": {
            **visitor,
            "department": "Sales",
            "email": "maria@shop.example",
            "phone": "+1 555 0100",
            "ip": "192.0.2.1",
            "browser": "Firefox 128.0",
            "os": "Linux",
            "customFields": {"customerId": "67890"},
        },
        "agent": {**agent, "email": "anna@office.example"},
        "messages": [
            {"username": visitor["username"], "msg": "Where is my order?", **_known(at)},
            {"username": "anna", "msg": "On its way.", "agentId": agent["_id"], **_known(at)},
        ],
    }


def _known(at: str) -> Doc:
    return {"_id": random_id(), "ts": at}
