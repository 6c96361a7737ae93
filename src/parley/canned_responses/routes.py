from typing import Any

import msgspec

from parley.audit.actor import by
from parley.canned_responses import store
from parley.canned_responses.answers import CannedResponses, OneResponse, UsableResponses
from parley.canned_responses.audience import ENABLED, VIEW
from parley.canned_responses.saving import SAVE, remove_response, save_response
from parley.canned_responses.schemas import ListResponses, RemoveResponse, SaveResponse
from parley.db import Database
from parley.errors import Coded, NotFound
from parley.web.answers import Done
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route


def _check_enabled(call: Call) -> None:
    if not call.caller.settings[ENABLED]:
        raise Coded("error-canned-responses-disabled", "Canned responses are switched off")


async def canned_response_list(db: Database, call: Call) -> Listing:
    """Canned responses by shortcut: those one may use; all of them with
    `view-all-canned-responses`, and with `view-agent-canned-responses` other people's own as well.
    """
    _check_enabled(call)
    query: ListResponses = call.query
    page = page_of(query, call.caller.settings)
    keys = sort_of(query, store.SORTABLE) or [SortKey("shortcut", False)]
    order = order_by(keys, store.SORTABLE, "c.id")
    docs, total = await db.scan(
        store.list_responses, call.caller, query, order, page.limit, page.offset
    )
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("cannedResponses", ",".join(docs), counts)


async def canned_responses_usable(db: Database, call: Call) -> dict[str, Any]:
    """All that the caller may use, by shortcut: everybody's, their departments' and their own."""
    _check_enabled(call)
    docs = await db.read(store.usable, call.caller)
    return {"responses": msgspec.Raw(f"[{','.join(docs)}]".encode())}


async def canned_response_info(db: Database, call: Call) -> dict[str, Any]:
    """A canned response that the caller may list."""
    _check_enabled(call)
    doc = await db.read(store.visible_one, call.caller, call.path["_id"])
    if doc is None:
        raise NotFound("Canned response not found")
    return {"cannedResponse": msgspec.Raw(doc.encode())}


async def canned_response_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes a canned response, or with an `_id` changes the one that has it: one's own, those of
    one's departments with `save-department-canned-responses`, all with `save-all-canned-responses`.
    """
    _check_enabled(call)
    await db.act(save_response, by(call), call.caller, call.body)
    return {}


async def canned_response_delete(db: Database, call: Call) -> dict[str, Any]:
    """Removes a canned response that the caller may save."""
    return await _remove(db, call, call.path["_id"])


async def canned_response_delete_by_body(db: Database, call: Call) -> dict[str, Any]:
    """Removes a canned response that the caller may save, named in the body."""
    body: RemoveResponse = call.body
    return await _remove(db, call, body.id)


async def _remove(db: Database, call: Call, response_id: str) -> dict[str, Any]:
    _check_enabled(call)
    await db.act(remove_response, by(call), call.caller, response_id)
    return {}


_REMOVE = ("remove-canned-responses",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/canned-responses",
        canned_response_list,
        Dialect.L,
        (VIEW,),
        query=ListResponses,
        answer=CannedResponses,
    ),
    Route(
        "GET",
        "/api/v1/canned-responses.get",
        canned_responses_usable,
        Dialect.L,
        (VIEW,),
        answer=UsableResponses,
    ),
    Route(
        "GET",
        "/api/v1/canned-responses/:_id",
        canned_response_info,
        Dialect.L,
        (VIEW,),
        answer=OneResponse,
        also=(404,),
    ),
    Route(
        "POST",
        "/api/v1/canned-responses",
        canned_response_save,
        Dialect.L,
        (SAVE,),
        body=SaveResponse,
        answer=Done,
    ),
    Route(
        "DELETE",
        "/api/v1/canned-responses/:_id",
        canned_response_delete,
        Dialect.L,
        _REMOVE,
        answer=Done,
    ),
    Route(
        "DELETE",
        "/api/v1/canned-responses",
        canned_response_delete_by_body,
        Dialect.L,
        _REMOVE,
        body=RemoveResponse,
        answer=Done,
    ),
]
