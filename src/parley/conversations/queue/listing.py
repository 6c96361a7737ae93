"""What the lists of the queue show, to whom (contract/management.md §4.3)."""

from typing import Any

from parley.accounts.identify import Person
from parley.clock import now, seconds
from parley.conversations.queue import store
from parley.conversations.queue.order import queue_order
from parley.conversations.queue.schemas import ListInquiries, ListQueued, ListServed, ListWaits
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.departments.store import departments_of, find_by_id_or_name
from parley.errors import Refused
from parley.preferences.routing_method import routing_method
from parley.web.paging import SortKey, order_by, page_of, sort_of

# The engines disagree where NULL sorts.
SORTABLE = {
    "ts": "i.ts",
    "_updatedAt": "i.updated_at",
    "queuedAt": "COALESCE(i.queued_at, '')",
    "department": "COALESCE(i.department_id, '')",
    "priorityWeight": "i.priority",
    "estimatedWaitingTimeQueue": "i.patience",
}
SORTABLE_LOADS = {
    "chats": "each.chats",
    "user": "u.username_key",
    "department": "COALESCE(d.id, '')",
}


async def list_queued(q: Reader, person: Person, query: ListInquiries) -> Doc:
    page = page_of(query, person.settings)
    order = sort_of(query, SORTABLE) or [SortKey("ts", True)]
    department = await find_by_id_or_name(q, query.department) if query.department else None
    docs, total = await store.queued(
        q,
        person,
        department["_id"] if department else None,
        order_by(order, SORTABLE, "i.id"),
        *page,
    )
    return _page("inquiries", docs, page.offset, total)


async def list_queued_for(q: Reader, person: Person, query: ListQueued) -> Doc:
    """Raises Refused for a department that is none of the caller's, who has some."""
    wanted = query.department or None
    if wanted is not None:
        mine = await departments_of(q, person.user_id or "")
        if mine and wanted not in mine:
            raise Refused("error-not-authorized")
    page = page_of(query, person.settings)
    own = sort_of(query, SORTABLE)
    order = queue_order(person.settings)
    if own:
        order = f"{_by(own, SORTABLE)}, {order}"
    texts = shows_texts(person)
    docs, total = await store.queued_for(q, person, wanted, order, *page, texts=texts)
    return _page("inquiries", docs, page.offset, total)


def shows_texts(person: Person) -> bool:
    """Whether the person may read what is said in chats that wait in their queue."""
    return routing_method(person.settings).preview_room or person.may_everywhere(
        "view-livechat-rooms"
    )


async def list_served(q: Reader, person: Person, query: ListServed) -> Doc:
    page = page_of(query, person.settings)
    order = sort_of(query, SORTABLE_LOADS) or [SortKey("chats", True)]
    offline = query.includeOfflineAgents == "true"
    wanted = store.Served(query.agentId or None, query.departmentId or None, offline)
    ties = "u.username_key, COALESCE(d.id, '')"
    by = f"{_by(order, SORTABLE_LOADS)}, {ties}"
    rows, total = await store.served(q, person, wanted, by, *page)
    return _page("queue", [_load(row) for row in rows], page.offset, total)


def _by(keys: list[SortKey], columns: dict[str, str]) -> str:
    """SQL of the caller's keys alone: what breaks ties comes behind them."""
    return ", ".join(f"{columns[k.key]} {'DESC' if k.descending else 'ASC'}" for k in keys)


def _load(row: tuple[Any, ...]) -> Doc:
    user_id, username, status, department_id, name, chats = row
    return {
        "user": {"_id": user_id, "username": username, "status": status or "offline"},
        "department": _department(department_id, name),
        "chats": chats,
    }


def _department(department_id: str | None, name: str | None) -> Doc:
    return {} if department_id is None else {"_id": department_id, "name": name or ""}


async def list_waits(q: Reader, person: Person, query: ListWaits) -> Doc:
    page = page_of(query, person.settings)
    at = now()
    rows, total, chats, since = await store.waits_by_department(q, person, *page)
    shown = [
        {
            "department": _department(department_id, name),
            "waiting": waiting,
            "since": began,
            "longestWaitSeconds": _seconds(began, at),
        }
        for department_id, name, waiting, began in rows
    ]
    longest = _seconds(since, at) if since else 0
    return {"waiting": chats, "longestWaitSeconds": longest} | _page(
        "departments", shown, page.offset, total
    )


def _seconds(since: str, at: str) -> int:
    return int(max(0, seconds(since, at)))


def _page(key: str, docs: list[Doc], offset: int, total: int) -> Doc:
    return {key: docs, "count": len(docs), "offset": offset, "total": total}
