"""Test mode: what suites written for Rocket.Chat expect of a server.

Its admin is known to all. So it listens on loopback only, answers no proxy, and keeps to databases
that it made itself; and nothing else serves those.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from parley.accounts.passwords import hash_password
from parley.accounts.roles import ADMIN
from parley.accounts.service import new_user
from parley.accounts.store import anybody, insert_user, set_password
from parley.config import Config
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.db.meta import TEST_MODE, get_mark, set_mark
from parley.errors import Unavailable
from parley.preferences.store import put_setting, raise_policy_version

log = logging.getLogger("parley")

LONGEST_SECONDS = 10

PRIVATE_ADDRESSES = (
    "Livechat_webhook_private_addresses",
    "Livechat_Trigger_Private_Addresses",
    "Livechat_External_Queue_Private_Addresses",
    "SMS_Private_Addresses",
    "Email_Inbox_Private_Addresses",
)
ANY_PRIVATE = "127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7"
"""No link-local addresses: a cloud's machines learn their secrets there."""

KNOWN_ADMIN = "rocketchat.internal.admin.test"


async def check_mark(db: Database, config: Config) -> None:
    """Marks a new database; raises Unavailable where mode and mark disagree."""
    if config.test_mode and not config.loopback:
        raise Unavailable("test mode listens on a loopback address only")
    await db.act(_agree, config.test_mode)


async def _agree(tx: Tx, test_mode: bool) -> None:
    marked = await get_mark(tx, TEST_MODE) is not None
    if test_mode and not marked:
        if await anybody(tx):
            raise Unavailable("this database was made without test mode")
        await set_mark(tx, TEST_MODE, "yes")
    elif marked and not test_mode:
        raise Unavailable("this database was made in test mode: its admin's password is public")


async def make_admin(db: Database) -> None:
    log.warning("TEST MODE: the admin's password is public and there are no rate limits")
    await db.act(_admin_anew, await hash_password(KNOWN_ADMIN))


async def _admin_anew(tx: Tx, password_hash: str) -> None:
    user: Doc = new_user(KNOWN_ADMIN, KNOWN_ADMIN, f"{KNOWN_ADMIN}@rocket.chat", [ADMIN])
    user["_id"] = KNOWN_ADMIN
    user["emails"][0]["verified"] = True
    if await find(tx, "users", KNOWN_ADMIN) is None:
        await insert_user(tx, user, password_hash)
    else:
        await set_password(tx, user, password_hash)


def finishing(app: ASGIApp, work: Callable[[], Awaitable[None]]) -> ASGIApp:
    """What a call has left to jobs is done before it is answered, if that is soon."""

    async def finish() -> None:
        with contextlib.suppress(Unavailable):
            await work()

    async def finished(scope: Scope, receive: Receive, send: Send) -> None:
        async def hold(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                # Not cancelled where it takes longer: somebody else would have to begin anew.
                await asyncio.wait({asyncio.ensure_future(finish())}, timeout=LONGEST_SECONDS)
            await send(message)

        changes = scope["type"] == "http" and scope["method"] != "GET"
        await app(scope, receive, hold if changes else send)

    return finished


async def set_settings(db: Database, url: str) -> None:
    """The server's own address; and suites have their webhooks and services beside it."""

    async def put(tx: Tx) -> None:
        await put_setting(tx, "Site_Url", url)
        for name in PRIVATE_ADDRESSES:
            await put_setting(tx, name, ANY_PRIVATE)
        await raise_policy_version(tx)

    await db.act(put)
