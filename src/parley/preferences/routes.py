from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.errors import Coded, Failed, Typed
from parley.preferences.answers import Settings, SettingValue
from parley.preferences.listing import Listed, list_settings
from parley.preferences.schemas import (
    ChangeSetting,
    ChangeSettings,
    ListPublicSettings,
    ListSettings,
)
from parley.preferences.service import DEFINITIONS, Change, change_settings, setting
from parley.web.answers import Done
from parley.web.paging import Paged, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route

_EDIT = "edit-privileged-setting"


async def show_setting(db: Database, call: Call) -> dict[str, Any]:
    """The value of a setting."""
    name = _known(call.path["_id"])
    return {"_id": name, "value": await db.read(setting, name)}


async def set_setting(db: Database, call: Call) -> dict[str, Any]:
    """Changes a setting, in force with the next request; or does what an action stands for."""
    name = _known(call.path["_id"])
    body: ChangeSetting = call.body
    if body.execute:
        # The one action empties the cache of link previews, and there is no such cache.
        if DEFINITIONS[name].type != "action":
            raise Failed
        return {}
    if "value" not in call.raw:
        raise Typed("must have required property 'value'", "invalid-params")
    await db.act(change_settings, by(call), [Change(name, body.value, body.editor)])
    return {}


async def settings_list(db: Database, call: Call) -> dict[str, Any]:
    """Settings, by id; without `view-privileged-setting` the public ones only."""
    query: ListSettings = call.query
    public_only = not call.caller.may("view-privileged-setting")
    page = page_of(query, call.caller.settings)
    found = await db.read(
        list_settings,
        page,
        public_only=public_only,
        descending=_descending(query),
        defaults=query.includeDefaults,
    )
    return _listing(found, page.offset)


async def settings_public(db: Database, call: Call) -> dict[str, Any]:
    """Settings that everybody may see."""
    query: ListPublicSettings = call.query
    page = page_of(query, call.caller.settings)
    names = None if query.id is None else {name.strip() for name in query.id.split(",")}
    found = await db.read(
        list_settings, page, public_only=True, descending=_descending(query), names=names
    )
    return _listing(found, page.offset)


async def settings_bulk(db: Database, call: Call) -> dict[str, Any]:
    """Changes several settings: all of them, or none."""
    body: ChangeSettings = call.body
    if not call.caller.may(_EDIT):
        ids = [new.id for new in body.settings]
        raise Coded(
            "error-action-not-allowed",
            "Editing settings is not allowed",
            {"method": "saveSettings", "settingIds": ids},
        )
    changes = [Change(_known(new.id), new.value, new.editor) for new in body.settings]
    await db.act(change_settings, by(call), changes)
    return {}


def _known(name: str) -> str:
    if name not in DEFINITIONS or DEFINITIONS[name].hidden:
        raise Failed
    return name


def _descending(query: Paged) -> bool:
    keys = sort_of(query, {"_id"})
    return bool(keys) and keys[0].descending


def _listing(found: Listed, offset: int) -> dict[str, Any]:
    counts = {"count": len(found.settings), "offset": offset, "total": found.total}
    return {"settings": found.settings, **counts}


_T = Dialect.T
ROUTES = [
    Route("GET", "/api/v1/settings", settings_list, _T, LOGIN, query=ListSettings, answer=Settings),
    Route(
        "POST",
        "/api/v1/settings",
        settings_bulk,
        _T,
        LOGIN,
        body=ChangeSettings,
        answer=Done,
        second_factor=True,
    ),
    Route(
        "GET",
        "/api/v1/settings.public",
        settings_public,
        _T,
        query=ListPublicSettings,
        answer=Settings,
    ),
    Route(
        "GET",
        "/api/v1/settings/:_id",
        show_setting,
        _T,
        ("view-privileged-setting",),
        answer=SettingValue,
    ),
    Route(
        "POST",
        "/api/v1/settings/:_id",
        set_setting,
        _T,
        (_EDIT,),
        body=ChangeSetting,
        answer=Done,
        second_factor=True,
    ),
]
