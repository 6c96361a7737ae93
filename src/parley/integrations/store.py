"""SQL of webhooks' events: taken under a lease, finished, put off, put again, listed."""

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from parley.clock import later, now, seconds
from parley.db.documents import Doc, Params, decode, encode
from parley.db.tx import Reader, Tx
from parley.events.webhooks import WHEN_IT_IS_FIRST
from parley.jobs.lease import LEASE_SECONDS

KEEP_DAYS = 7
BATCH = 1000
MOST_LOGGED = 20
"""Attempts that are kept of an event: the newest."""

WAITING, DONE, FAILED, DROPPED = "waiting", "done", "failed", "dropped"


class Event(NamedTuple):
    id: str
    lane: str
    type: str
    doc: Doc
    attempt: int
    failures: int
    since: str
    log: list[Doc]


# Of each lane the first that waits: nothing behind it has a time.
_DUE = "state = 'waiting' AND run_at <= {at} AND (lease_until IS NULL OR lease_until <= {at})"


async def anything_due(q: Reader) -> bool:
    sql = f"SELECT 1 FROM webhook_events WHERE {_DUE.format(at='$1')} LIMIT 1"
    return await q.value(sql, now()) is not None


async def take(tx: Tx, most: int, *, but: Collection[str] = ()) -> list[Event]:
    """Events whose turn it is, oldest first, now under a lease of this caller.

    `but`: ids of what this process is still sending, whatever became of its leases.
    """
    # One at a time claims: two would take the same, or pass over each other's.
    await tx.lock("webhooks", "take")
    at = now()
    p = Params(at, later(at, seconds=LEASE_SECONDS), most)
    others = "".join(f" AND id <> {p(key)}" for key in but)
    rows = await tx.rows(
        "UPDATE webhook_events SET lease_until = $2, attempts = attempts + 1 WHERE id IN"
        f" (SELECT id FROM webhook_events WHERE {_DUE.format(at='$1')}{others}"
        " ORDER BY run_at, id LIMIT $3)"
        " RETURNING id, lane, type, doc, attempts, failures, since, log, at",
        *p.values,
    )
    found = sorted(rows, key=lambda row: (row[8], row[0]))
    return [
        Event(row[0], row[1], row[2], decode(row[3]), row[4], row[5], row[6], _log(row[7]))
        for row in found
    ]


async def renew(tx: Tx, event: Event) -> bool:
    """False when the lease was lost: somebody else may be telling."""
    sql = (
        "UPDATE webhook_events SET lease_until = $3"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING id"
    )
    until = later(now(), seconds=LEASE_SECONDS)
    return await tx.value(sql, event.id, event.attempt, until) is not None


async def finish(tx: Tx, event: Event, state: str, said: Doc) -> None:
    """`said`: how the last attempt ended. Nothing, if somebody else has the lease by now."""
    # Who tells the lane of more, or tells again, finds this one waiting, or none: not both.
    await tx.lock("rooms", event.lane)
    await tx.lock("webhooks", "take")
    mine = await tx.value(
        "UPDATE webhook_events SET state = $3, finished_at = $4, log = $5, lease_until = NULL"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING id",
        event.id,
        event.attempt,
        state,
        now(),
        _with(event, said),
    )
    if mine is not None:
        await tx.rows(
            "UPDATE webhook_events SET run_at = $2 WHERE run_at = $3 AND id = (SELECT id"
            " FROM webhook_events WHERE lane = $1 AND state = 'waiting' ORDER BY seq LIMIT 1)",
            event.lane,
            now(),
            WHEN_IT_IS_FIRST,
        )


async def put_off(tx: Tx, event: Event, wait: float, said: Doc) -> None:
    """Sent again after so many seconds; or when it is first, if an earlier one was put again."""
    await tx.rows(
        "UPDATE webhook_events SET failures = failures + 1, log = $4, lease_until = NULL,"
        " run_at = CASE WHEN run_at = $5 THEN run_at ELSE $3 END"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
        event.id,
        event.attempt,
        later(now(), seconds=wait),
        _with(event, said),
        WHEN_IT_IS_FIRST,
    )


def _with(event: Event, said: Doc) -> str:
    return encode([*event.log, {"at": now(), **said}][-MOST_LOGGED:])


