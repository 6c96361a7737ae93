"""Rules of groups: made by who may, seen by who is in them."""

import re

from parley.accounts.identify import Person
from parley.accounts.people_store import by_ids, by_usernames
from parley.clock import now
from parley.db import Reader, Tx
from parley.db.documents import Doc
from parley.errors import Coded, Forbidden, Refused
from parley.ids import random_id
from parley.rooms.groups import store
from parley.rooms.groups.schemas import CreateGroup, WhichGroup

_NAME = re.compile(r"[0-9a-zA-Z\-_.]+")


async def create_group(tx: Tx, person: Person, wanted: CreateGroup) -> Doc:
    """Unknown usernames are passed over. Raises Forbidden, Refused or Coded."""
    if not person.may("create-p"):
        raise Forbidden
    if not wanted.name:
        raise Refused('Body param "name" is required')
    if not _NAME.fullmatch(wanted.name):
        raise Coded("error-invalid-room-name", f"{wanted.name} is not a valid room name")
    await tx.lock("users", person.user_id or "")
    if await store.count_made_by(tx, person.user_id or "") >= store.MOST:
        raise Coded("error-too-many-groups", f"{store.MOST} groups of one person are the most")
    members = [user["_id"] for user in await by_usernames(tx, wanted.members or [])]
    if not wanted.excludeSelf and person.user_id not in members:
        members.append(person.user_id)
    group: Doc = {
        "_id": random_id(),
        "name": wanted.name,
        "fname": wanted.name,
        "t": "p",
        "msgs": 0,
        "usersCount": len(members),
        "u": {"_id": person.user_id, "username": person.username},
        "ts": now(),
        "ro": bool(wanted.readOnly),
        "default": False,
        "sysMes": True,
        "members": members,
    }
    if not await store.insert_group(tx, group):
        reason = f"A channel with name '{wanted.name}' exists"
        raise Coded("error-duplicate-channel-name", reason)
    return _shown(group, len(members))


async def group_info(q: Reader, person: Person, wanted: WhichGroup) -> Doc:
    """Raises Coded."""
    group = await _own(q, person, wanted)
    return _shown(group, len(await by_ids(q, group["members"])))


async def group_members(q: Reader, person: Person, wanted: WhichGroup) -> list[Doc]:
    """By username. Raises Coded."""
    keys = ("_id", "username", "name", "status", "utcOffset")
    people = await by_ids(q, (await _own(q, person, wanted))["members"])
    return [{key: user[key] for key in keys if key in user} for user in people]


async def delete_group(tx: Tx, person: Person, wanted: WhichGroup) -> None:
    """Whoever made it may, and who holds `delete-p`. Raises Coded."""
    group = await _named(tx, wanted)
    made = group is not None and group["u"]["_id"] == person.user_id
    if group is None or not (made or person.may("delete-p") or _is_in(person, group)):
        raise _missing()
    if not (made or person.may("delete-p")):
        raise Coded("error-not-allowed", "Not allowed", {"method": "eraseRoom"})
    await store.delete_group(tx, group["_id"])


async def _own(q: Reader, person: Person, wanted: WhichGroup) -> Doc:
    group = await _named(q, wanted)
    if group is None or not _is_in(person, group):
        raise _missing()
    return group


async def _named(q: Reader, wanted: WhichGroup) -> Doc | None:
    key = wanted.roomId or wanted.roomName
    if not key:
        code = "error-room-param-not-provided"
        raise Coded(code, 'The parameter "roomId" or "roomName" is required')
    return await store.find_group(q, key, by_name=not wanted.roomId)


def _is_in(person: Person, group: Doc) -> bool:
    return person.user_id in group["members"]


def _missing() -> Coded:
    text = 'The required "roomId" or "roomName" param provided does not match any group'
    return Coded("error-room-not-found", text)


def _shown(group: Doc, count: int) -> Doc:
    return {key: value for key, value in group.items() if key != "members"} | {"usersCount": count}
