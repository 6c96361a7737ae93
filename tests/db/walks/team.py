"""Agents, departments, business hours."""

from typing import Any

from tests.db.counting import policy_read
from tests.office import Office


async def team(office: Office) -> None:
    admin, anna, ben = office.admin, await office.agent(), await office.agent()
    made = await office.department(anna)
    key, other = made["_id"], (await office.department(ben))["_id"]
    name = (await ben.get("me"))["username"]
    fields = {k: made[k] for k in ("name", "email", "showOnRegistration", "showOnOfflineForm")}
    fields |= {"enabled": False, "fallbackForwardDepartment": other}
    sent = {"department": fields, "agents": [{"agentId": ben.user_id}]}
    await admin.call("PUT", f"livechat/department/{key}", json=sent)
    gone = [{"agentId": ben.user_id, "username": name}]
    seat = [{"agentId": anna.user_id, "username": "anna", "count": 1}]
    await admin.post(f"livechat/department/{key}/agents", upsert=seat, remove=gone)
    await admin.get(f"livechat/department/{key}/agents")
    await admin.get(f"livechat/department/{key}")
    for where in ("{}/archive", "{}/unarchive", "archive/{}", "unarchive/{}"):
        await admin.post("livechat/department/" + where.format(key))
    await admin.get("livechat/departments/archived")
    await admin.get("livechat/department/isDepartmentCreationAvailable")
    await admin.get("livechat/department.autocomplete", selector='{"term":"dep"}')
    await admin.get("livechat/department.listByIds", **{"ids[]": [key, other]})
    saved = {"agentId": anna.user_id, "agentData": {"maxNumberSimultaneousChat": 2}}
    await admin.post("livechat/agents.saveInfo", **saved, agentDepartments=[other])
    await admin.get(f"livechat/agents/{anna.user_id}/departments")
    await admin.get("livechat/users/agent", text="person")
    await admin.get("livechat/users/manager")
    await admin.get(f"livechat/users/agent/{anna.user_id}")
    await admin.call("DELETE", f"livechat/users/agent/{anna.user_id}")
    await admin.call("DELETE", f"livechat/users/agent/{ben.user_id}")
    await office.setting("Omnichannel_enable_department_removal", True)
    await policy_read(office)
    for each in (other, key):
        await admin.call("DELETE", f"livechat/department/{each}")


async def business_hours(office: Office) -> None:
    admin, path, anna = office.admin, "livechat/business-hour", await office.agent()
    department = (await office.department(anna))["_id"]
    await office.setting("Livechat_business_hour_type", "Multiple")
    await office.setting("Livechat_enable_business_hours", True)
    await policy_read(office)
    shift = {"day": "Monday", "start": "08:00", "finish": "20:00", "open": True}
    new: dict[str, Any] = {"name": "Early", "timezoneName": "UTC", "daysOpen": ["Monday"]}
    new |= {"active": True, "type": "custom", "departmentsToApplyBusinessHour": department}
    await admin.post(f"{path}s.save", **new, workHours=[shift])
    await admin.get(path)
    hours = (await admin.get(f"{path}s", name="early"))["businessHours"]
    await admin.post(f"{path}s.save", **new, workHours=[shift], _id=hours[0]["_id"])
    await anna.post("livechat/agent.status", status="not-available")
    await anna.call("POST", "users.setStatus", json={"status": "offline"})
    await admin.post(f"{path}s.remove", _id=hours[0]["_id"], type="custom")
    await office.setting("Livechat_enable_business_hours", False)
    await policy_read(office)
