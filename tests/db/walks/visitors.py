"""Visitors: what is known of them, and what they tell."""

from tests.office import Office


async def visitors(office: Office) -> None:
    admin, nobody = office.admin, office.nobody
    anna = await office.agent()
    for scope in ("visitor", "room"):
        field = {"field": scope, "label": scope, "scope": scope, "visibility": "visible"}
        data = field | {"searchable": True, "public": True, "regexp": "^[a-z]+$"}
        await admin.post("livechat/custom-fields.save", customFieldData=data)
    await anna.get("livechat/custom-fields")
    await anna.get("livechat/custom-fields/room")
    visitor = await office.visitor(name="Maria", email="maria@shop.example", phone="1")
    page = {"title": "Shop", "change": "url", "location": {"href": "https://shop.example"}}
    for _ in range(3):
        await nobody.post("livechat/page.visited", token=visitor.token, pageInfo=page)
    await anna.get("livechat/config/routing")
    await nobody.get("livechat/agent.next/nobody")
    room = (await visitor.room())["_id"]
    await anna.get("livechat/routing.explain", roomId=room)
    await nobody.post("livechat/page.visited", token=visitor.token, rid=room, pageInfo=page)
    await anna.get(f"livechat/visitors.pagesVisited/{room}")
    own = {"token": visitor.token}
    await nobody.post("livechat/visitor.status", status="away", **own)
    await nobody.post("livechat/visitors.status", status="online", **own)
    call = {"callStatus": "inProgress", "callId": "1", "rid": room}
    await nobody.post("livechat/visitor.callStatus", **own, **call)
    given = [{"key": key, "value": "x", "overwrite": True} for key in ("visitor", "room")]
    await nobody.post("livechat/custom.fields", customFields=given, **own)
    await nobody.post("livechat/custom.field", **given[0], **own)
    await office.visitor(**own, name="Mary", customFields=given)
    await nobody.get("livechat/config", **own)
    await nobody.get(f"livechat/agent.info/{room}/{visitor.token}")
    await admin.get(f"livechat/visitor/{visitor.token}/room")
    await anna.get("livechat/visitors.info", visitorId=visitor.id)
    await anna.get("livechat/visitors.search", term="")
    await anna.get("livechat/visitors.search", term="mary")
    await anna.get("livechat/visitors.autocomplete", selector='{"term":"ma"}')
    await visitor.close(room)
    await nobody.call("DELETE", f"livechat/visitor/{visitor.token}")
    for scope in ("visitor", "room"):
        await admin.post("livechat/custom-fields.delete", customFieldId=scope)
    await anna.post("users.setStatus", status="offline")
