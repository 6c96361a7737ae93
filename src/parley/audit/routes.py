from parley.audit.schemas import AuditLog, ListAudit
from parley.audit.store import Wanted, list_entries
from parley.clock import iso, parse
from parley.db import Database
from parley.errors import Coded
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

_SORTABLE = {"ts": "ts", "t": "kind"}


async def audit_events(db: Database, call: Call) -> Listing:
    """What was done to accounts, roles, permissions, settings and departments, newest first."""
    query: ListAudit = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("ts", True)], _SORTABLE)
    wanted = Wanted(
        query.actor or "",
        query.target or "",
        query.t or "",
        _moment(query.start),
        _moment(query.end),
    )
    docs, total = await db.scan(list_entries, wanted, order, page.limit, page.offset)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("events", ",".join(docs), counts)


def _moment(text: str | None) -> str:
    if not text:
        return ""
    try:
        return iso(parse(text))
    except (ValueError, OverflowError):
        raise Coded("error-invalid-date", "start and end are ISO dates") from None


ROUTES = [
    Route(
        "GET",
        "/api/v1/audit.events",
        audit_events,
        Dialect.T,
        ("view-logs",),
        query=ListAudit,
        answer=AuditLog,
    ),
]
