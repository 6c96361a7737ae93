"""A status that ends by itself (contract/management.md §17, users.setStatus `expiresAt`).

While it lasts, `statusDefault` and `statusTextDefault` are what comes back, and `statusExpiresAt`
says when. Whoever shows a person asks `status_now`; routing follows when `end_statuses` has run.
"""

from parley.accounts.people_store import status_is_over
from parley.accounts.presence import note_presence
from parley.clock import iso, now, parse
from parley.db import Database, Tx
from parley.db.documents import Doc, find, save
from parley.errors import Coded
from parley.events import emit


def end_of(expires_at: str | None) -> str | None:
    """The date in the clock's own form. Raises Coded `error-invalid-date`."""
    if expires_at is None:
        return None
    try:
        until = iso(parse(expires_at))
    except (ValueError, OverflowError):
        raise Coded("error-invalid-date", "expiresAt must be a date") from None
    if until <= now():
        raise Coded("error-invalid-date", "expiresAt must be a future date")
    return until


def choose(user: Doc, status: str | None, text: str | None, until: str | None) -> None:
    """Changes the document; what is None stays. A status for good ends one that was timed."""
    _fall_back(user, at=now())
    if until is None:
        if status is not None:
            _fall_back(user)
            user["status"] = user["statusDefault"] = status
            user.pop("invisible", None)
            if status == "offline":
                # Who chose to be offline stays so while they are connected.
                user["invisible"] = True
        if text is not None:
            user["statusText"] = text
            user.pop("statusTextDefault", None)
        return
    if status is not None:
        user.setdefault("statusDefault", user.get("status", "offline"))
        user["status"] = status
    if text is not None:
        user.setdefault("statusTextDefault", user.get("statusText", ""))
        user["statusText"] = text
    user["statusExpiresAt"] = until


def status_now(user: Doc) -> Doc:
    """The document as of this moment."""
    shown = dict(user)
    _fall_back(shown, at=now())
    shown.pop("statusTextDefault", None)
    shown.pop("invisible", None)
    return shown


def _fall_back(user: Doc, at: str | None = None) -> bool:
    """Ends a timed status: by the moment `at`, or at once. Whether there was one."""
    until = user.get("statusExpiresAt")
    if until is None or (at is not None and until > at):
        return False
    del user["statusExpiresAt"]
    user["status"] = user.get("statusDefault", "offline")
    if "statusTextDefault" in user:
        user["statusText"] = user.pop("statusTextDefault")
    return True


async def end_statuses(db: Database) -> None:
    """Puts back every status whose time is over."""
    for user_id in await db.scan(status_is_over, now()):
        await db.act(_end_status, user_id)


async def _end_status(tx: Tx, user_id: str) -> None:
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is not None and _fall_back(user, at=now()):
        await save(tx, "users", user)
        await emit(tx, f"user:{user_id}", "status", {"_id": user_id, "status": user["status"]})
        await note_presence(tx, user)
