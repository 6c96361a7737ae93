"""method.call: a frame of Meteor's protocol in, one out (contract/management.md §17)."""

from typing import Any

import msgspec

from parley.db import Database
from parley.errors import Busy, Coded, MethodFailed, ParleyError, Unavailable
from parley.messages import ejson
from parley.messages.answers import Result
from parley.messages.method_failures import failure_of
from parley.messages.methods import NOTHING, Called, run
from parley.messages.schemas import MethodCall
from parley.visitors.reveal import reveal
from parley.web.route import LOGIN, Call, Dialect, Route


async def method_call(db: Database, call: Call) -> dict[str, Any]:
    """Calls a method as a person. The method is the one that the frame names, not the path."""
    called = _called(call.body.message)
    try:
        result = await run(db, call.caller, called)
    except (Unavailable, Busy):
        raise
    except ParleyError as error:
        failure = failure_of(error)
    else:
        frame = _frame(called, {} if result is NOTHING else {"result": result})
        # It is text in the answer, which is past what looks through answers for handles.
        return {"message": (await reveal(db, call.caller, frame)).decode()}
    raise MethodFailed(_frame(called, {"error": failure}).decode())


async def method_call_anonymously(db: Database, call: Call) -> dict[str, Any]:
    """Calls a method as nobody, or as a person: `sendMessageLivechat` is for visitors."""
    return await method_call(db, call)


def _called(text: str) -> Called:
    """Raises Coded for what is no frame."""
    try:
        frame = msgspec.convert(ejson.read(text), Frame)
    except ValueError:
        raise Coded("invalid-params", "message must be the text of a method frame") from None
    return Called(frame.method, frame.id, frame.params)


class Frame(msgspec.Struct):
    method: str
    id: str = ""
    params: list[Any] = []
    msg: str = "method"


def _frame(called: Called, more: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"msg": "result", "id": called.id, **more})


ROUTES = [
    Route(
        "POST",
        "/api/v1/method.call/:method",
        method_call,
        Dialect.L,
        LOGIN,
        body=MethodCall,
        answer=Result,
    ),
    Route(
        "POST",
        "/api/v1/method.callAnon/:method",
        method_call_anonymously,
        Dialect.L,
        body=MethodCall,
        answer=Result,
    ),
]
