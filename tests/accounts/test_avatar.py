"""Initials on a colour, whatever the name."""

from urllib.parse import quote
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.accounts.avatar import initials, picture
from tests.office import Office

NAMES = {
    "maria": "M",
    "maria.silva": "MS",
    "guest-12": "G1",
    "a b c": "AC",
    "éva": "É",
    "猫": "猫",
    "ß": "S",
    "": "?",
    "<>": "?",
    "\u202e\0": "?",
}


def parsed(image: bytes) -> Element:
    return fromstring(image)  # noqa: S314 (our own)


@pytest.mark.parametrize("name", NAMES)
def test_initials(name: str) -> None:
    assert initials(name) == NAMES[name]


@given(st.text(max_size=30))
def test_an_image_of_any_name_is_an_image_without_script(name: str) -> None:
    image = parsed(picture(name))
    assert [element.tag.rpartition("}")[2] for element in image.iter()] == ["svg", "rect", "text"]
    assert all(not key.startswith("on") for element in image.iter() for key in element.attrib)
    assert picture(name) == picture(name)


async def test_anybody_is_shown_an_avatar_of_anybody(sqlite_office: Office) -> None:
    http = sqlite_office.http
    answer = await http.get("/avatar/guest-1?size=64&format=png")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert parsed(answer.content).attrib["width"] == "64"
    again = await http.get(
        "/avatar/guest-1?size=64", headers={"if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    for size in ("0", "9999999999", "x", "-1", ""):
        answer = await http.get("/avatar/guest-1", params={"size": size})
        assert parsed(answer.content).attrib["width"] == "200"
    hostile = await http.get("/avatar/" + quote("<script>alert(1)</script>", safe=""))
    assert b"script" not in hostile.content
    assert (await http.get("/avatar/a/b")).status_code == 404
    me = await sqlite_office.admin.get("me")
    assert (await http.get(me["avatarUrl"])).status_code == 200
