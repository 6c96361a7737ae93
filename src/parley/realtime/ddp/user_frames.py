"""Frames of what happens to a person, and to the list of their rooms (realtime.md §5)."""

from parley.accounts.client_preferences import preferences_of
from parley.accounts.timed_status import status_now
from parley.conversations.queue.places import CAT
from parley.db.documents import Doc, decode, encode, find
from parley.ids import random_id
from parley.messages.ejson import date, with_dates
from parley.realtime.ddp import store
from parley.realtime.ddp.frames import presence
from parley.realtime.ddp.hub import write_all
from parley.realtime.ddp.presence import CODES
from parley.realtime.ddp.streams import (
    LIVECHAT_ROOM,
    NOTIFY_LOGGED,
    NOTIFY_ROOM,
    NOTIFY_USER,
    PRESENCE,
    ROLES_CHANGE,
)
from parley.realtime.ddp.told import Told


async def subscription(told: Told) -> None:
    """A room came into the person's list, or left it."""
    hub, user_id, room_id = told.hub, told.key, told.event.doc["rid"]
    events = [f"{user_id}/{which}-changed" for which in ("subscriptions", "rooms")]
    if not any(hub.heard(NOTIFY_USER, event) for event in events):
        return
    mine = await told.db.read(store.subscription_doc, room_id, user_id)
    room = await told.db.read(store.room_doc, room_id)
    if mine is not None:
        await told.list_changed(user_id, "subscriptions", "inserted", mine)
        if room is not None:
            await told.list_changed(user_id, "rooms", "inserted", room)
        return
    key = await told.db.read(store.former_subscription, room_id, user_id)
    gone = {"rid": room_id, "u": {"_id": user_id}, "t": "l", **({"_id": key} if key else {})}
    await told.list_changed(user_id, "subscriptions", "removed", encode(gone))
    if room is not None and not decode(room).get("open"):
        # It is closed for all: the client keeps it, as closed.
        await told.list_changed(user_id, "rooms", "updated", room)
    else:
        left = encode({"_id": room_id, "t": "l"})
        await told.list_changed(user_id, "rooms", "removed", left)


async def read(told: Told) -> None:
    user_id, room_id = told.key, told.event.doc["rid"]
    mine = await told.db.read(store.subscription_doc, room_id, user_id)
    if mine is None:
        return
    await told.list_changed(user_id, "subscriptions", "updated", mine)
    if seen := decode(mine).get("ls"):
        event = f"{room_id}/messagesRead"
        await told.hub.publish(NOTIFY_ROOM, event, encode([{"until": date(seen)}]))


async def status(told: Told) -> None:
    """To colleagues, and to the visitors whom the person serves."""
    user = await _user(told)
    if user is None:
        return
    hub, user_id = told.hub, told.key
    code, text = CODES.get(user.get("status", ""), 0), user.get("statusText", "")
    if watching := hub.listeners(PRESENCE, user_id):
        args = encode([[user["username"], code, text]])
        await write_all(watching, presence(user_id, args))
    told_all = encode([[user_id, user["username"], code, text]])
    await hub.publish(NOTIFY_LOGGED, "user-status", told_all)
    if not hub.any(LIVECHAT_ROOM) or not told.settings["Livechat_show_agent_info"]:
        return
    shown = encode([{"type": "agentStatus", "status": user.get("status", "offline")}])
    for room_id in await told.db.read(store.served_by, user_id):
        await hub.publish(LIVECHAT_ROOM, room_id, shown)


async def agent_status(told: Told) -> None:
    await _user_data(told, "statusLivechat")


async def roles(told: Told) -> None:
    await _user_data(told, "roles")
    if not told.hub.heard(NOTIFY_LOGGED, ROLES_CHANGE):
        return
    user = await _user(told) or {}
    who = {key: user[key] for key in ("_id", "username") if key in user}
    for how, key in (("added", "given"), ("removed", "taken")):
        for role in told.event.doc.get(key, []):
            said = encode([{"type": how, "_id": role, "u": who}])
            await told.hub.publish(NOTIFY_LOGGED, ROLES_CHANGE, said)


async def preferences(told: Told) -> None:
    event = f"{told.key}/userData"
    if told.hub.heard(NOTIFY_USER, event):
        kept = preferences_of(await _user(told) or {})
        await _say_user_data(told, {f"settings.preferences.{key}": kept[key] for key in kept})


async def department_agent(told: Told) -> None:
    """They work in a department, or do no longer."""
    event = f"{told.key}/departmentAgentData"
    if told.hub.heard(NOTIFY_USER, event):
        doc = told.event.doc
        row = await told.db.read(find, "department_agents", doc["_id"]) or {}
        await told.hub.publish(NOTIFY_USER, event, with_dates(encode([row | doc])))


async def updated(told: Told) -> None:
    await _user_data(told, "username", "name", "emails")
    if told.hub.heard(NOTIFY_LOGGED, "Users:NameChanged"):
        user = await _user(told) or {}
        names = {key: user[key] for key in ("_id", "name", "username") if key in user}
        await told.hub.publish(NOTIFY_LOGGED, "Users:NameChanged", encode([names]))


async def undelivered(told: Told) -> None:
    """A message that this person alone sees, and that is kept nowhere."""
    event = f"{told.key}/message"
    if told.hub.heard(NOTIFY_USER, event):
        doc, at = told.event.doc, date(told.event.at)
        said = {
            "_id": random_id(),
            "rid": doc["rid"],
            "msg": f"Your message was not sent: {doc['error']}",
            "ts": at,
            "u": CAT,
            "private": True,
            "groupable": False,
            "_updatedAt": at,
        }
        await told.hub.publish(NOTIFY_USER, event, encode([said]))


async def _user_data(told: Told, *keys: str) -> None:
    """To the person's own clients."""
    event = f"{told.key}/userData"
    if not told.hub.heard(NOTIFY_USER, event):
        return
    user = await _user(told)
    if user is not None:
        await _say_user_data(told, {key: user[key] for key in keys if key in user})


async def _say_user_data(told: Told, diff: Doc) -> None:
    said = {"type": "updated", "id": told.key, "diff": diff, "unset": {}}
    await told.hub.publish(NOTIFY_USER, f"{told.key}/userData", encode([said]))


async def _user(told: Told) -> Doc | None:
    user = await told.db.read(find, "users", told.key)
    return None if user is None else status_now(user)


USER_FRAMES = {
    "subscription": subscription,
    "read": read,
    "status": status,
    "agent-status": agent_status,
    "roles": roles,
    "preferences": preferences,
    "department-agent": department_agent,
    "updated": updated,
    "undelivered": undelivered,
}
