from typing import Any

from parley.agents.answers import OneAgentShown
from parley.agents.shown import shown_to_visitor
from parley.audit.actor import by
from parley.clock import now
from parley.conversations.answers import (
    CallStatusSet,
    FieldsWritten,
    OneFieldWritten,
    OpenRoomsOfVisitor,
    StatusSet,
    VisitorErased,
)
from parley.conversations.custom_fields import set_custom_fields
from parley.conversations.erase_visitor import erase_visitor
from parley.conversations.schemas import (
    CallStatus,
    SetCustomField,
    SetCustomFields,
    VisitorStatus,
)
from parley.conversations.visitor_status import set_call_status, set_visitor_status
from parley.db import Database, Reader
from parley.db.documents import Doc
from parley.errors import Coded, Refused
from parley.rooms.service import own_room
from parley.rooms.store import visible_open_room_of
from parley.visitors.schemas import CustomFieldValue
from parley.web.route import Call, Dialect, Route

LONGEST_STATUS = 64


async def visitor_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes the visitor with all their conversations."""
    visitor = await db.act(erase_visitor, by(call), call.path["token"], call.caller.settings)
    return {"visitor": {"_id": visitor.id, "ts": now()}}


async def visitor_rooms(db: Database, call: Call) -> dict[str, Any]:
    """The open room of the visitor with this token, in a list."""
    room = await db.read(visible_open_room_of, call.caller, call.path["token"])
    keys = ("_id", "t", "cl", "servedBy")
    return {"rooms": [{key: room[key] for key in keys if key in room}] if room else []}


async def visitor_status(db: Database, call: Call) -> dict[str, Any]:
    """Says whether the visitor is there: `online`, `away` and the like."""
    body: VisitorStatus = call.body
    _check_length(body.status)
    await db.act(set_visitor_status, body.token, body.status)
    return {"token": body.token, "status": body.status}


async def visitor_call_status(db: Database, call: Call) -> dict[str, Any]:
    """Says how a call goes that others arranged, as servers before 8.0 did (ours)."""
    body: CallStatus = call.body
    _check_length(body.callStatus)
    await db.act(set_call_status, body.token, body.rid, body.callStatus)
    return {"token": body.token, "callStatus": body.callStatus}


def _check_length(status: str) -> None:
    if len(status) > LONGEST_STATUS:
        raise Coded("error-invalid-status", "Status is too long")


async def custom_field(db: Database, call: Call) -> dict[str, Any]:
    """Fills in one custom field as the visitor."""
    body: SetCustomField = call.body
    given = [CustomFieldValue(body.key, body.value, body.overwrite)]
    [field] = await db.act(set_custom_fields, body.token, given, whole_form=False)
    return {"field": {"key": field.key, "value": field.value, "overwrite": field.overwrite}}


async def custom_fields(db: Database, call: Call) -> dict[str, Any]:
    """Fills in custom fields as the visitor, all of them or none."""
    body: SetCustomFields = call.body
    fields = await db.act(set_custom_fields, body.token, body.customFields, whole_form=True)
    return {"fields": [{"Key": f.key, "value": f.value, "overwrite": f.overwrite} for f in fields]}


async def agent_info(db: Database, call: Call) -> dict[str, Any]:
    """The agent who serves the visitor's room, as visitors see them."""

    async def read(q: Reader) -> Doc | None:
        _, room = await own_room(q, call.path["token"], call.path["rid"])
        agent_id = (room.get("servedBy") or {}).get("_id")
        return await shown_to_visitor(q, call.caller.settings, agent_id) if agent_id else None

    agent = await db.read(read)
    if agent is None:
        raise Refused("invalid-agent")
    return {"agent": agent}


ROUTES = [
    Route(
        "DELETE",
        "/api/v1/livechat/visitor/:token",
        visitor_delete,
        Dialect.C,
        answer=VisitorErased,
    ),
    Route(
        "GET",
        "/api/v1/livechat/visitor/:token/room",
        visitor_rooms,
        Dialect.L,
        ("view-livechat-manager",),
        answer=OpenRoomsOfVisitor,
    ),
    Route(
        "POST",
        "/api/v1/livechat/visitor.status",
        visitor_status,
        Dialect.C,
        body=VisitorStatus,
        answer=StatusSet,
    ),
    Route(
        "POST",
        "/api/v1/livechat/visitors.status",
        visitor_status,
        Dialect.C,
        body=VisitorStatus,
        answer=StatusSet,
    ),
    Route(
        "POST",
        "/api/v1/livechat/visitor.callStatus",
        visitor_call_status,
        Dialect.C,
        body=CallStatus,
        answer=CallStatusSet,
    ),
    Route(
        "POST",
        "/api/v1/livechat/custom.field",
        custom_field,
        Dialect.L,
        body=SetCustomField,
        answer=OneFieldWritten,
    ),
    Route(
        "POST",
        "/api/v1/livechat/custom.fields",
        custom_fields,
        Dialect.L,
        body=SetCustomFields,
        answer=FieldsWritten,
    ),
    Route(
        "GET",
        "/api/v1/livechat/agent.info/:rid/:token",
        agent_info,
        Dialect.L,
        answer=OneAgentShown,
    ),
]
