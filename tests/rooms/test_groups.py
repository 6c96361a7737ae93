"""Private groups: who is in them; and no call of livechat takes one for a room of a visitor."""

from tests.office import Office


async def test_a_group_is_made_seen_by_its_members_and_deleted(office: Office) -> None:
    anna, ben, carl = [await office.person(username=name) for name in ("anna", "ben", "carl")]
    group = (await anna.post("groups.create", name="Desk-1", members=["ben", "nobody", "ben"]))[
        "group"
    ]
    assert group == {
        "_id": group["_id"],
        "name": "Desk-1",
        "fname": "Desk-1",
        "t": "p",
        "msgs": 0,
        "usersCount": 2,
        "u": {"_id": anna.user_id, "username": "anna"},
        "ts": group["ts"],
        "ro": False,
        "default": False,
        "sysMes": True,
        "_updatedAt": group["_updatedAt"],
    }
    key = group["_id"]
    assert (await ben.get("groups.info", roomName="desk-1"))["group"] == group
    listed = await ben.get("groups.members", roomId=key, count=1, offset=1)
    assert [member["username"] for member in listed["members"]] == ["ben"]
    assert (listed["count"], listed["offset"], listed["total"]) == (1, 1, 2)

    missing = "error-room-not-found"
    for method, path in (("GET", "groups.info"), ("GET", "groups.members")):
        answer = (await carl.refused(method, path, params={"roomId": key}))[1]
        assert answer["errorType"] == missing
    delete = "groups.delete"
    for who, code in ((carl, missing), (ben, "error-not-allowed")):
        answer = (await who.refused("POST", delete, json={"roomId": key}))[1]
        assert answer["errorType"] == code
    answer = (await ben.refused("GET", "groups.info"))[1]
    assert answer["errorType"] == "error-room-param-not-provided"

    await office.admin.post("users.delete", userId=ben.user_id)
    assert (await anna.get("groups.info", roomId=key))["group"]["usersCount"] == 1
    await anna.post(delete, roomId=key)
    assert (await anna.refused("POST", delete, json={"roomId": key}))[1]["errorType"] == missing


async def test_what_is_no_group(sqlite_office: Office) -> None:
    office = sqlite_office
    path = "groups.create"
    assert (await office.admin.refused("POST", path, json={}))[1]["error"] == (
        'Body param "name" is required'
    )
    await office.admin.post(path, name="one", excludeSelf=True)
    answer = (await office.admin.refused("POST", path, json={"name": "ONE"}))[1]
    assert answer["errorType"] == "error-duplicate-channel-name"
    answer = (await office.admin.refused("POST", path, json={"name": "<b>"}))[1]
    assert answer["errorType"] == "error-invalid-room-name"
    await office.grant("create-p")
    unauthorized = {"success": False, "error": "unauthorized"}
    assert await office.admin.refused("POST", path, json={"name": "x"}) == (403, unauthorized)


async def test_livechat_refuses_it(sqlite_office: Office) -> None:
    office, admin = sqlite_office, sqlite_office.admin
    key = (await admin.post("groups.create", name="group"))["group"]["_id"]
    visitor = await office.visitor()

    async def error(method: str, path: str, **more: str) -> str:
        sent = {"params": more} if method == "GET" else {"json": more}
        return str((await admin.refused(method, path, **sent))[1]["error"])

    assert "invalid-room" in await error("POST", "livechat/room.onHold", roomId=key)
    close = {"rid": key, "comment": "x"}
    assert "invalid-room" in await error("POST", "livechat/room.closeByUser", **close)
    assert "invalid-room" in await error("GET", "livechat/room.join", roomId=key)
    forward = {"roomId": key, "userId": admin.user_id}
    assert "invalid-room" in await error("POST", "livechat/room.forward", **forward)
    said = {"token": visitor.token, "rid": key, "msg": "x"}
    assert await error("POST", "livechat/message", **said) == "invalid-room"
    assert await error("POST", "livechat/room.close", **said) != ""
