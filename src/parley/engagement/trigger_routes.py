from typing import Any

from parley.audit.actor import by
from parley.db import Database
from parley.db.documents import find
from parley.engagement.answers import OneTrigger, ServiceCalled, ServiceTested, Triggers
from parley.engagement.external_service import call_service, try_service
from parley.engagement.schemas import CallService, SaveTrigger, TestService
from parley.engagement.triggers import delete_trigger, list_triggers, save_trigger
from parley.web.answers import Done
from parley.web.envelope import Listing
from parley.web.paging import Paged, SortKey, order_by, page_of, sort_of
from parley.web.route import Call, Dialect, Route

_SORTABLE = {"name": "name", "enabled": "enabled", "_id": "id"}


async def trigger_list(db: Database, call: Call) -> Listing:
    """Triggers, by name."""
    query: Paged = call.query
    page = page_of(query, call.caller.settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("name", False)], _SORTABLE)
    docs, total = await db.read(list_triggers, order, page.limit, page.offset)
    counts = {"count": len(docs), "offset": page.offset, "total": total}
    return Listing("triggers", ",".join(docs), counts)


async def trigger_info(db: Database, call: Call) -> dict[str, Any]:
    """A trigger by its id; null where there is none."""
    return {"trigger": await db.read(find, "triggers", call.path["_id"])}


async def trigger_save(db: Database, call: Call) -> dict[str, Any]:
    """Makes a trigger, or with an `_id` changes the one that has it."""
    await db.act(save_trigger, by(call), call.body)
    return {}


async def trigger_delete(db: Database, call: Call) -> dict[str, Any]:
    """Removes a trigger; one that is not there is no error."""
    await db.act(delete_trigger, by(call), call.path["_id"])
    return {}


async def trigger_service_test(db: Database, call: Call) -> dict[str, Any]:
    """Asks a service as a trigger would, for who sets one up."""
    response = await try_service(call.caller.settings, call.body)
    return {"triggerId": "test-trigger", "response": response}


async def trigger_service_call(db: Database, call: Call) -> dict[str, Any]:
    """What a trigger's service says, or its fallback message; by the visitor's token."""
    settings, trigger_id = call.caller.settings, call.path["_id"]
    return {"response": await call_service(db, settings, trigger_id, call.body)}


_MANAGER = ("view-livechat-manager",)
ROUTES = [
    Route(
        "GET",
        "/api/v1/livechat/triggers",
        trigger_list,
        Dialect.L,
        _MANAGER,
        query=Paged,
        answer=Triggers,
    ),
    Route(
        "POST",
        "/api/v1/livechat/triggers",
        trigger_save,
        Dialect.L,
        _MANAGER,
        body=SaveTrigger,
        answer=Done,
    ),
    Route(
        "GET",
        "/api/v1/livechat/triggers/:_id",
        trigger_info,
        Dialect.L,
        _MANAGER,
        answer=OneTrigger,
    ),
    Route(
        "DELETE",
        "/api/v1/livechat/triggers/:_id",
        trigger_delete,
        Dialect.L,
        _MANAGER,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/livechat/triggers/external-service/test",
        trigger_service_test,
        Dialect.L,
        _MANAGER,
        body=TestService,
        answer=ServiceTested,
    ),
    Route(
        "POST",
        "/api/v1/livechat/triggers/:_id/external-service/call",
        trigger_service_call,
        Dialect.L,
        body=CallService,
        answer=ServiceCalled,
    ),
]
