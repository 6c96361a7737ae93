from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.errors import Failed
from parley.preferences.schemas import ChangeSetting
from parley.preferences.service import DEFINITIONS, change_setting, setting
from parley.web.route import Call, Dialect, Route


async def show_setting(db: Database, call: Call) -> dict[str, Any]:
    name = _known(call.path["_id"])
    return {"_id": name, "value": await db.read(setting, name)}


async def set_setting(db: Database, call: Call) -> dict[str, Any]:
    name = _known(call.path["_id"])
    await db.act(change_setting, by(call), name, call.body.value)
    return {}


def _known(name: str) -> str:
    if name not in DEFINITIONS:
        raise Failed
    return name


ROUTES = [
    Route(
        "GET",
        "/api/v1/settings/:_id",
        show_setting,
        Dialect.T,
        ("view-privileged-setting",),
    ),
    Route(
        "POST",
        "/api/v1/settings/:_id",
        set_setting,
        Dialect.T,
        ("edit-privileged-setting",),
        body=ChangeSetting,
    ),
]
