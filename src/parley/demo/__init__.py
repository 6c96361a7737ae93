"""`parley demo`: a server whose history was made by real conversations through its own API."""

import asyncio
import json
import logging
from collections.abc import Callable

import msgspec

from parley.accounts.identify import Identifier, Person
from parley.accounts.login import issue_token
from parley.accounts.passwords import hash_password
from parley.accounts.service import create_first_admin, one_time_password
from parley.app import build_app
from parley.config import Config
from parley.db import Database, open_database
from parley.db.meta import DEMO, get_mark, set_mark
from parley.demo.filling import Api, Shelf, fill
from parley.errors import Unavailable
from parley.history.schemas import ChatHistory
from parley.history.service import chat_history
from parley.home import Shown
from parley.serve import listen
from parley.testmode import check_mark
from parley.web.envelope import Listing, success

log = logging.getLogger("parley")

_FILLING = "filling"
TOKEN_DAYS = 30


async def demo(config: Config, say: Callable[[str], None]) -> None:
    """Serves like `serve`; `say` gets the one curl line. Raises Unavailable for foreign data."""
    if not config.loopback:
        raise Unavailable("the demo listens on a loopback address only")
    db = await open_database(config.database_url)
    try:
        await check_mark(db, config)
        admin_id = await _admin(db)
        ready: list[tuple[Shelf, Person]] = []

        async def example() -> Shown:
            return await _shown(db, *ready[0]) if ready else Shown("…", "The demo is being filled.")

        async def started(url: str) -> None:
            shelf = await _shelf(db)
            if shelf is None:
                token = await db.act(issue_token, admin_id, 1)
                shelf = await asyncio.to_thread(fill, Api(url, admin_id, token))
                await db.act(set_mark, DEMO, msgspec.json.encode(shelf).decode())
            token = await db.act(issue_token, shelf.agent_id, TOKEN_DAYS)
            ready.append((shelf, await Identifier(db)(token, shelf.agent_id)))
            log.info("the demo is filled; look at %s/", url)
            say(
                f"curl -H 'X-Auth-Token: {token}' -H 'X-User-Id: {shelf.agent_id}'"
                f" '{url}{shelf.path}'"
            )

        await listen(config, build_app(config, db, example), db, started)
    finally:
        await db.close()


async def _admin(db: Database) -> str:
    """The id of the demo's admin; empty when the demo is filled already."""
    mark = await db.read(get_mark, DEMO)
    if mark == _FILLING:
        raise Unavailable("an earlier demo was interrupted: remove its data and start again")
    if mark is not None:
        return ""
    admin_id = await db.act(create_first_admin, await hash_password(one_time_password()))
    if admin_id is None:
        raise Unavailable("this data is not a demo's; give the demo a --data of its own")
    await db.act(set_mark, DEMO, _FILLING)
    return admin_id


async def _shelf(db: Database) -> Shelf | None:
    mark = await db.read(get_mark, DEMO)
    return None if mark in (None, _FILLING) else msgspec.json.decode(mark, type=Shelf)


async def _shown(db: Database, shelf: Shelf, agent: Person) -> Shown:
    """The history as it is now, shortened to the newest three rooms."""
    query = ChatHistory(count=3)
    found = await chat_history(db, agent, shelf.room_id, shelf.visitor_id, query)
    counts = {"count": found.shown, "offset": 0, "total": found.total}
    answer = json.loads(success(Listing("history", found.rooms, counts)))
    return Shown(shelf.path + "?count=3", json.dumps(answer, indent=2, ensure_ascii=False))
