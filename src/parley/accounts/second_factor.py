"""The second factor: time-based codes (RFC 6238) and recovery codes, each good for one use.

Who has one shows a code at every login, and again for acts that ask for it (contract/core.md §1.2,
step 9), where it is remembered with the login token for half an hour.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import pyotp

from parley import clock
from parley.accounts import credential_store as store
from parley.accounts.credential_store import SecondFactor
from parley.accounts.guessing import codes_of, give_back, use_a_try
from parley.accounts.identify import Person, hash_token
from parley.accounts.store import end_sessions
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import later, now
from parley.db import Database, Tx
from parley.db.documents import Doc
from parley.errors import Coded, LoginStopped

STEP_SECONDS = 30
REMEMBERED_MINUTES = 30
RECOVERY_CODES = 12

HOW: Doc = {"method": "totp", "codeGenerated": False, "availableMethods": ["totp"]}
REQUIRED = ("totp-required", "TOTP Required", HOW)
INVALID = ("totp-invalid", "TOTP Invalid", {"method": "totp"})


def switched_on(settings: Mapping[str, Any]) -> bool:
    return bool(settings["Accounts_TwoFactorAuthentication_Enabled"])


async def propose(tx: Tx, person: Person) -> Doc:
    """`{secret, url}`: a new secret, in force once `confirm_proposal` has seen a code of it.

    Raises Coded `error-not-allowed` for who has a second factor already.
    """
    if not switched_on(person.settings):
        raise Coded("error-not-allowed", "Two factor authentication is switched off")
    user_id = await _locked(tx, person)
    held = await store.second_factor(tx, user_id)
    if held is not None and held.enabled:
        raise Coded("error-not-allowed", "There is a second factor already: disable it first")
    secret = pyotp.random_base32()
    await store.put_second_factor(tx, user_id, SecondFactor(secret, False, 0, []))
    site = str(person.settings["Site_Name"] or "Parley")
    url = pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=site)
    return {"secret": secret, "url": url}


async def confirm_proposal(tx: Tx, actor: Actor, person: Person, code: str) -> list[str]:
    """The recovery codes, shown this once. Ends the person's other sessions. Raises Coded."""
    user_id = await _locked(tx, person)
    held = await store.second_factor(tx, user_id)
    if held is None or held.enabled:
        raise Coded("error-not-allowed", "There is no second factor to confirm")
    step = _step_of(held, code)
    if step is None:
        raise Coded(*INVALID)
    codes, hashes = _new_codes()
    await store.put_second_factor(tx, user_id, SecondFactor(held.secret, True, step, hashes))
    await end_sessions(tx, user_id, but=person.token_hash)
    await record(tx, actor, "second-factor.enabled", "user", user_id, person.username)
    return codes


async def disable(tx: Tx, actor: Actor, person: Person, code: str) -> None:
    """Raises Coded `totp-invalid`."""
    await _show(tx, person, code)
    await store.delete_second_factor(tx, person.user_id or "")
    user_id = person.user_id or ""
    await record(tx, actor, "second-factor.disabled", "user", user_id, person.username)


async def new_recovery_codes(tx: Tx, actor: Actor, person: Person, code: str) -> list[str]:
    """Twelve new ones; the old no longer work. Raises Coded `totp-invalid`."""
    await _show(tx, person, code)
    user_id = person.user_id or ""
    held = await store.second_factor(tx, user_id)
    codes, hashes = _new_codes()
    if held is not None:
        await store.put_second_factor(tx, user_id, held._replace(recovery=hashes))
    await record(tx, actor, "second-factor.codes", "user", user_id, person.username)
    return codes


async def reset(tx: Tx, actor: Actor, user: Doc) -> None:
    """An admin takes it away from somebody who lost it, with all their sessions."""
    await tx.lock("users", user["_id"])
    await store.delete_second_factor(tx, user["_id"])
    await end_sessions(tx, user["_id"])
    await record(tx, actor, "second-factor.reset", "user", user["_id"], user["username"])


async def accepts(tx: Tx, user_id: str, code: str) -> bool:
    """Whether the code is right now; it is used up then. The caller limits the tries."""
    await tx.lock("users", user_id)
    held = await store.second_factor(tx, user_id)
    if held is None or not held.enabled:
        return False
    code = code.strip().replace(" ", "")
    step = _step_of(held, code)
    if step is not None:
        await store.put_second_factor(tx, user_id, held._replace(last_step=step))
        return True
    hashed = hash_token(code.upper())
    if hashed in held.recovery:
        left = [other for other in held.recovery if other != hashed]
        await store.put_second_factor(tx, user_id, held._replace(recovery=left))
        return True
    return False


async def confirm(db: Database, person: Person, headers: Mapping[bytes, bytes]) -> None:
    """The dialect's Confirm: raises Coded `totp-required` or `totp-invalid`."""
    if not switched_on(person.settings) or person.user_id is None:
        return
    asked = await db.read(store.demand, person.token_hash, person.user_id)
    if asked is None or not asked.enabled or asked.bypass:
        return
    if asked.confirmed_until is not None and asked.confirmed_until > now():
        return
    code = headers.get(b"x-2fa-code", b"").decode("latin-1")
    if not code:
        raise Coded(*REQUIRED)
    await db.act(try_a_code, person.user_id)
    if not await db.act(_confirmed, person, code):
        raise Coded(*INVALID)


async def try_a_code(tx: Tx, user_id: str) -> None:
    """Before looking at a code, in an act of its own. Raises Coded `totp-max-attempts`."""
    try:
        await use_a_try(tx, [codes_of(user_id)])
    except LoginStopped as stopped:
        raise Coded("totp-max-attempts", "Too many wrong codes", stopped.details) from None


async def _confirmed(tx: Tx, person: Person, code: str) -> bool:
    if not await accepts(tx, person.user_id or "", code):
        return False
    await give_back(tx, [codes_of(person.user_id or "")])
    until = later(now(), minutes=REMEMBERED_MINUTES)
    await store.remember_confirmation(tx, person.token_hash, until)
    return True


async def _show(tx: Tx, person: Person, code: str) -> None:
    if not await accepts(tx, person.user_id or "", code):
        raise Coded(*INVALID)
    await give_back(tx, [codes_of(person.user_id or "")])


async def _locked(tx: Tx, person: Person) -> str:
    user_id = person.user_id or ""
    await tx.lock("users", user_id)
    return user_id


def _step_of(held: SecondFactor, code: str) -> int | None:
    """The time step whose code it is: this one or a neighbour, and none that was used."""
    current = int(clock.moment().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(held.secret)
    for step in (current - 1, current, current + 1):
        if step > held.last_step and secrets.compare_digest(
            totp.generate_otp(step).encode(), code.encode("utf-8", "replace")
        ):
            return step
    return None


def _new_codes() -> tuple[list[str], list[str]]:
    codes = [pyotp.random_base32(32)[:10] for _ in range(RECOVERY_CODES)]
    return codes, [hash_token(code) for code in codes]
