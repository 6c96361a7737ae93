"""What a widget is made of: triggers, appearance."""

from tests.db.counting import policy_read
from tests.office import Office


async def widget(office: Office) -> None:
    admin = office.admin
    action = {"name": "send-message", "params": {"sender": "queue", "msg": "hi"}}
    trigger = {"description": "", "enabled": True, "runOnce": True, "actions": [action]}
    trigger["conditions"] = [{"name": "chat-opened-by-visitor"}]
    for name in ("walk", "again"):
        await admin.post("livechat/triggers", name=name, **trigger)
    found = (await admin.get("livechat/triggers"))["triggers"]
    await admin.get(f"livechat/triggers/{found[0]['_id']}")
    await admin.delete(f"livechat/triggers/{found[0]['_id']}")
    await admin.get("livechat/appearance")
    look = {"_id": "Livechat_title", "value": f"of {found[0]['_id']}"}
    await admin.call("POST", "livechat/appearance", json=[look])
    await policy_read(office)
    await admin.get("livechat/integrations.settings")
    await admin.post("omnichannel/integrations", LivechatWebhookUrl="")
    await policy_read(office)
