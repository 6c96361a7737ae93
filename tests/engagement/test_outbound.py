"""There are no apps, and so no providers of outbound messages."""

from tests.office import Office

PATH = "omnichannel/outbound/providers"


async def test_there_are_none_and_none_is_found(sqlite_office: Office) -> None:
    office = sqlite_office
    agent, person = await office.agent(), await office.person()
    assert (await agent.get(PATH, type="phone"))["providers"] == []
    assert (await agent.refused("GET", PATH, params={"type": "pigeon"}))[0] == 400
    none = (404, {"success": False, "error": "Outbound provider not found"})
    assert await agent.refused("GET", f"{PATH}/x/metadata") == none
    assert await agent.refused("POST", f"{PATH}/x/message", json={"to": "1"}) == none
    assert (await person.refused("GET", PATH))[0] == 403
