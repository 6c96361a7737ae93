"""Contacts: made, changed, merged, deleted."""

from tests.office import Office


async def contacts(office: Office) -> None:
    admin = office.admin
    name, path = "Maria Santos", "omnichannel/contacts"
    made = [
        await admin.post(path, name=name, emails=["maria@mail.example"], phones=["+351 1"])
        for _ in range(2)
    ]
    kept, other = (each["contactId"] for each in made)
    await admin.get("licenses.info")
    await admin.get(f"{path}.get", contactId=kept)
    await admin.get(f"{path}.search", searchText="maria")
    await admin.get(f"{path}.checkExistence", email="maria@mail.example")
    await admin.get(f"{path}.channels", contactId=kept)
    await admin.get(f"{path}.history", contactId=kept)
    await admin.get(f"{path}.mergeCandidates", contactId=kept)
    await admin.post(f"{path}.update", contactId=other, name="Maria S.")
    merge = (await admin.post(f"{path}.merge", contactId=kept, otherId=other))["merge"]
    await admin.get(f"{path}.merges", contactId=kept)
    await admin.post(f"{path}.conflicts", contactId=kept, name="Maria Santos")
    await admin.post(f"{path}.unmerge", mergeId=merge["_id"])
    anna, visitor = await office.agent(), await office.visitor(name=name)
    await visitor.close((await visitor.room())["_id"])
    await anna.post("users.setStatus", status="offline")
    old, agent = path.removesuffix("s"), {"username": (await anna.get("me"))["username"]}
    await admin.post(old, token=visitor.token, name="M", phone="+351 3", contactManager=agent)
    shown = (await admin.get(old, contactId=visitor.id))["contact"]
    await admin.get(f"{old}.search", phone="+351 3")
    assert shown["contactManager"] == agent
    sql = "SELECT contact_id FROM visitors WHERE id = $1"
    contact = await office.db.read(lambda q: q.value(sql, visitor.id))
    await admin.post(f"{path}.delete", contactId=contact)
