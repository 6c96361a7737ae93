"""Whole documents, as the code stores them, for tests that fill the tables by themselves."""

from typing import Any

from parley.db.documents import Doc


def stored_room(key: str, visitor_id: str, ts: str, **more: Any) -> Doc:
    """A room that is not open."""
    return {
        "_id": key,
        "msgs": 0,
        "usersCount": 1,
        "lm": ts,
        "fname": "Somebody",
        "t": "l",
        "ts": ts,
        "v": {"_id": visitor_id, "username": "guest-1", "token": "handle", "status": "offline"},
        "contactId": "c",
        "cl": False,
        "verified": False,
        "source": {"type": "api"},
        "queuedAt": ts,
        "priorityWeight": 99,
        "estimatedWaitingTimeQueue": 9999999,
        "_enforceSingleRoom": True,
        **more,
    }


def stored_message(key: str, room_id: str, ts: str) -> Doc:
    author = {"_id": "a", "username": "agent"}
    return {"_id": key, "rid": room_id, "msg": "?", "ts": ts, "u": author}
