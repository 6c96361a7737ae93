from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import Doc, find, fold
from parley.visitors.answers import CustomFields, FieldSaved, OneField
from parley.visitors.fields import remove_field, save_field
from parley.visitors.fields_store import all_fields
from parley.visitors.schemas import DeleteField, ListFields, SaveField
from parley.web.answers import Done
from parley.web.paging import page_of, sort_of
from parley.web.route import Call, Dialect, Route

_SORTABLE = ("label", "_id", "scope", "visibility")


async def custom_field_list(db: Database, call: Call) -> dict[str, Any]:
    """Custom fields of visitors and rooms, by label."""
    query: ListFields = call.query
    page = page_of(query, call.caller.settings)
    keys = sort_of(query, _SORTABLE)
    text = fold(query.text or "")
    found = [
        field
        for field in await db.read(all_fields)
        if text in fold(field["label"]) or text in fold(field["_id"])
    ]
    _sort(found, [(key.key, key.descending) for key in keys] or [("label", False)])
    shown = found[page.offset : page.offset + page.limit]
    counts = {"count": len(shown), "offset": page.offset, "total": len(found)}
    return {"customFields": shown, **counts}


def _sort(fields: list[Doc], keys: list[tuple[str, bool]]) -> None:
    # They come by id, which breaks ties; sorting by the last key first keeps what it has done.
    if keys[-1][1]:
        fields.reverse()
    for key, descending in reversed(keys):
        if descending:
            fields.reverse()
        fields.sort(key=lambda field: str(field[key]))
        if descending:
            fields.reverse()


async def custom_field_info(db: Database, call: Call) -> dict[str, Any]:
    """A custom field by its key; null where there is none."""
    return {"customField": await db.read(find, "custom_fields", call.path["_id"])}


async def custom_field_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes a custom field, or changes the one with this key."""
    body: SaveField = call.body
    field = await db.act(save_field, by(call), body)
    if body.customFieldId:
        field = {key: value for key, value in field.items() if key != "_id"}
    return {"customField": field}


async def custom_field_delete(db: Database, call: Call) -> dict[str, Any]:
    """Removes a custom field; values that were given stay."""
    body: DeleteField = call.body
    await db.act(remove_field, by(call), body.customFieldId)
    return {}


ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/custom-fields",
        custom_field_list,
        Dialect.L,
        ("view-l-room",),
        query=ListFields,
        answer=CustomFields,
    ),
    Route(
        "GET",
        "/api/v1/livechat/custom-fields/:_id",
        custom_field_info,
        Dialect.L,
        ("view-l-room",),
        answer=OneField,
    ),
    Route(
        "POST",
        "/api/v1/livechat/custom-fields.save",
        custom_field_save,
        Dialect.T,
        ("view-livechat-manager",),
        body=SaveField,
        answer=FieldSaved,
    ),
    Route(
        "POST",
        "/api/v1/livechat/custom-fields.delete",
        custom_field_delete,
        Dialect.T,
        ("view-livechat-manager",),
        body=DeleteField,
        answer=Done,
    ),
]
