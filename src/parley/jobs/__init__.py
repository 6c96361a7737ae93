"""Work to do later, once, whatever dies in between: a queue and a schedule in the database.

An act calls `enqueue(tx, kind, doc)`: the job exists when the act is committed, and only then. A
worker of any process takes it under a lease; what fails is tried again, ever later, until it is
given up and stays to be seen. A kind's handler is `async def handler(db, doc)` and may run twice if
a process dies after the work and before it says so: it must bear that. One that runs by the clock
may return the seconds until its next run, where they are not the schedule's.
"""

from parley.jobs.queue import (
    Job,
    amend,
    enqueue,
    enqueue_once,
    forget_about,
    forget_about_rooms_of,
    jobs_about,
    prune,
    waiting_about,
)
from parley.jobs.worker import GiveUp, Handler, Scheduled, Worker

__all__ = [
    "GiveUp",
    "Handler",
    "Job",
    "Scheduled",
    "Worker",
    "amend",
    "enqueue",
    "enqueue_once",
    "forget_about",
    "forget_about_rooms_of",
    "jobs_about",
    "prune",
    "waiting_about",
]
