"""Frames of what holds for the whole office: settings and permissions (realtime.md §4)."""

from parley.accounts.role_lists import grant_of
from parley.db.documents import encode
from parley.messages.ejson import with_dates
from parley.preferences.listing import one_setting
from parley.preferences.service import DEFINITIONS
from parley.realtime.ddp.streams import (
    NOTIFY_ALL,
    NOTIFY_LOGGED,
    PERMISSIONS_CHANGED,
    PRIVATE_SETTINGS,
    PUBLIC_SETTINGS,
)
from parley.realtime.ddp.told import Told


async def setting(told: Told) -> None:
    """To everybody if everybody may see it; secrets are masked."""
    hub, name = told.hub, told.event.doc["_id"]
    if name not in DEFINITIONS:
        return  # of a newer parley, beside us while it is rolled out
    public = DEFINITIONS[name].public and hub.heard(NOTIFY_ALL, PUBLIC_SETTINGS)
    if not public and not hub.heard(NOTIFY_LOGGED, PRIVATE_SETTINGS):
        return
    args = encode(["updated", await told.db.read(one_setting, name)])
    if public:
        await hub.publish(NOTIFY_ALL, PUBLIC_SETTINGS, args)
    await hub.publish(NOTIFY_LOGGED, PRIVATE_SETTINGS, args)


async def permission(told: Told) -> None:
    if told.hub.heard(NOTIFY_LOGGED, PERMISSIONS_CHANGED):
        grant = await told.db.read(grant_of, told.event.doc["_id"])
        args = with_dates(encode(["updated", grant]))
        await told.hub.publish(NOTIFY_LOGGED, PERMISSIONS_CHANGED, args)


OFFICE_FRAMES = {"setting": setting, "permission": permission}
