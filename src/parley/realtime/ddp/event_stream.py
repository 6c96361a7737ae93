"""The events of `livechat/events` over a socket (ours): a subscription with `since`.

A person names their own id, a visitor their room with their token beside it. `args` of a frame is
one `{"event", "id", "data"}`, as the Server-Sent Events have them (dates are ISO text there, too):
what was missed since `since`, or a snapshot, then all that comes, once and in order.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from parley.db.documents import decode, encode
from parley.errors import Coded
from parley.realtime.ddp.frames import changed
from parley.realtime.ddp.office import Office
from parley.realtime.ddp.streams import EVENTS, Asked
from parley.realtime.ddp.wire import Gone, Wire
from parley.realtime.following import follow
from parley.realtime.reader import PersonReader, Reader, VisitorReader
from parley.rooms.service import own_room

log = logging.getLogger("parley.realtime")


async def start(office: Office, wire: Wire, asked: Asked, extra: Any) -> asyncio.Task[str]:
    """Tells until it is cancelled, or the server ends it: then it answers the reason, and whoever
    comes back with the last `id` misses nothing.

    Raises Coded and Busy for too many connections of one, Unavailable.
    """
    since = extra.get("since") if isinstance(extra, dict) else None
    if since is not None and not isinstance(since, str):
        raise Coded("invalid-since", "since is the id of a frame")
    reader = await _reader(office, asked)
    office.events.admit(reader)
    return asyncio.create_task(_tell(office, wire, asked.event, reader, since or ""))


async def _reader(office: Office, asked: Asked) -> Reader:
    if asked.token:
        visitor, room = await office.db.read(own_room, asked.token, asked.room_id)
        return VisitorReader(asked.token, visitor.id, room["_id"])
    return PersonReader(asked.person)


async def _tell(office: Office, wire: Wire, event: str, reader: Reader, since: str) -> str:
    try:
        async for name, key, data in _frames(office, reader, since):
            if name == "closing":
                return str(decode(data)["reason"])
            head = encode({"event": name, "id": key})
            wire.write(changed(EVENTS, event, f'[{head[:-1]},"data":{data}}}]'))
            await wire.drained()
    except Gone:
        pass
    except Exception as error:
        log.error("unexpected error", exc_info=error)
        return "failed"
    return "stopping"


async def _frames(
    office: Office, reader: Reader, since: str
) -> AsyncIterator[tuple[str, str, str]]:
    """(name, id, data) of each, from the text of Server-Sent Events that all readers share."""
    following = follow(office.events, office.presence, reader, since, None)
    try:
        async for text in following:
            for block in text.decode().split("\n\n"):
                fields = dict(line.partition(": ")[::2] for line in block.split("\n"))
                if "data" in fields:
                    yield fields["event"], fields.get("id", ""), fields["data"]
                elif "id" in fields:
                    yield "here", fields["id"], "null"
    finally:
        await following.aclose()
