"""Personal access tokens: named, without an end, until they are removed (contract/core.md §1.7)."""

from parley.accounts.credential_store import (
    NamedToken,
    delete_named_token,
    insert_named_token,
    named_tokens,
)
from parley.accounts.identify import Person, hash_token
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db import Reader, Tx
from parley.db.documents import Doc
from parley.errors import Coded, Refused
from parley.ids import auth_token

MOST = 100
"""Tokens of one person."""

SHOWN = 6
"""Characters of a token's end that stay to be seen."""


async def generate(tx: Tx, actor: Actor, person: Person, name: str, bypass: bool) -> str:
    """The token, told this once. `bypass`: acts with it are not asked for a second factor."""
    _check(person, name)
    await tx.lock("users", person.user_id or "")
    if len(await named_tokens(tx, person.user_id or "")) >= MOST:
        raise Coded("error-too-many-tokens", f"{MOST} tokens are the most")
    token = await _put(tx, person, name, bypass)
    await _record(tx, actor, person, "token.generated", name)
    return token


async def regenerate(tx: Tx, actor: Actor, person: Person, name: str) -> str:
    """Another token of the same name; the old one no longer works."""
    _check(person, name)
    old = await _take(tx, person, name)
    token = await _put(tx, person, name, old.bypass)
    await _record(tx, actor, person, "token.regenerated", name)
    return token


async def remove(tx: Tx, actor: Actor, person: Person, name: str) -> None:
    _check(person, name)
    await _take(tx, person, name)
    await _record(tx, actor, person, "token.removed", name)


async def all_of(q: Reader, person: Person) -> list[Doc]:
    """What can be told of them: `{name, createdAt, lastTokenPart, bypassTwoFactor}`."""
    _may(person)
    return [
        {
            "name": token.name,
            "createdAt": token.created_at,
            "lastTokenPart": token.last_part,
            "bypassTwoFactor": token.bypass,
        }
        for token in await named_tokens(q, person.user_id or "")
    ]


def _may(person: Person) -> None:
    if not person.may("create-personal-access-tokens"):
        raise Coded("not-authorized", "Not Authorized")


def _check(person: Person, name: str) -> None:
    _may(person)
    if not name.strip():
        raise Refused("The 'tokenName' param is required")


async def _put(tx: Tx, person: Person, name: str, bypass: bool) -> str:
    token = auth_token()
    user_id = person.user_id or ""
    if not await insert_named_token(tx, hash_token(token), user_id, name, token[-SHOWN:], bypass):
        raise Coded("error-token-already-exists", "A token with this name already exists")
    return token


async def _take(tx: Tx, person: Person, name: str) -> NamedToken:
    token = await delete_named_token(tx, person.user_id or "", name)
    if token is None:
        raise Coded("error-token-does-not-exists", "Token does not exist")
    return token


async def _record(tx: Tx, actor: Actor, person: Person, what: str, name: str) -> None:
    await record(tx, actor, what, "user", person.user_id or "", person.username, token=name)
