"""What is done beside the requests: the kinds of jobs, and which of them run by the clock."""

from typing import Any

from parley import events, jobs
from parley.accounts.guessing import prune_credentials
from parley.accounts.timed_status import end_statuses
from parley.conversations.external import route_outside, route_waiting
from parley.conversations.leaving import finish_leaving
from parley.conversations.transcript_mail import mail_transcript
from parley.conversations.transcripts import KIND as TRANSCRIPT
from parley.db import Database
from parley.engagement.offline import KIND as OFFLINE_MESSAGE
from parley.engagement.offline import mail_offline_message
from parley.integrations import store as webhooks
from parley.jobs import Handler, Scheduled
from parley.messages.indexing import index_older
from parley.messages.pages import prune_pages
from parley.messages.uploads import erase
from parley.rooms.subscription_store import fold_names, prune_former
from parley.routing.external import KIND as EXTERNAL
from parley.visitors.searchable import KIND as SEARCHABLE
from parley.visitors.searchable import write_keys


async def tidy(db: Database, doc: dict[str, Any]) -> None:
    """Old events, finished jobs, dead credentials and files of nobody go, a batch at a time."""
    while await db.act(events.prune):
        pass
    while await db.act(jobs.prune):
        pass
    while await db.act(webhooks.prune):
        pass
    while await db.act(prune_former) or await db.act(fold_names):
        pass
    await db.act(prune_credentials)
    await prune_pages(db)
    while await db.act(erase.delete_expired_uploads):
        pass


async def follow(db: Database, doc: dict[str, Any]) -> None:
    """What cannot wait so long: statuses that are over, chats of people who have left."""
    await end_statuses(db)
    await finish_leaving(db)


async def index(db: Database, doc: dict[str, Any]) -> None:
    """Messages from before there was a search become part of it."""
    await index_older(db)


JOBS: dict[str, Handler] = {
    "tidy": tidy,
    "follow": follow,
    "index": index,
    TRANSCRIPT: mail_transcript,
    OFFLINE_MESSAGE: mail_offline_message,
    SEARCHABLE: write_keys,
    EXTERNAL: route_outside,
    "external-round": route_waiting,
    erase.JOB: erase.erase_files,
}
SCHEDULE = [
    Scheduled("tidy", 3600),
    Scheduled("follow", 30),
    Scheduled("index", 30),
    Scheduled("external-round", 15),
]
