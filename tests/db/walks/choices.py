"""What agents choose from: canned responses and tags; what the widget asks outside."""

from tests.db.counting import policy_read
from tests.integrations.crm import crm
from tests.office import Office


async def choices(office: Office) -> None:
    admin, anna = office.admin, await office.agent()
    department = (await office.department(anna))["_id"]
    text = {"text": "t", "scope": "department", "departmentId": department, "tags": ["a"]}
    for name in ("one", "two"):
        await admin.post("canned-responses", shortcut=f"{name} {department}", **text)
    found = (await admin.get("canned-responses", text="two", tags="a"))["cannedResponses"]
    one, two = [each["_id"] for each in (await anna.get("canned-responses.get"))["responses"]][-2:]
    await anna.get(f"canned-responses/{one}")
    changed = {"shortcut": f"mine {department}", "text": "t", "scope": "global", "_id": one}
    await admin.post("canned-responses", **changed)
    await admin.delete(f"canned-responses/{one}")
    await admin.call("DELETE", "canned-responses", json={"_id": two})
    assert found
    await tags(office, department)


async def tags(office: Office, department: str) -> None:
    admin = office.admin
    data = {"tagData": {"name": "tag"}, "tagDepartments": [department]}
    tag = (await admin.post("livechat/tags.save", **data))["_id"]
    await admin.post("livechat/tags.save", **data, _id=tag)
    await admin.get("livechat/tags", text="t", department=department)
    await admin.get(f"livechat/tags/{tag}")
    await admin.post("livechat/tags.delete", id=tag)


async def outside(office: Office) -> None:
    admin = office.admin
    path = "omnichannel/outbound/providers"
    await admin.get(path)
    await admin.refused("GET", f"{path}/x/metadata")
    await admin.refused("POST", f"{path}/x/message")
    async with crm() as service:
        await office.setting("Livechat_Trigger_Private_Addresses", "127.0.0.1")
        await policy_read(office)
        service.answer = '{"contents":[{"msg":"hello"}]}'
        service_test = {"webhookUrl": service.url, "timeout": 5000, "fallbackMessage": "f"}
        await admin.post("livechat/triggers/external-service/test", **service_test)
        params = {"serviceUrl": service.url, "serviceFallbackMessage": "f"}
        action = {"name": "use-external-service", "params": params}
        conditions = [{"name": "chat-opened-by-visitor"}]
        trigger = {"name": "zz", "description": "", "enabled": True, "runOnce": True}
        await admin.post("livechat/triggers", **trigger, actions=[action], conditions=conditions)
        key = (await admin.get("livechat/triggers"))["triggers"][-1]["_id"]
        visitor = await office.visitor()
        call = f"livechat/triggers/{key}/external-service/call"
        await office.nobody.post(call, token=visitor.token)
        await admin.delete(f"livechat/triggers/{key}")
        assert len(service.got) == 2
