"""What is done beside the requests: the kinds of jobs, and which of them run by the clock."""

from typing import Any

from parley import events, jobs
from parley.accounts.guessing import prune_credentials
from parley.accounts.timed_status import end_statuses
from parley.conversations.leaving import finish_leaving
from parley.conversations.transcript_mail import mail_transcript
from parley.conversations.transcripts import KIND as TRANSCRIPT
from parley.db import Database
from parley.jobs import Handler, Scheduled
from parley.rooms.subscription_store import fold_names, prune_former


async def tidy(db: Database, doc: dict[str, Any]) -> None:
    """Old events, finished jobs and dead credentials go, a batch at a time."""
    while await db.act(events.prune):
        pass
    while await db.act(jobs.prune):
        pass
    while await db.act(prune_former) or await db.act(fold_names):
        pass
    await db.act(prune_credentials)


async def follow(db: Database, doc: dict[str, Any]) -> None:
    """What cannot wait so long: statuses that are over, chats of people who have left."""
    await end_statuses(db)
    await finish_leaving(db)


JOBS: dict[str, Handler] = {"tidy": tidy, "follow": follow, TRANSCRIPT: mail_transcript}
SCHEDULE = [Scheduled("tidy", 3600), Scheduled("follow", 30)]
