from typing import Any

from parley import mail
from parley.audit.actor import by
from parley.db import Database
from parley.errors import NotFound
from parley.integrations.email import answers, inboxes, store
from parley.integrations.email.schemas import ListInboxes, SaveInbox, SearchInbox
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import LOGIN, Call, Dialect, Route

_SORTABLE = {"name": "name", "email": "email", "_id": "id"}


async def inbox_list(db: Database, call: Call) -> dict[str, Any]:
    """Mailboxes that are a channel, by name."""
    query: ListInboxes = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("name", False)], _SORTABLE)
    found, total = await db.read(store.list_inboxes, order, page.limit, page.offset)
    docs = [inboxes.shown(inbox) for inbox in found]
    return {"emailInboxes": docs, "count": len(docs), "offset": page.offset, "total": total}


async def inbox_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes a mailbox, or with an `_id` changes the one that has it."""
    return {"_id": await db.act(inboxes.save, by(call), call.body)}


async def inbox_info(db: Database, call: Call) -> dict[str, Any]:
    """A mailbox by its id."""
    inbox = await db.read(store.find_inbox, call.path["_id"])
    if inbox is None:
        raise NotFound
    return inboxes.shown(inbox)


async def inbox_delete(db: Database, call: Call) -> dict[str, Any]:
    """Removes a mailbox; its chats stay, and answers to them are mailed no longer."""
    await db.act(inboxes.delete, by(call), call.path["_id"])
    return {"_id": call.path["_id"]}


async def inbox_search(db: Database, call: Call) -> dict[str, Any]:
    """The mailbox with this address; null where there is none."""
    query: SearchInbox = call.query
    inbox = await db.read(store.inbox_of, query.email.strip().lower())
    return {"emailInbox": inboxes.shown(inbox) if inbox else None}


async def inbox_send_test(db: Database, call: Call) -> dict[str, Any]:
    """Mails something over the mailbox to whoever asks; `jobs.list` shows what became of it."""
    await db.act(inboxes.ask_for_test, by(call), call.path["_id"])
    return {"_id": call.path["_id"]}


async def smtp_check(db: Database, call: Call) -> dict[str, Any]:
    """Whether the office can send mail."""
    return {"isSMTPConfigured": mail.configured(call.caller.settings)}


_MANAGE = ("manage-email-inbox",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/email-inbox.list",
        inbox_list,
        Dialect.T,
        _MANAGE,
        query=ListInboxes,
        answer=answers.Inboxes,
    ),
    Route(
        "POST",
        "/api/v1/email-inbox",
        inbox_save,
        Dialect.T,
        _MANAGE,
        body=SaveInbox,
        answer=answers.InboxId,
    ),
    Route(
        "GET",
        "/api/v1/email-inbox/:_id",
        inbox_info,
        Dialect.T,
        _MANAGE,
        answer=answers.Inbox,
        also=(404,),
    ),
    Route(
        "DELETE",
        "/api/v1/email-inbox/:_id",
        inbox_delete,
        Dialect.T,
        _MANAGE,
        answer=answers.InboxId,
        also=(404,),
    ),
    Route(
        "GET",
        "/api/v1/email-inbox.search",
        inbox_search,
        Dialect.T,
        _MANAGE,
        query=SearchInbox,
        answer=answers.OneInbox,
    ),
    *(
        Route(
            method,
            "/api/v1/email-inbox.send-test/:_id",
            inbox_send_test,
            Dialect.T,
            _MANAGE,
            answer=answers.InboxId,
            also=(404,),
        )
        for method in ("POST", "GET")
    ),
    Route(
        "GET",
        "/api/v1/smtp.check",
        smtp_check,
        Dialect.T,
        LOGIN,
        answer=answers.SmtpCheck,
    ),
]
