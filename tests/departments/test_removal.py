"""Removing a department: what goes with it, what is cleared of it, and when it is refused."""

from parley.jobs import Worker
from parley.work import JOBS
from tests.clock import Clock
from tests.departments.staff import check_departments, events, stored
from tests.office import Json, Office

PATH = "livechat/department"


async def remove(office: Office, key: str) -> Json:
    response = await office.admin.call("DELETE", f"{PATH}/{key}")
    answer: Json = response.json()
    return answer


async def test_a_removed_department_leaves_nothing_dangling(office: Office, clock: Clock) -> None:
    ann, ben = await office.agent(username="ann"), await office.agent(username="ben")
    made = await office.department(ann, ben, name="Sales")
    key, kept = made["_id"], (await office.department(ann))["_id"]
    leading = (await office.department(ben, fallbackForwardDepartment=key))["_id"]
    past, served, waits = [await office.visitor(department=key) for _ in range(3)]
    closed = (await past.room())["_id"]
    await past.close(closed)
    open_room = (await served.room())["_id"]
    await office.setting("Livechat_Routing_Method", "Manual_Selection")
    queued = (await waits.room())["_id"]
    elsewhere = await office.visitor(department=kept)
    other = (await elsewhere.room())["_id"]

    assert (await remove(office, key))["error"] == "error-department-removal-disabled"
    await office.setting("Omnichannel_enable_department_removal", True)
    assert (await remove(office, "nowhere"))["error"] == "error-department-not-found"
    assert await remove(office, key) == {"success": True}
    await check_departments(office)
    assert (await office.admin.get(f"{PATH}/{key}"))["department"] is None
    found = (await office.admin.get(f"{PATH}/{leading}"))["department"]
    assert (found["numAgents"], "fallbackForwardDepartment" in found) == (1, False)
    gone = [s for s, doc in await events(office, "department-agent") if doc["action"] == "removed"]
    assert gone == sorted([f"user:{ann.user_id}", f"user:{ben.user_id}"])

    await Worker(office.db, JOBS).run_what_is_due()
    for table in ("rooms", "inquiries", "subscriptions", "visitors"):
        for doc in await stored(office, table):
            assert key not in (doc.get("departmentId"), doc.get("department")), table
    rooms = {doc["_id"]: doc for doc in await stored(office, "rooms")}
    assert rooms.keys() == {closed, open_room, queued, other}
    assert {rid for rid, doc in rooms.items() if "departmentAncestors" in doc} == {other}
    # Who is served stays so; who waits, waits for everybody.
    assert "servedBy" in rooms[open_room]
    assert ("queue:public", queued) in [
        (
            stream,
            next(i["rid"] for i in await stored(office, "inquiries") if i["_id"] == doc["_id"]),
        )
        for stream, doc in await events(office, "inquiry")
        if stream == "queue:public"
    ]
    # A chat that began meanwhile is found by the last look.
    await office.patch("rooms", closed, departmentId=key)
    await Worker(office.db, JOBS).run_what_is_due()
    assert (await stored_room(office, closed))["departmentId"] == key
    clock.wait(seconds=61)
    await Worker(office.db, JOBS).run_what_is_due()
    assert "departmentId" not in await stored_room(office, closed)
    [note] = (await office.admin.get("audit.events", t="department.deleted"))["events"]
    assert note["target"] == {"type": "department", "_id": key, "name": "Sales"}


async def stored_room(office: Office, room_id: str) -> Json:
    return next(doc for doc in await stored(office, "rooms") if doc["_id"] == room_id)
