"""Telling again what was told, or was given up (ours): with its id, so that nothing is counted
twice by a receiver that looks at it."""

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import iso, parse
from parley.db import Tx
from parley.db.documents import Doc, Params
from parley.errors import Coded
from parley.integrations.schemas import ReplayWebhooks
from parley.integrations.store import FAILED, put_again

MOST = 1000


async def replay(tx: Tx, actor: Actor, wanted: ReplayWebhooks) -> Doc:
    """`{replayed, more}`: how many wait again; whether as many again may be left.

    What waits already is left alone. Raises Coded `error-invalid-params` or `error-invalid-date`.
    """
    p = Params()
    if wanted.id is not None:
        if wanted.start is not None or wanted.end is not None:
            raise _neither()
        replayed = await put_again(tx, f"id = {p(wanted.id)}", p, 1)
        told: Doc = {"replayed": replayed}
        more = False
    else:
        if wanted.start is None or wanted.end is None:
            raise _neither()
        start, end = _moment(wanted.start), _moment(wanted.end)
        state = wanted.state or FAILED
        tests = f"at >= {p(start)} AND at < {p(end)} AND state = {p(state)}"
        replayed = await put_again(tx, tests, p, MOST)
        told = {"replayed": replayed, "start": start, "end": end, "state": state}
        more = replayed == MOST
    await record(tx, actor, "webhooks.replayed", "webhook", wanted.id or "range", **told)
    return {"replayed": replayed, "more": more}


def _neither() -> Coded:
    return Coded("error-invalid-params", "Either _id, or start and end")


def _moment(text: str) -> str:
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise Coded("error-invalid-date", "start and end are ISO dates") from None
