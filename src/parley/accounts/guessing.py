"""Limits on guessing passwords and codes.

Each account, and each address, has so many tries, which come back evenly: with the settings'
defaults 10 for an account and 50 for an address in 5 minutes. Nobody is locked out for ever: the
next try is never further away than one of these steps. Whoever logs in from an address that they
used before has tries of their own, which strangers cannot use up. A refused try costs one
statement and hashes nothing. The tries are rows: they hold for all processes, and after a start.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from parley import clock
from parley.accounts import credential_store as store
from parley.clock import iso
from parley.db import Tx
from parley.errors import LoginStopped

FAMILIAR_DAYS = 90

BY_USER = "error-login-blocked-for-user"
BY_ADDRESS = "error-login-blocked-for-ip"
_WORDS = {
    BY_USER: "Login has been temporarily blocked For User",
    BY_ADDRESS: "Login has been temporarily blocked For IP",
}


class Bucket(NamedTuple):
    """So many tries, of which one comes back every `step_ms`."""

    key: str
    tries: int
    step_ms: int
    code: str


@dataclass(frozen=True)
class Guess:
    """One attempt at an account, known or not, from an address."""

    account: str
    """As typed; only its hash is kept, for people type passwords there."""
    address: str
    user_id: str = ""
    familiar: bool = False

    def buckets(self, settings: Mapping[str, Any]) -> list[Bucket]:
        if not settings["Block_Multiple_Failed_Logins_Enabled"]:
            return []
        found = []
        allowed = str(settings["Block_Multiple_Failed_Logins_Ip_Whitelist"] or "").split(",")
        if settings["Block_Multiple_Failed_Logins_By_Ip"] and self.address not in (
            name.strip() for name in allowed
        ):
            found.append(_bucket(settings, f"address:{self.address}", "By_Ip", BY_ADDRESS))
        if settings["Block_Multiple_Failed_Logins_By_User"]:
            if self.familiar:
                key = f"familiar:{self.user_id}:{self.address}"
            else:
                key = _account_key(self.account)
            found.append(_bucket(settings, key, "By_User", BY_USER))
        return found


async def forgive(tx: Tx, user_id: str) -> None:
    """All tries at the account come back: its password is another one now."""
    await store.forget_guesses(tx, _account_key(user_id))


def _account_key(account: str) -> str:
    return f"account:{hashlib.sha256(account.casefold().encode('utf-8', 'replace')).hexdigest()}"


def codes_of(user_id: str) -> Bucket:
    """Tries of second-factor codes, and of one's own password, by somebody who is logged in."""
    return Bucket(f"codes:{user_id}", 10, 30_000, BY_USER)


def mails_to(user_id: str) -> Bucket:
    """Mails for a lost password."""
    return Bucket(f"mails:{user_id}", 3, 20 * 60_000, BY_USER)


def _bucket(settings: Mapping[str, Any], key: str, which: str, code: str) -> Bucket:
    by = "by_User" if which == "By_User" else "By_Ip"
    tries = int(settings[f"Block_Multiple_Failed_Logins_Attempts_Until_Block_{by}"])
    minutes = int(settings[f"Block_Multiple_Failed_Logins_Time_To_Unblock_{which}_In_Minutes"])
    # Nothing, or less, would lock out the admin who could mend it; hours would be for ever.
    tries, minutes = max(1, tries), min(max(1, minutes), 60)
    return Bucket(key, tries, minutes * 60_000 // tries or 1, code)


async def use_a_try(tx: Tx, buckets: list[Bucket]) -> None:
    """Takes one from each. Raises LoginStopped where none is left, which undoes the whole act."""
    at = _now_ms()
    for bucket in buckets:
        if not await store.take_guess(tx, bucket.key, at, bucket.step_ms, bucket.tries):
            full_at = await store.guesses_full_at(tx, bucket.key) or at
            wait = full_at - at - (bucket.tries - 1) * bucket.step_ms
            until = clock.later(iso(clock.moment()), milliseconds=max(wait, 1))
            raise LoginStopped(bucket.code, _WORDS[bucket.code], {"unblockAt": until})


async def give_back(tx: Tx, buckets: list[Bucket]) -> None:
    """The try was no guess."""
    for bucket in buckets:
        await store.return_guess(tx, bucket.key, bucket.step_ms)


async def prune_credentials(tx: Tx) -> None:
    """Removes what has run out: logins, mailed links, tries that came back, old addresses."""
    await store.delete_expired(tx, _now_ms(), FAMILIAR_DAYS)


def _now_ms() -> int:
    return int(clock.moment().timestamp() * 1000)
