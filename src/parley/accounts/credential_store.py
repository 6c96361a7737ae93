"""SQL of what proves who somebody is: named tokens, second factors, lost passwords, guesses."""

from typing import Any, NamedTuple

from parley.clock import later, now
from parley.db.documents import decode, encode
from parley.db.tx import Reader, Tx

NEVER = "9999-12-31T23:59:59.999Z"


async def take_guess(tx: Tx, key: str, at: int, step: int, tries: int) -> bool:
    """False when none of the tries is left; all times in ms. One statement, so that of many at
    once no more than `tries` pass."""
    full = f"CASE WHEN guesses.full_at > {at:d} THEN guesses.full_at ELSE {at:d} END + {step:d}"
    return (
        await tx.value(
            "INSERT INTO guesses (key, full_at) VALUES ($1, $2)"
            f" ON CONFLICT (key) DO UPDATE SET full_at = {full}"
            f" WHERE {full} <= {at + tries * step:d} RETURNING key",
            key,
            at + step,
        )
        is not None
    )


async def guesses_full_at(q: Reader, key: str) -> int | None:
    found: int | None = await q.value("SELECT full_at FROM guesses WHERE key = $1", key)
    return found


async def return_guess(tx: Tx, key: str, step: int) -> None:
    await tx.rows("UPDATE guesses SET full_at = full_at - $2 WHERE key = $1", key, step)


async def forget_guesses(tx: Tx, key: str) -> None:
    await tx.rows("DELETE FROM guesses WHERE key = $1", key)


async def note_address(tx: Tx, user_id: str, address: str) -> None:
    """The person has logged in from there."""
    await tx.rows(
        "INSERT INTO login_addresses (user_id, address, last_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, address) DO UPDATE SET last_at = $3",
        user_id,
        address,
        now(),
    )


class NamedToken(NamedTuple):
    name: str
    created_at: str
    last_part: str
    bypass: bool


async def insert_named_token(
    tx: Tx, token_hash: str, user_id: str, name: str, last_part: str, bypass: bool
) -> bool:
    """False when the person has a token of this name."""
    sql = (
        "INSERT INTO login_tokens (hash, user_id, created_at, expires_at, name, last_part, bypass)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING hash"
    )
    values = (token_hash, user_id, now(), NEVER, name, last_part, bypass)
    return await tx.value(sql, *values) is not None


async def named_tokens(q: Reader, user_id: str) -> list[NamedToken]:
    rows = await q.rows(
        "SELECT name, created_at, last_part, bypass FROM login_tokens"
        " WHERE user_id = $1 AND name IS NOT NULL ORDER BY created_at, name",
        user_id,
    )
    return [NamedToken(row[0], row[1], row[2], bool(row[3])) for row in rows]


async def delete_named_token(tx: Tx, user_id: str, name: str) -> NamedToken | None:
    """What it was; None when the person has no token of this name."""
    row = await tx.row(
        "DELETE FROM login_tokens WHERE user_id = $1 AND name = $2"
        " RETURNING name, created_at, last_part, bypass",
        user_id,
        name,
    )
    return None if row is None else NamedToken(row[0], row[1], row[2], bool(row[3]))


class SecondFactor(NamedTuple):
    secret: str
    enabled: bool
    last_step: int
    recovery: list[str]
    """Hashes of the codes that are left."""


async def second_factor(q: Reader, user_id: str) -> SecondFactor | None:
    row = await q.row(
        "SELECT secret, enabled, last_step, recovery FROM second_factors WHERE user_id = $1",
        user_id,
    )
    if row is None:
        return None
    recovery: Any = decode(row[3])["codes"]
    return SecondFactor(row[0], bool(row[1]), row[2], recovery)


async def has_second_factor(q: Reader, user_id: str) -> bool:
    return bool(await q.value("SELECT enabled FROM second_factors WHERE user_id = $1", user_id))


async def put_second_factor(tx: Tx, user_id: str, factor: SecondFactor) -> None:
    await tx.rows(
        "INSERT INTO second_factors (user_id, secret, enabled, last_step, recovery)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE"
        " SET secret = $2, enabled = $3, last_step = $4, recovery = $5",
        user_id,
        *factor[:3],
        encode({"codes": factor.recovery}),
    )


async def delete_second_factor(tx: Tx, user_id: str) -> None:
    await tx.rows("DELETE FROM second_factors WHERE user_id = $1", user_id)


class Demand(NamedTuple):
    """What decides whether a call must show a code."""

    enabled: bool
    bypass: bool
    confirmed_until: str | None


async def demand(q: Reader, token_hash: str, user_id: str) -> Demand | None:
    row = await q.row(
        "SELECT f.enabled, t.bypass, t.confirmed_until FROM second_factors f"
        " JOIN login_tokens t ON t.hash = $1 WHERE f.user_id = $2",
        token_hash,
        user_id,
    )
    return None if row is None else Demand(bool(row[0]), bool(row[1]), row[2])


async def remember_confirmation(tx: Tx, token_hash: str, until: str) -> None:
    await tx.rows("UPDATE login_tokens SET confirmed_until = $2 WHERE hash = $1", token_hash, until)


async def put_reset(tx: Tx, token_hash: str, user_id: str, expires_at: str) -> None:
    """The person's only one: an older mail no longer works."""
    await tx.rows("DELETE FROM password_resets WHERE user_id = $1", user_id)
    await tx.rows(
        "INSERT INTO password_resets (hash, user_id, expires_at) VALUES ($1, $2, $3)",
        token_hash,
        user_id,
        expires_at,
    )


async def reset_of(q: Reader, token_hash: str) -> str | None:
    """Whose unexpired reset it is."""
    sql = "SELECT user_id FROM password_resets WHERE hash = $1 AND expires_at > $2"
    found: str | None = await q.value(sql, token_hash, now())
    return found


async def delete_resets(tx: Tx, user_id: str) -> None:
    await tx.rows("DELETE FROM password_resets WHERE user_id = $1", user_id)


async def delete_expired(tx: Tx, now_ms: int, familiar_days: int) -> None:
    """What has run out: logins, resets, guesses that all came back, addresses long not used."""
    await tx.rows("DELETE FROM login_tokens WHERE expires_at < $1", now())
    await tx.rows("DELETE FROM password_resets WHERE expires_at < $1", now())
    await tx.rows("DELETE FROM guesses WHERE full_at < $1", now_ms)
    unused = later(now(), days=-familiar_days)
    await tx.rows("DELETE FROM login_addresses WHERE last_at < $1", unused)
