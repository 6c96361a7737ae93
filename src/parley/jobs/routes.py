from typing import Any

from parley.db import Database
from parley.jobs.answers import Jobs
from parley.jobs.queue import list_jobs
from parley.jobs.schemas import ListJobs
from parley.web.paging import page_of
from parley.web.route import Call, Dialect, Route


async def jobs_list(db: Database, call: Call) -> dict[str, Any]:
    """What is done beside the requests, newest first: mails, tidying; how each ended (ours)."""
    query: ListJobs = call.query
    page = page_of(query, call.caller.settings)
    wanted = (query.kind or "", query.state or "", page.limit, page.offset)
    docs, total = await db.scan(list_jobs, *wanted)
    return {"jobs": docs, "count": len(docs), "offset": page.offset, "total": total}


ROUTES = [
    Route(
        "GET",
        "/api/v1/jobs.list",
        jobs_list,
        Dialect.T,
        ("view-logs",),
        query=ListJobs,
        answer=Jobs,
    ),
]
