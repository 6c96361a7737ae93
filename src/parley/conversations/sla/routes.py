from typing import Any

from parley.audit.actor import by
from parley.conversations.sla import service, store
from parley.conversations.sla.answers import OnePolicy, Policies, Policy
from parley.conversations.sla.of_room import set_of_inquiry
from parley.conversations.sla.schemas import ListPolicies, SavePolicy, SetSla
from parley.db import Database
from parley.errors import Refused
from parley.web.answers import Done
from parley.web.envelope import Listing
from parley.web.paging import SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route


async def sla_list(db: Database, call: Call) -> Listing:
    """SLA policies, by name."""
    query: ListPolicies = call.query
    page = page_of(query, call.caller.settings)
    keys = sort_of(query, store.SORTABLE) or [SortKey("name", False)]
    order = order_by(keys, store.SORTABLE)
    docs, total = await db.read(store.list_policies, query.text or "", order, *page)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("sla", ",".join(docs), counts)


async def sla_info(db: Database, call: Call) -> dict[str, Any]:
    """An SLA policy by its id."""
    return await db.read(service.policy_of, call.path["slaId"])


async def sla_create(db: Database, call: Call) -> dict[str, Any]:
    """Makes an SLA policy: how many minutes a chat may wait."""
    return {"sla": await db.act(service.create, by(call), call.body)}


async def sla_update(db: Database, call: Call) -> dict[str, Any]:
    """Changes an SLA policy; open chats under it follow."""
    return {"sla": await db.act(service.update, by(call), call.path["slaId"], call.body)}


async def sla_delete(db: Database, call: Call) -> dict[str, Any]:
    """Removes an SLA policy; open chats are under it no longer."""
    await db.act(service.delete, by(call), call.path["slaId"])
    return {}


async def inquiry_set_sla(db: Database, call: Call) -> dict[str, Any]:
    """Puts a chat that waits under an SLA policy."""
    body: SetSla = call.body
    for key in ("roomId", "sla"):
        if not getattr(body, key):
            raise Refused(f"The '{key}' param is required")
    await db.act(set_of_inquiry, call.caller, body.roomId or "", body.sla or "")
    return {}


_SEEN_BY = ("manage-livechat-sla", "view-l-room")
_KEPT_BY = ("manage-livechat-sla",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/sla",
        sla_list,
        Dialect.L,
        _SEEN_BY,
        query=ListPolicies,
        answer=Policies,
    ),
    Route(
        "GET",
        "/api/v1/livechat/sla/:slaId",
        sla_info,
        Dialect.L,
        _SEEN_BY,
        answer=Policy,
        also=(404,),
    ),
    Route(
        "POST",
        "/api/v1/livechat/sla",
        sla_create,
        Dialect.L,
        _KEPT_BY,
        body=SavePolicy,
        answer=OnePolicy,
    ),
    Route(
        "PUT",
        "/api/v1/livechat/sla/:slaId",
        sla_update,
        Dialect.L,
        _KEPT_BY,
        body=SavePolicy,
        answer=OnePolicy,
        also=(404,),
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/sla/:slaId",
        sla_delete,
        Dialect.L,
        _KEPT_BY,
        answer=Done,
        also=(404,),
    ),
    Route(
        "PUT",
        "/api/v1/livechat/inquiry.setSLA",
        inquiry_set_sla,
        Dialect.L,
        _SEEN_BY,
        body=SetSla,
        answer=Done,
    ),
]
