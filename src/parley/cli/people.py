"""`parley user`: the accounts, from the machine itself. Works beside a running server."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from parley.accounts import second_factor
from parley.accounts.change_password import check_new_password, set_new_password
from parley.accounts.passwords import hash_password, is_hash
from parley.accounts.people_store import MOST
from parley.accounts.people_store import list_people as list_people_page
from parley.accounts.policy import load_policy
from parley.accounts.roles import AGENT, ROLES
from parley.accounts.schemas import CreateUser
from parley.accounts.service import check_names, create_user, one_time_password
from parley.accounts.store import find_by_username, set_password
from parley.audit.actor import at_the_machine
from parley.cli.options import as_json, with_options
from parley.cli.running import run
from parley.config import Config
from parley.contacts.looked_after import forget_manager
from parley.conversations.roles import change_role
from parley.db import Database, Tx, open_database
from parley.db.documents import Doc
from parley.errors import Refused

T = TypeVar("T")

from_stdin = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the password from standard input, one line."
)


@click.group()
def user() -> None:
    """Accounts: add, list, password, role, second-factor-off."""


@user.command()
@click.argument("username")
@click.option("--name", help="Full name; the username if not given.")
@click.option("--email", help="Address; USERNAME@localhost.invalid if not given.")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(sorted(ROLES)), help="Several are possible."
)
@click.option("--password-hash", help="An argon2 or bcrypt hash (of the hex sha-256), to import.")
@from_stdin
@with_options("data", "database")
def add(
    username: str,
    name: str | None,
    email: str | None,
    roles: tuple[str, ...],
    password_hash: str | None,
    from_stdin: bool,
    **given: Any,
) -> None:
    """Add an account. Without a password one is made, and printed once."""
    if password_hash is not None and not is_hash(password_hash):
        raise click.BadParameter("not a hash of argon2 or bcrypt", param_hint="--password-hash")
    password = _read_line() if from_stdin else one_time_password()
    new = CreateUser(
        email=email or f"{username.lower()}@localhost.invalid",
        name=name or username,
        username=username,
        roles=[*dict.fromkeys(roles or ["user"])],
        requirePasswordChange=None if from_stdin or password_hash else True,
    )

    async def work(db: Database) -> None:
        settings = (await db.read(load_policy, 0)).settings
        check_names(settings, new.name, new.username, new.email)
        check_new_password(password)
        hashed = password_hash or await hash_password(password)
        await db.act(create_user, at_the_machine(), new, hashed)

    _with_database(given, work)
    if not from_stdin and password_hash is None:
        click.echo(f"Username: {username}  Password: {password}")


@user.command(name="list")
@as_json
@with_options("data", "database")
def list_people(as_json: bool, **given: Any) -> None:
    """List the accounts: username, roles, e-mail address, state."""
    people = _with_database(given, _everybody)
    if as_json:
        click.echo(json.dumps(people, indent=2))
        return
    for one in people:
        state = "" if one["active"] else "  (deactivated)"
        email = one["emails"][0]["address"] if one.get("emails") else "-"
        click.echo(f"{one['username']:24} {','.join(one['roles']):40} {email}{state}")


async def _everybody(db: Database) -> list[Doc]:
    people: list[Doc] = []
    total = 1
    while len(people) < total:
        page, total = await db.scan(list_people_page, "", "username_key", MOST, len(people))
        people += page
        if not page:
            break
    return people


@user.command()
@click.argument("username")
@click.option("--generate", is_flag=True, help="Make one, and print it once.")
@from_stdin
@with_options("data", "database")
def password(username: str, generate: bool, from_stdin: bool, **given: Any) -> None:
    """Set an account's password, asking for it; the account's sessions end."""
    if generate:
        new = one_time_password()
    elif from_stdin:
        new = _read_line()
    else:
        new = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)

    async def work(db: Database) -> None:
        check_new_password(new)
        found = await _found(db, username)
        hashed = await hash_password(new)
        await db.act(_set_password, found["_id"], hashed, generate)

    _with_database(given, work)
    if generate:
        click.echo(f"Username: {username}  Password: {new}")


async def _set_password(tx: Tx, user_id: str, hashed: str, generated: bool) -> None:
    changed = await set_new_password(tx, at_the_machine(), user_id, hashed, how="reset")
    if generated:
        await set_password(tx, changed | {"requirePasswordChange": True}, hashed)


@user.command()
@click.argument("username")
@click.argument("act", type=click.Choice(["give", "take"]))
@click.argument("role", type=click.Choice(sorted(ROLES)))
@with_options("data", "database")
def role(username: str, act: str, role: str, **given: Any) -> None:
    """Give an account a role, or take it away."""

    async def work(db: Database) -> None:
        found = await _found(db, username)
        await db.act(change_role, at_the_machine(), found["_id"], role, give=act == "give")
        if role == AGENT and act == "take":
            await forget_manager(db, found["_id"])

    _with_database(given, work)


@user.command(name="second-factor-off")
@click.argument("username")
@with_options("data", "database")
def second_factor_off(username: str, **given: Any) -> None:
    """Take the second factor from an account whose owner lost it; its sessions end."""

    async def work(db: Database) -> None:
        await db.act(second_factor.reset, at_the_machine(), await _found(db, username))

    _with_database(given, work)


async def _found(db: Database, username: str) -> Doc:
    found = await db.read(find_by_username, username)
    if found is None:
        raise Refused(f"nobody is called {username}")
    return found


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _with_database(given: dict[str, Any], work: Callable[[Database], Awaitable[T]]) -> T:
    async def whole() -> T:
        db = await open_database(Config(**given).database_url, serving=False)
        try:
            return await work(db)
        finally:
            await db.close()

    return run(whole())


COMMANDS = [user]
