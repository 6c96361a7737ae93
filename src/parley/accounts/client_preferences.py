"""What people tell their clients to remember: stored with the person, shown in `me`."""

from typing import Any

from parley.accounts.identify import Person
from parley.accounts.people import named
from parley.accounts.service import NO_PREFERENCES
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Tx
from parley.db.documents import Doc, save
from parley.errors import Coded
from parley.events import emit


def preferences_of(user: Doc) -> Doc:
    kept: Doc = user.get("settings", NO_PREFERENCES)["preferences"]
    return kept


async def set_preferences(
    tx: Tx, actor: Actor, person: Person, user_id: str | None, fields: Doc
) -> Doc:
    """The document. Raises Coded for another person's without permission, or for nobody's."""
    user_id = user_id or person.user_id or ""
    if user_id != person.user_id and not person.may("edit-other-user-info"):
        raise Coded("error-action-not-allowed", "Editing user is not allowed")
    await tx.lock("users", user_id)
    user = await named(tx, person, user_id, None)
    kept = dict(preferences_of(user))
    before = {key: kept.get(key) for key in fields}
    for key, value in fields.items():
        # Two of them belong to the person, whatever client they use.
        if key in ("language", "utcOffset"):
            _put(user, key, value)
        if key != "utcOffset":
            _put(kept, key, value)
    user["settings"] = user.get("settings", NO_PREFERENCES) | {"preferences": kept}
    await save(tx, "users", user)
    await emit(tx, f"user:{user_id}", "preferences", {"_id": user_id})
    if user_id != person.user_id:
        change = {"previous": before, "current": fields}
        await record(tx, actor, "user.preferences", "user", user_id, user["username"], **change)
    return user


def _put(target: Doc, key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value
