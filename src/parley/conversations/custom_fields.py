"""Custom fields as visitors fill them in: of themselves, and of their open room (core.md §4)."""

from collections.abc import Sequence

from parley.contacts.custom_fields import put_on_contact
from parley.db import Tx
from parley.errors import Refused
from parley.events import emit
from parley.rooms.service import lock_open_room
from parley.rooms.store import save_room
from parley.visitors.fields import check_required, chosen, put
from parley.visitors.schemas import CustomFieldValue
from parley.visitors.store import by_id, by_token, save_visitor


async def set_custom_fields(
    tx: Tx, token: str, given: Sequence[CustomFieldValue], *, whole_form: bool
) -> list[CustomFieldValue]:
    """What was given, that of the room first; all of it is written, or nothing.

    `whole_form` also asks for the fields that are required. Raises Refused.
    """
    visitor = await by_token(tx, token)
    if visitor is None:
        raise Refused("invalid-token")
    await tx.lock("visitors", visitor.id)
    visitor = await by_id(tx, visitor.id)
    if visitor is None:
        raise Refused("invalid-token")
    values, fields = await chosen(tx, given)
    if whole_form:
        check_required(fields, values.visitor, visitor.doc)
    await put_on_open_room(tx, visitor.id, values.room)
    if put(visitor.doc, values.visitor):
        await save_visitor(tx, visitor)
    await put_on_contact(tx, visitor.contact_id, values.visitor)
    return values.room_first


async def put_on_open_room(tx: Tx, visitor_id: str, values: Sequence[CustomFieldValue]) -> None:
    room = await lock_open_room(tx, visitor_id) if values else None
    if room is not None and put(room, values):
        await save_room(tx, room)
        await emit(tx, f"room:{room['_id']}", "visitor", {"_id": visitor_id})
