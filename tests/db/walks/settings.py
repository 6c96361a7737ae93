"""Settings and permissions, and what an operator reads."""

from tests.db.counting import policy_read
from tests.office import Office


async def settings(office: Office) -> None:
    admin = office.admin
    await admin.post("settings", settings=[{"_id": "Site_Name", "value": "Office"}])
    await policy_read(office)
    await office.setting("Livechat_Routing_Method", "Auto_Selection")
    await policy_read(office)
    await office.grant("view-logs", "admin")
    await policy_read(office)
    await admin.get("settings")
    await admin.get("settings/Site_Name")
    await office.nobody.get("settings.public")
    await admin.get("permissions.listAll")
    await admin.get("audit.events")
    await admin.get("jobs.list")
