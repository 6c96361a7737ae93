"""Frames of canned responses (realtime.md §4): to those who may use them, as each was saved."""

from typing import cast

from parley.canned_responses.audience import audience_of, hears
from parley.db.documents import decode, encode
from parley.messages.ejson import with_dates
from parley.realtime.ddp.frames import changed
from parley.realtime.ddp.hub import write_all
from parley.realtime.ddp.rights import Checked
from parley.realtime.ddp.streams import CANNED
from parley.realtime.ddp.told import Told
from parley.realtime.store import canned_responses, works_in

EVENT = "canned-responses"


async def canned_response(told: Told) -> None:
    """Of a response that has left this audience only the id is told, to who may not use it now."""
    listeners = told.hub.listeners(CANNED, EVENT)
    if not listeners:
        return
    peers = [(one, cast(Checked, one).peer.person) for one in listeners]
    user_ids = {person.user_id or "" for _, person in peers}
    departments = await told.db.read(works_in, user_ids)
    key = told.event.doc["_id"]
    doc = (await told.db.read(canned_responses, [key])).get(key)
    now = "" if doc is None else audience_of(decode(doc))

    def may(audience: str) -> list[bool]:
        mine = [departments.get(person.user_id or "", set()) for _, person in peers]
        return [hears(p, audience, d) for (_, p), d in zip(peers, mine, strict=True)]

    uses = may(now)
    if doc is not None and now == told.event.stream:
        to = [one for (one, _), use in zip(peers, uses, strict=True) if use]
        said = f'{{"type":"changed",{with_dates(doc)[1:]}'
    else:
        # Who works in a department that is gone is not known any more.
        personal = told.event.stream.startswith("user:")
        could = may(told.event.stream) if personal else [True] * len(peers)
        to = [o for (o, _), use, had in zip(peers, uses, could, strict=True) if had and not use]
        said = encode({"type": "removed", "_id": key})
    await write_all(to, changed(CANNED, EVENT, f"[{said}]"))


CANNED_FRAMES = {"canned-response": canned_response}