_log = msgspec.json.Decoder(list[Doc]).decode


async def keep_answer(tx: Tx, room_id: str, body: str) -> None:
    """Of a room that is there still."""
    await tx.rows(
        "INSERT INTO crm_data (room_id, body) SELECT id, $2 FROM rooms WHERE id = $1"
        " ON CONFLICT (room_id) DO UPDATE SET body = $2",
        room_id,
        body,
    )


async def answer_of(q: Reader, room_id: str) -> str | None:
    found: str | None = await q.value("SELECT body FROM crm_data WHERE room_id = $1", room_id)
    return found


async def prune(tx: Tx) -> int:
    """Deletes a batch of what was finished long ago; how many went."""
    gone = await tx.rows(
        "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events"
        " WHERE state <> 'waiting' AND finished_at < $1 ORDER BY finished_at LIMIT $2)"
        " RETURNING id",
        later(now(), days=-KEEP_DAYS),
        BATCH,
    )
    return len(gone)


async def oldest_waiting(q: Reader) -> float:
    """Seconds since what waits longest was put; 0 where nothing waits."""
    since = await q.value("SELECT min(since) FROM webhook_events WHERE state = 'waiting'")
    return max(0.0, seconds(since, now())) if since else 0.0


class Wanted(NamedTuple):
    """Empty where it does not matter."""

    room: str
    state: str
    type: str


async def list_events(q: Reader, wanted: Wanted, limit: int, offset: int) -> tuple[list[Doc], int]:
    """Newest first, and how many there are."""
    p = Params()
    columns = zip(("lane", "state", "type"), wanted, strict=True)
    tests = [f"{column} = {p(value)}" for column, value in columns if value]
    where = " AND ".join(tests) or "TRUE"
    total = await q.value(f"SELECT count(*) FROM webhook_events WHERE {where}", *p.values)
    rows = await q.rows(
        "SELECT id, type, lane, doc, state, at, run_at, attempts, finished_at, log"
        f" FROM webhook_events WHERE {where}"
        f" ORDER BY at DESC, seq DESC, id DESC LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [_shown(row) for row in rows], total


def _shown(row: Any) -> Doc:
    key, type_, lane, doc, state, at, run_at, attempts, finished_at, log = row
    message = decode(doc).get("message")
    shown = {
        "_id": key,
        "type": type_,
        "rid": lane if lane != message else None,
        "messageId": message,
        "state": state,
        "createdAt": at,
        "nextAt": run_at if state == WAITING and run_at != WHEN_IT_IS_FIRST else None,
        "finishedAt": finished_at,
        "attempts": attempts,
        "log": _log(log),
    }
    return {name: value for name, value in shown.items() if value is not None}


async def put_again(tx: Tx, tests: str, p: Params, most: int) -> int:
    """Finished events that pass the tests wait again, with their ids, oldest first; how many."""
    await tx.lock("webhooks", "take")
    at, later_on = p(now()), p(WHEN_IT_IS_FIRST)
    rows = await tx.rows(
        f"UPDATE webhook_events SET state = 'waiting', since = {at}, run_at = {later_on},"
        " failures = 0, finished_at = NULL, lease_until = NULL WHERE id IN (SELECT id"
        f" FROM webhook_events WHERE state <> 'waiting' AND {tests} ORDER BY at, seq, id"
        f" LIMIT {p(most)}) RETURNING lane",
        *p.values,
    )
    await _begin_anew(tx, sorted({row[0] for row in rows}))
    return len(rows)


async def _begin_anew(tx: Tx, lanes: list[str]) -> None:
    """Whatever had its turn in these lanes, the first that waits has it now."""
    p = Params(now(), WHEN_IT_IS_FIRST)
    marks = ", ".join(p(lane) for lane in lanes)
    if lanes:
        await tx.rows(
            "UPDATE webhook_events SET run_at = CASE WHEN EXISTS (SELECT 1 FROM webhook_events o"
            " WHERE o.lane = webhook_events.lane AND o.state = 'waiting'"
            " AND o.seq < webhook_events.seq) THEN $2 ELSE $1 END"
            f" WHERE state = 'waiting' AND lane IN ({marks})",
            *p.values,
        )
