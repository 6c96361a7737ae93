"""The rows: put, taken under a lease, finished, tried again."""

from typing import Any, NamedTuple

from parley.clock import later, now
from parley.db.documents import Doc, Params, decode, encode
from parley.db.tx import Reader, Tx
from parley.ids import object_id

LEASE_SECONDS = 60
KEEP_DAYS = 7
BATCH = 1000

SHOWN = "id, kind, state, created_at, run_at, attempts, finished_at, error"
WAITING, DONE, FAILED = "waiting", "done", "failed"


class Job(NamedTuple):
    id: str
    kind: str
    doc: Doc
    attempt: int
    """1 for the first."""


async def enqueue(
    tx: Tx, kind: str, doc: Doc, *, run_at: str = "", key: str = "", about: str | None = None
) -> str | None:
    """The job's id; None where a job of this `key` is there already.

    `doc` holds ids, never a secret and no text of a message; an address only where nothing else
    names the person, and it goes when the job ends. `run_at`: not before (ISO). `about`: the id of
    what it is done for, which stays when the job ends, until it is forgotten.
    """
    at = now()
    sql = (
        "INSERT INTO jobs (id, kind, doc, state, created_at, run_at, attempts, about)"
        " VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT DO NOTHING RETURNING id"
    )
    found: str | None = await tx.value(
        sql, key or object_id(), kind, encode(doc), WAITING, at, run_at or at, about
    )
    return found


async def enqueue_once(tx: Tx, kind: str, *, where: str = "TRUE") -> None:
    """A job with nothing to say, unless one of its kind waits already and has not begun.

    `where` is SQL: the job is needed if it holds. Two transactions at once may put two, so that
    neither waits for the other; the handler finds nothing left to do then.
    """
    at = now()
    await tx.rows(
        "INSERT INTO jobs (id, kind, doc, state, created_at, run_at, attempts)"
        " SELECT $1, $2, '{}', 'waiting', $3, $3, 0"
        f" WHERE {where} AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = $2"
        " AND state = 'waiting' AND lease_until IS NULL AND run_at <= $3)",
        object_id(),
        kind,
        at,
    )


async def anything_due(q: Reader, kinds: list[str]) -> bool:
    p = Params()
    at = p(now())
    mine = ", ".join(p(kind) for kind in kinds)
    sql = (
        f"SELECT 1 FROM jobs WHERE state = 'waiting' AND run_at <= {at}"
        f" AND (lease_until IS NULL OR lease_until <= {at}) AND kind IN ({mine}) LIMIT 1"
    )
    return await q.value(sql, *p.values) is not None


async def anything_under_way(q: Reader, kinds: list[str]) -> bool:
    """Due, and not ended yet: somebody may be at it."""
    p = Params()
    at = p(now())
    mine = ", ".join(p(kind) for kind in kinds)
    due = f"state = 'waiting' AND run_at <= {at} AND kind IN ({mine})"
    sql = f"SELECT 1 FROM jobs WHERE {due} LIMIT 1"
    return await q.value(sql, *p.values) is not None


async def take(tx: Tx, kinds: list[str], most: int) -> list[Job]:
    """Jobs that are due and nobody's, oldest first, now under a lease of this caller."""
    # One at a time claims: two would pass over each other's rows, or wait for them.
    await tx.lock("jobs", "take")
    p = Params()
    at, until = now(), lease_end()
    mine = ", ".join(p(kind) for kind in kinds)
    rows = await tx.rows(
        f"UPDATE jobs SET lease_until = {p(until)}, attempts = attempts + 1 WHERE id IN"
        f" (SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= {p(at)}"
        f" AND (lease_until IS NULL OR lease_until <= {p(at)}) AND kind IN ({mine})"
        f" ORDER BY run_at, id LIMIT {p(most)}) RETURNING id, kind, doc, attempts, run_at",
        *p.values,
    )
    jobs = sorted(rows, key=lambda row: (row[4], row[0]))
    return [Job(row[0], row[1], decode(row[2]), row[3]) for row in jobs]


async def renew(tx: Tx, job: Job) -> bool:
    """False when the lease was lost: somebody else may be doing the work."""
    sql = (
        "UPDATE jobs SET lease_until = $3"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING id"
    )
    return await tx.value(sql, job.id, job.attempt, lease_end()) is not None


