"""What the mobile app asks for after each login, to help whoever writes (contract/clients.md f)."""

from tests.office import Json, Office


async def test_there_are_no_emoji_and_no_commands_of_ones_own(sqlite_office: Office) -> None:
    person, nobody = await sqlite_office.person(), sqlite_office.nobody
    none: Json = {"update": [], "remove": []}
    for query in ({}, {"updatedSince": "2026-01-01T00:00:00.000Z"}):
        assert (await person.get("emoji-custom.list", **query))["emojis"] == none
    status, answer = await person.refused("GET", "emoji-custom.list?updatedSince=soon")
    assert (status, answer["errorType"]) == (400, "error-roomId-param-invalid")
    listed = await person.get("commands.list", count=25, offset=5)
    assert listed == {"commands": [], "count": 0, "offset": 5, "total": 0, "success": True}
    for path in ("emoji-custom.list", "commands.list"):
        assert (await nobody.refused("GET", path))[0] == 401
