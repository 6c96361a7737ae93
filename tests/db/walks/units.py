"""Monitors and business units; a contact's channel blocked, let in again, verified."""

from tests.office import Office


async def units(office: Office) -> None:
    admin, anna = office.admin, await office.agent()
    monitor = await office.person()
    name = (await monitor.get("me"))["username"]
    await admin.post("livechat/monitors.create", username=name)
    await admin.get("livechat/monitors", text="")
    await admin.get(f"livechat/monitors/{name}")
    first, second = [(await office.department(anna))["_id"] for _ in range(2)]
    sent = {
        "unitData": {"name": "North", "visibility": "public"},
        "unitMonitors": [{"monitorId": monitor.user_id, "username": name}],
        "unitDepartments": [{"departmentId": first}, {"departmentId": second}],
    }
    unit = (await admin.post("livechat/units", **sent))["_id"]
    await admin.get("livechat/units", text="nor")
    await admin.get(f"livechat/units/{unit}")
    await admin.post(f"livechat/units/{unit}", **sent | {"unitMonitors": [], "unitDepartments": []})
    await admin.post(f"livechat/units/{unit}", **sent)
    await admin.get(f"livechat/units/{unit}/monitors")
    await admin.get(f"livechat/units/{unit}/departments")
    await admin.get(f"livechat/units/{unit}/departments/available", text="")
    await monitor.get(f"livechat/departments.by-unit/{unit}")
    await monitor.get("livechat/departments.by-unit/")
    await monitor.get("livechat/department")
    await monitor.get("livechat/rooms")
    await admin.call("DELETE", f"livechat/units/{unit}")
    await admin.post("livechat/monitors.delete", username=name)
    await anna.post("users.setStatus", status="offline")


async def blocking(office: Office) -> None:
    admin, anna, visitor = office.admin, await office.agent(), await office.visitor()
    await visitor.room()
    which = {"visitorId": visitor.id, "source": {"type": "api"}}
    await admin.post(
        "omnichannel/contacts.verify", visitor=which, field="email", value="a@b.example"
    )
    await admin.post("omnichannel/contacts.block", visitor=which)
    await admin.post("omnichannel/contacts.unblock", visitor=which)
    await anna.post("users.setStatus", status="offline")