async def finish(tx: Tx, job: Job) -> None:
    await _end(tx, job, DONE, "")


async def give_up(tx: Tx, job: Job, error: str) -> None:
    await _end(tx, job, FAILED, error)


async def _end(tx: Tx, job: Job, state: str, error: str) -> None:
    """What it was about is forgotten; that there was such a job, and its fate, stays a while."""
    await tx.rows(
        "UPDATE jobs SET state = $3, finished_at = $4, error = $5, lease_until = NULL, doc = '{}'"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
        job.id,
        job.attempt,
        state,
        now(),
        error,
    )


async def try_again(tx: Tx, job: Job, seconds: float, error: str, *, anew: bool = False) -> None:
    """After so many seconds; `anew`: as the first attempt of its next run."""
    run_at = later(now(), seconds=seconds)
    attempts = "0" if anew else "attempts"
    await tx.rows(
        f"UPDATE jobs SET run_at = $3, error = $4, attempts = {attempts}, lease_until = NULL"
        " WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
        job.id,
        job.attempt,
        run_at,
        error,
    )


async def prune(tx: Tx) -> int:
    """Deletes a batch of what was finished long ago; how many went."""
    before = later(now(), days=-KEEP_DAYS)
    gone = await tx.rows(
        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state <> 'waiting'"
        " AND finished_at < $1 ORDER BY finished_at LIMIT $2) RETURNING id",
        before,
        BATCH,
    )
    return len(gone)


async def waiting_about(q: Reader, kind: str, about: str) -> tuple[str, Doc] | None:
    """(id, what it holds) of the newest job about that which has not ended."""
    row = await q.row(
        "SELECT id, doc FROM jobs WHERE about = $1 AND kind = $2 AND state = 'waiting'"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        about,
        kind,
    )
    return None if row is None else (row[0], decode(row[1]))


async def amend(tx: Tx, job_id: str, doc: Doc) -> None:
    """What a job holds, before it ends; it need not wait for its next attempt any longer."""
    sql = "UPDATE jobs SET doc = $2, run_at = $3 WHERE id = $1 AND state = 'waiting'"
    await tx.rows(sql, job_id, encode(doc), now())


async def jobs_about(q: Reader, about: str, limit: int) -> list[Doc]:
    """Newest first, as `list_jobs` has them, and with `running`: whether somebody is at it."""
    rows = await q.rows(
        f"SELECT {SHOWN}, COALESCE(lease_until > $2, false) FROM jobs WHERE about = $1"
        " ORDER BY created_at DESC, id DESC LIMIT $3",
        about,
        now(),
        limit,
    )
    return [_shown(row) | {"running": bool(row[8])} for row in rows]


async def forget_about(tx: Tx, about: str) -> None:
    """It goes for good: jobs name it no longer."""
    await tx.rows("UPDATE jobs SET about = NULL WHERE about = $1", about)


async def forget_about_rooms_of(tx: Tx, visitor_id: str) -> None:
    """All rooms of a visitor, which are still there."""
    mine = "(SELECT id FROM rooms WHERE visitor_id = $1)"
    await tx.rows(f"UPDATE jobs SET about = NULL WHERE about IN {mine}", visitor_id)


async def counts(q: Reader) -> dict[str, int]:
    """{state: how many}."""
    rows = await q.rows("SELECT state, count(*) FROM jobs GROUP BY state")
    return {row[0]: row[1] for row in rows}


async def list_jobs(
    q: Reader, kind: str, state: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    """Newest first, without what they hold; and how many there are."""
    p = Params()
    tests = ["TRUE"]
    if kind:
        tests.append(f"kind = {p(kind)}")
    if state:
        tests.append(f"state = {p(state)}")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM jobs WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT {SHOWN} FROM jobs"
        f" WHERE {where} ORDER BY created_at DESC, id DESC LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [_shown(row) for row in rows], total


def _shown(row: Any) -> Doc:
    keys = ("_id", "kind", "state", "createdAt", "runAt", "attempts", "finishedAt", "error")
    return {key: row[n] for n, key in enumerate(keys) if row[n] not in (None, "")}


def lease_end() -> str:
    return later(now(), seconds=LEASE_SECONDS)
