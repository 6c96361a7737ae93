"""Logging in and out over DDP (realtime.md §3 `login`)."""

from typing import Any

from parley.accounts import store
from parley.accounts.identify import hash_token
from parley.accounts.login import log_in, log_out
from parley.accounts.timed_status import status_now
from parley.db.documents import Doc, encode, find
from parley.errors import LoginRefused
from parley.messages.ejson import date, with_dates
from parley.messages.methods import NOTHING
from parley.realtime.ddp.failures import LoginFailed
from parley.realtime.ddp.office import Office, Peer

DEAD_TOKEN = "You've been logged out by the server. Please log in again."  # noqa: S105 (a sentence)
NOBODY = "User not found"
_TOLD = ("username", "name", "emails", "status", "statusText", "statusLivechat", "roles")


async def login(office: Office, peer: Peer, params: list[Any]) -> Any:
    """By `resume`, by the password or its digest, each also inside of `totp`.

    Raises LoginFailed, whatever was wrong, and LoginStopped.
    """
    asked, code = _asked(params[0] if params else None)
    settings = peer.person.settings
    try:
        user, token = await log_in(office.db, asked, settings, peer.address, code)
    except LoginRefused:
        raise LoginFailed(DEAD_TOKEN if "resume" in asked else NOBODY) from None
    found = await office.db.read(store.look_up, hash_token(token), user["_id"])
    if found.expires_at is None:  # ended in this moment
        raise LoginFailed(DEAD_TOKEN)
    await peer.becomes(user["_id"], hash_token(token), office.presence)
    # As they are now: by this connection they may have come online.
    now: Doc | None = await office.db.read(find, "users", user["_id"])
    peer.say(_added(now or user))
    return {
        "id": user["_id"],
        "token": token,
        "tokenExpires": date(found.expires_at),
        "type": "resume" if "resume" in asked else "password",
    }


def _asked(given: Any) -> tuple[Doc, str]:
    """(the login as accounts read it, the second factor's code)."""
    if not isinstance(given, dict):
        return {}, ""
    code = ""
    if isinstance(totp := given.get("totp"), dict):
        code = totp["code"] if isinstance(totp.get("code"), str) else ""
        given = totp["login"] if isinstance(totp.get("login"), dict) else {}
    asked = {key: given[key] for key in ("resume", "password") if key in given}
    match given.get("user"):
        case {"username": str(name)}:
            asked["username"] = name
        case {"email": str(address)}:
            asked["email"] = address
        case str(name):
            asked["user"] = name
    return asked, code


def _added(user: Doc) -> bytes:
    shown = status_now(user)
    fields = with_dates(encode({key: shown[key] for key in _TOLD if key in shown}))
    key = encode(user["_id"])
    return f'{{"msg":"added","collection":"users","id":{key},"fields":{fields}}}'.encode()


async def logout(office: Office, peer: Peer, params: list[Any]) -> Any:
    """The token is gone; the socket is closed behind the answer."""
    if peer.person.user_id is not None:
        await office.db.act(log_out, peer.person)
    peer.leaves = True
    return NOTHING
