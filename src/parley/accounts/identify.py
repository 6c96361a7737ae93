"""Who is calling: one statement a request, which also tells whether the policy has changed."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec

from parley.accounts import store
from parley.accounts.policy import Policy, load_policy
from parley.accounts.roles import MONITOR
from parley.clock import now
from parley.db import Database


class _User(msgspec.Struct, rename={"id": "_id"}):
    id: str
    username: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    active: bool = False


_decode = msgspec.json.Decoder(_User).decode


class Person(msgspec.Struct, frozen=True):
    """The caller of a request; without `user_id` a visitor, or nobody."""

    user_id: str | None
    username: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[str]
    settings: Mapping[str, Any]
    token_hash: str = ""
    beyond: frozenset[str] | None = None
    """Of a monitor: what their other roles hold. As a monitor they see by units, and no further."""

    def may(self, *permissions: str) -> bool:
        return not self.permissions.isdisjoint(permissions)

    def may_everywhere(self, *permissions: str) -> bool:
        """Whether they hold one of them in whatever department: not as a monitor alone."""
        held = self.permissions if self.beyond is None else self.beyond
        return not held.isdisjoint(permissions)

    @property
    def ref(self) -> dict[str, str]:
        """How messages and rooms name this person."""
        return {"_id": self.user_id or "", "username": self.username, "name": self.name}


def hash_token(token: str) -> str:
    """base64(sha256(token)): all that is kept of a login token."""
    return base64.b64encode(hashlib.sha256(token.encode("utf-8", "replace")).digest()).decode()


class Identifier:
    """Fills the dialect's Identify; keeps the policy it read last."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._policy: Policy | None = None

    async def __call__(self, token: str, user_id: str) -> Person:
        return await self.known(hash_token(token) if token and user_id else "", user_id)

    async def known(self, token_hash: str, user_id: str) -> Person:
        """Who holds this token now: the same by its hash."""
        version, doc, expires_at = await self._db.read(store.look_up, token_hash, user_id)
        policy = await self._policy_of(version)
        found = _holder(doc, expires_at, policy, token_hash)
        return found or Person(None, "", "", (), frozenset(), policy.settings)

    async def all_known(self, token_hashes: Iterable[str]) -> list[Person]:
        """Those of the tokens that somebody holds now, by one statement for a thousand of them."""
        found, remaining = [], iter(dict.fromkeys(token_hashes))
        while some := list(islice(remaining, store.MOST_TOKENS)):
            looked_up = await self._db.read(store.look_up_all, some)
            for token_hash, (version, doc, expires_at) in looked_up.items():
                policy = await self._policy_of(version)
                if person := _holder(doc, expires_at, policy, token_hash):
                    found.append(person)
        return found

    async def _policy_of(self, version: int) -> Policy:
        policy = self._policy
        if policy is None or policy.version != version:
            policy = self._policy = await self._db.read(load_policy, version)
        return policy


def _holder(
    doc: str | None, expires_at: str | None, policy: Policy, token_hash: str
) -> Person | None:
    """None for a token that is over, or whose person may not come in."""
    if doc is None or expires_at is None or expires_at <= now():
        return None
    user = _decode(doc)
    return _person(user, policy, token_hash) if user.active else None


def _person(user: _User, policy: Policy, token_hash: str) -> Person:
    held, beyond = policy.held_by(user.roles), None
    if MONITOR in user.roles:
        beyond = policy.held_by(role for role in user.roles if role != MONITOR)
    settings = policy.settings
    names = (user.id, user.username, user.name)
    return Person(*names, user.roles, held, settings, token_hash, beyond)
