"""Custom fields: what an office asks of visitors and rooms beside the rest (management.md §7).

The values stand in `livechatData` of the visitor or of the room, by the field's scope. Whoever
writes values passes them through `chosen` and `put`, and nothing else decides what is taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, find, insert, save
from parley.db.tx import Reader
from parley.errors import Refused
from parley.visitors.fields_store import MOST, all_fields, delete_field
from parley.visitors.patterns import LONGEST_TEXT, matches, usable
from parley.visitors.schemas import CustomFieldValue, SaveField
from parley.visitors.searchable import write_all_anew

VISITOR, ROOM = "visitor", "room"


async def save_field(tx: Tx, actor: Actor, wanted: SaveField) -> Doc:
    """The stored field. Raises Refused. The key of a field stays what it was made with."""
    await tx.lock("settings", "custom fields")
    new = wanted.customFieldData
    if new.regexp and not usable(new.regexp):
        raise Refused("Regular expression is not valid, or some text would keep it busy for long")
    before = await _before(tx, wanted)
    field: Doc = {"_id": before["_id"] if before else new.field}
    field |= {"label": new.label, "scope": new.scope, "visibility": new.visibility}
    for key in ("type", "regexp", "required", "defaultValue", "options", "public", "searchable"):
        if (value := getattr(new, key)) is not None:
            field[key] = value
    if before is None:
        await insert(tx, "custom_fields", field)
    else:
        await save(tx, "custom_fields", field)
    what = "custom-field.created" if before is None else "custom-field.updated"
    await record(tx, actor, what, "custom-field", field["_id"], field["label"])
    if _is_searched(field) != _is_searched(before or {}):
        await write_all_anew(tx)
    return field


async def _before(tx: Tx, wanted: SaveField) -> Doc | None:
    if wanted.customFieldId:
        before = await find(tx, "custom_fields", wanted.customFieldId)
        if before is None:
            raise Refused("Custom Field Not found")
        return before
    if await find(tx, "custom_fields", wanted.customFieldData.field) is not None:
        raise Refused("Custom Field already exists")
    if len(await all_fields(tx)) >= MOST:
        raise Refused(f"There are {MOST} custom fields at most")
    return None


async def remove_field(tx: Tx, actor: Actor, field_id: str) -> None:
    """Values that were given stay where they are. Raises Refused."""
    await tx.lock("settings", "custom fields")
    field = await find(tx, "custom_fields", field_id)
    if field is None:
        raise Refused("Custom field not found")
    await delete_field(tx, field_id)
    await record(tx, actor, "custom-field.deleted", "custom-field", field_id, field["label"])
    if _is_searched(field):
        await write_all_anew(tx)


def _is_searched(field: Doc) -> bool:
    return field.get("scope") == VISITOR and bool(field.get("searchable"))


class Chosen(NamedTuple):
    """Values that their fields take, by scope."""

    room: list[CustomFieldValue]
    visitor: list[CustomFieldValue]

    @property
    def room_first(self) -> list[CustomFieldValue]:
        return [*self.room, *self.visitor]


async def chosen(
    q: Reader,
    given: Sequence[CustomFieldValue],
    *,
    unknown_too: bool = False,
    blank_too: bool = False,
) -> tuple[Chosen, list[Doc]]:
    """(the values by scope, all fields there are). Reads nothing when nothing is given.

    `blank_too`: whatever a field's regular expression says. Raises Refused `invalid-custom-field`,
    unless `unknown_too`, or for a value.
    """
    if not given:
        return Chosen([], []), []
    if len(given) > MOST:
        raise Refused("Too many custom fields")
    fields = await all_fields(q)
    known = {field["_id"]: field for field in fields}
    if not unknown_too and any(each.key not in known for each in given):
        raise Refused("invalid-custom-field")
    taken = Chosen([], [])
    for each in given:
        if (field := known.get(each.key)) is not None:
            values = taken.room if field["scope"] == ROOM else taken.visitor
            blank = blank_too and not each.value.strip()
            value = "" if blank else checked(field, each.value, field["_id"])
            values.append(CustomFieldValue(each.key, value, each.overwrite))
    return taken, fields


def checked(field: Doc, value: str, called: str) -> str:
    """The value as it is kept. Raises Refused, with what the field is `called`."""
    value = value.strip()
    pattern = field.get("regexp")
    if len(value) > LONGEST_TEXT or (pattern and not matches(pattern, value)):
        raise Refused(f"Invalid value for {called} field")
    return value


def check_required(fields: Iterable[Doc], given: Sequence[CustomFieldValue], visitor: Doc) -> None:
    """Raises Refused when a field that visitors must fill in is neither given nor there."""
    there = {each.key for each in given if each.value.strip()}
    there |= {key for key, value in (visitor.get("livechatData") or {}).items() if value}
    asked = [f["_id"] for f in fields if f["scope"] == VISITOR and f.get("required")]
    if missing := [key for key in asked if key not in there]:
        raise Refused(f"Missing required custom fields: {', '.join(missing)}")


def put(holder: Doc, values: Iterable[CustomFieldValue], *, blank_takes_away: bool = False) -> bool:
    """Writes into the `livechatData` of a visitor or room; whether anything changed."""
    before = holder.get("livechatData") or {}
    after = dict(before)
    for each in values:
        if blank_takes_away and not each.value:
            after.pop(each.key, None)
        elif each.overwrite or not after.get(each.key):
            after[each.key] = each.value
    if after == before:
        return False
    holder["livechatData"] = after
    return True


def as_values(given: Mapping[str, Any] | None) -> list[CustomFieldValue]:
    """Values as persons send them, by key, each to stand where another stood. Raises Refused."""
    for key, value in (given or {}).items():
        if not isinstance(value, str):
            raise Refused(f"Invalid value for {key} field")
    return [CustomFieldValue(key, value, True) for key, value in (given or {}).items()]
