"""The log of administrative acts. A record is written in the transaction of the act itself.

No secret enters it: no password, no token, no value of a setting that is marked secret.
"""

from typing import Any

from parley.audit.actor import Actor
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, insert
from parley.ids import object_id


async def record(
    tx: Tx, actor: Actor, what: str, kind: str, key: str, name: str = "", **data: Any
) -> None:
    """`what` such as `user.created`; `kind`, `key`, `name`: what it was done to."""
    target = {"type": kind, "_id": key, "name": name}
    entry: Doc = {
        "_id": object_id(),
        "t": what,
        "ts": now(),
        "actor": actor.doc,
        "target": {k: v for k, v in target.items() if v},
    }
    if data:
        entry["data"] = data
    await insert(tx, "audit", entry)
