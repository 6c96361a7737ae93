"""What is done beside the requests: the kinds of jobs, and which of them run by the clock."""

from typing import Any

from parley import events, jobs
from parley.accounts.guessing import prune_credentials
from parley.accounts.people_store import fold_people
from parley.accounts.presence import cut_sessions
from parley.accounts.readiness import KIND as LOOK_AT_QUEUE
from parley.accounts.reset_mail import KIND as PASSWORD_RESET
from parley.accounts.reset_mail import mail_reset
from parley.accounts.timed_status import end_statuses
from parley.accounts.working_hours import KIND as BUSINESS_HOURS
from parley.agents.business_hours.turning import turn
from parley.conversations.abandoned import settle_abandoned
from parley.conversations.away import settle_left
from parley.conversations.external import route_outside, route_waiting
from parley.conversations.hold.closing import close_held
from parley.conversations.hold.resuming import resume_answered
from parley.conversations.leaving import finish_leaving
from parley.conversations.queue.giving_out import KIND as QUEUE
from parley.conversations.queue.giving_out import give_out
from parley.conversations.queue.long_waits import watch
from parley.conversations.remove_department import KIND as DEPARTMENT_REMOVED
from parley.conversations.remove_department import clear_department
from parley.conversations.sla.following import KIND as SLA_CHANGED
from parley.conversations.sla.following import follow_policy
from parley.conversations.transcripts.mailing import mail_transcript
from parley.conversations.transcripts.pdf import KIND as TRANSCRIPT_PDF
from parley.conversations.transcripts.pdf import make_pdf
from parley.conversations.transcripts.requests import KIND as TRANSCRIPT
from parley.conversations.unanswered import transfer_unanswered
from parley.conversations.verification.answering import close_old, look_at_answer
from parley.conversations.verification.asking import MAIL as CODE
from parley.conversations.verification.code_mail import mail_code
from parley.db import Database
from parley.engagement.offline import KIND as OFFLINE_MESSAGE
from parley.engagement.offline import mail_offline_message, prune_left
from parley.integrations import store as webhooks
from parley.integrations.email.fetching import EVERY_SECONDS, fetch_all
from parley.integrations.email.fetching import KIND as FETCH
from parley.integrations.email.inboxes import TEST
from parley.integrations.email.sending import mail_message, mail_test
from parley.integrations.mailer.sending import find_readers, mail_reader
from parley.integrations.mailer.service import MAIL, MAILING
from parley.integrations.mailer.store import prune_mailings
from parley.integrations.sms.sending import send_message
from parley.jobs import Handler, Scheduled
from parley.messages.delivery import EMAIL, SMS
from parley.messages.indexing import index_older
from parley.messages.pages import prune_pages
from parley.messages.service import HELD
from parley.messages.uploads import erase
from parley.messages.verifying import KIND as ANSWER
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
    while await db.act(prune_left) or await db.act(fold_people):
        pass
    while await db.act(prune_mailings):
        pass
    await db.act(prune_credentials)
    await prune_pages(db)
    while await db.act(erase.delete_expired_uploads):
        pass


async def follow(db: Database, doc: dict[str, Any]) -> None:
    """What cannot wait so long: statuses that are over, chats of people who have left, chats that
    wait for too long."""
    await end_statuses(db)
    await finish_leaving(db)
    await watch(db)
    await close_old(db)


async def sessions(db: Database, doc: dict[str, Any]) -> None:
    """Agents' sessions are cut at midnight."""
    await cut_sessions(db)


async def abandoned(db: Database, doc: dict[str, Any]) -> None:
    """Chats that their visitor has left are closed, or placed on hold; what was on hold for long is
    closed."""
    await settle_abandoned(db)
    await close_held(db)


async def left(db: Database, doc: dict[str, Any]) -> None:
    """Chats whose agent has gone offline are closed, or go to somebody else."""
    await settle_left(db)


async def unanswered(db: Database, doc: dict[str, Any]) -> None:
    """Chats whose agent never answered go to another one."""
    await transfer_unanswered(db)


async def index(db: Database, doc: dict[str, Any]) -> None:
    """Messages from before there was a search become part of it."""
    await index_older(db)


JOBS: dict[str, Handler] = {
    "tidy": tidy,
    "follow": follow,
    "index": index,
    QUEUE: give_out,
    LOOK_AT_QUEUE: give_out,
    "sessions": sessions,
    "abandoned": abandoned,
    "left": left,
    "unanswered": unanswered,
    BUSINESS_HOURS: turn,
    "hours": turn,
    TRANSCRIPT: mail_transcript,
    CODE: mail_code,
    ANSWER: look_at_answer,
    TRANSCRIPT_PDF: make_pdf,
    PASSWORD_RESET: mail_reset,
    OFFLINE_MESSAGE: mail_offline_message,
    SEARCHABLE: write_keys,
    EXTERNAL: route_outside,
    HELD: resume_answered,
    SLA_CHANGED: follow_policy,
    "external-round": route_waiting,
    DEPARTMENT_REMOVED: clear_department,
    SMS: send_message,
    EMAIL: mail_message,
    TEST: mail_test,
    FETCH: fetch_all,
    MAILING: find_readers,
    MAIL: mail_reader,
    erase.JOB: erase.erase_files,
}
ALONE = {TRANSCRIPT_PDF, MAILING, MAIL}
"""Kinds that take minutes, where a conversation is long; and of which there are many at once."""
FINISHED = [BUSINESS_HOURS, TRANSCRIPT, TRANSCRIPT_PDF, DEPARTMENT_REMOVED, SLA_CHANGED, HELD]
"""Kinds that test mode waits for before it answers."""
SCHEDULE = [
    Scheduled("tidy", 3600),
    Scheduled("follow", 30),
    Scheduled("index", 30),
    Scheduled("external-round", 15),
    Scheduled(FETCH, EVERY_SECONDS),
    Scheduled(QUEUE, 5),
    Scheduled("sessions", 30),
    Scheduled("hours", 15),
    Scheduled("abandoned", 30),
    Scheduled("left", 10),
    Scheduled("unanswered", 10),
]
