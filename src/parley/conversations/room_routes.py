from typing import Any

from parley.audit.actor import by
from parley.conversations.answers import RemovedRooms, SurveyTaken
from parley.conversations.change_visitor import change_visitor
from parley.conversations.forward import forward_by_user, forward_by_visitor
from parley.conversations.join import join
from parley.conversations.remove import delete_closed_rooms, delete_room
from parley.conversations.save_info import save_info
from parley.conversations.schemas import (
    AnswerSurvey,
    ChangeVisitor,
    DeleteClosedRooms,
    DeleteRoom,
    ForwardRoom,
    SaveInfo,
    TransferByVisitor,
    WhichRoomToJoin,
)
from parley.conversations.survey import answer_survey
from parley.db import Database
from parley.rooms.answers import OneRoom
from parley.web.answers import Done
from parley.web.route import Call, Dialect, Route


async def room_forward(db: Database, call: Call) -> dict[str, Any]:
    """Hands a conversation on, to an agent (`userId`) or a department (`departmentId`)."""
    await db.act(forward_by_user, call.caller, call.body)
    return {}


async def department_transfer(db: Database, call: Call) -> dict[str, Any]:
    """The visitor chooses another department for their conversation."""
    await _transfer(db, call)
    return {}


async def room_transfer(db: Database, call: Call) -> dict[str, Any]:
    """The same by its older name; answers with the room."""
    visitor, room = await _transfer(db, call)
    return {"room": visitor.own(room)}


async def _transfer(db: Database, call: Call) -> Any:
    body: TransferByVisitor = call.body
    settings = call.caller.settings
    return await db.act(forward_by_visitor, body.token, body.rid, body.department, settings)


async def room_join(db: Database, call: Call) -> dict[str, Any]:
    """Takes part in a conversation beside whoever serves it."""
    await db.act(join, call.caller, call.query.roomId)
    return {}


async def room_save_info(db: Database, call: Call) -> dict[str, Any]:
    """Notes names and addresses of a visitor, and topic and tags of their conversation."""
    await db.act(save_info, call.caller, call.body)
    return {}


async def room_survey(db: Database, call: Call) -> dict[str, Any]:
    """The visitor judges their conversation."""
    body: AnswerSurvey = call.body
    return {"rid": body.rid, "data": await db.act(answer_survey, body)}


async def room_visitor(db: Database, call: Call) -> dict[str, Any]:
    """Gives an open conversation to another visitor, whose it was."""
    body: ChangeVisitor = call.body
    what = (body.rid, body.oldVisitorId, body.newVisitorId)
    return {"room": await db.act(change_visitor, call.caller, *what)}


async def rooms_delete(db: Database, call: Call) -> dict[str, Any]:
    """Deletes a closed conversation with its messages, for good."""
    await db.act(delete_room, by(call), call.caller, call.body.roomId)
    return {}


async def rooms_remove_all_closed(db: Database, call: Call) -> dict[str, Any]:
    """Deletes every closed conversation, or those of some departments, for good."""
    body: DeleteClosedRooms = call.body
    removed = await delete_closed_rooms(db, by(call), call.caller, body.departmentIds)
    return {"removedRooms": removed}


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/room.forward",
        room_forward,
        Dialect.L,
        ("view-l-room+transfer-livechat-guest",),
        body=ForwardRoom,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/visitor/department.transfer",
        department_transfer,
        Dialect.T,
        body=TransferByVisitor,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.transfer",
        room_transfer,
        Dialect.L,
        body=TransferByVisitor,
        answer=OneRoom,
    ),
    Route(
        "GET",
        "/api/v1/livechat/room.join",
        room_join,
        Dialect.L,
        ("view-l-room",),
        query=WhichRoomToJoin,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.saveInfo",
        room_save_info,
        Dialect.L,
        ("view-l-room",),
        body=SaveInfo,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/room.survey",
        room_survey,
        Dialect.L,
        body=AnswerSurvey,
        answer=SurveyTaken,
    ),
    Route(
        "PUT",
        "/api/v1/livechat/room.visitor",
        room_visitor,
        Dialect.L,
        ("change-livechat-room-visitor",),
        body=ChangeVisitor,
        answer=OneRoom,
    ),
    Route(
        "POST",
        "/api/v1/livechat/rooms.delete",
        rooms_delete,
        Dialect.T,
        ("remove-closed-livechat-room",),
        body=DeleteRoom,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/rooms.removeAllClosedRooms",
        rooms_remove_all_closed,
        Dialect.T,
        ("remove-closed-livechat-rooms",),
        body=DeleteClosedRooms,
        answer=RemovedRooms,
    ),
]
