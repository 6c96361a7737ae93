"""Finding a route by its raw path, and what its parameters may hold."""

from urllib.parse import quote

import pytest

from parley.web.trie import Trie
from tests.office import Office

ROUTES = ["/a/b", "/a/:x", "/a/:x/c", "/a/b/:y/d", "/:z/b/c", "/a/:x/c/:y"]


def find(path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    trie = Trie()
    for route in ROUTES:
        trie.add("GET", route, route)
    trie.add("POST", "/a/b", "posted")
    trie.add("POST", "/a/:x/c", "posted c")
    return trie.find(method, path.encode())


@pytest.mark.parametrize(
    ("path", "route", "values"),
    [
        ("/a/b", "/a/b", {}),
        ("/a/q", "/a/:x", {"x": "q"}),
        # What is written out wins; where it leads nowhere, the parameter has its turn.
        ("/a/b/c", "/a/:x/c", {"x": "b"}),
        ("/a/b/q/d", "/a/b/:y/d", {"y": "q"}),
        ("/a/b/c/d", "/a/b/:y/d", {"y": "c"}),
        ("/a/b/c/q", "/a/:x/c/:y", {"x": "b", "y": "q"}),
        ("/q/b/c", "/:z/b/c", {"z": "q"}),
        ("/a/:x", "/a/:x", {"x": ":x"}),
        ("/:z/b/c", "/:z/b/c", {"z": ":z"}),
        ("/a/:/c", "/a/:x/c", {"x": ":"}),
        ("/a/..", "/a/:x", {"x": ".."}),
        ("/a/%2F", "/a/:x", {"x": "/"}),
        ("/a/b%2Fc", "/a/:x", {"x": "b/c"}),
        ("/a/b%252Fc", "/a/:x", {"x": "b%2Fc"}),
        ("/a/%C3%A9+%zz%", "/a/:x", {"x": "é+%zz%"}),
        ("/a/%62", "/a/:x", {"x": "b"}),
        ("/a/%00", "/a/:x", {"x": "\0"}),
        ("/a/b%0Ac", "/a/:x", {"x": "b\nc"}),
    ],
)
def test_finds(path: str, route: str, values: dict[str, str]) -> None:
    assert find(path) == (route, values)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/a", "a/b", "/a/", "/a//", "/a//c", "//a/b", "/a/b/", "/a/q/", "/a/b/c/d/e",
        "/A/b", "/a%2Fb", "/a/%ff", "/a/%C3", "/a/%ED%A0%80", "/a/é", "/a/%C0%AF",
    ],
)  # fmt: skip
def test_finds_nothing(path: str) -> None:
    assert find(path) is None


def test_a_method_has_routes_of_its_own() -> None:
    assert find("/a/b", "POST") == ("posted", {})
    assert find("/a/b/c", "POST") == ("posted c", {"x": "b"})
    assert find("/a/q", "POST") is find("/a/b", "PUT") is find("/a/b", "get") is None


TOKENS = [
    "plain", "a/b", "/", "50%", "%2F", "%", "%zz", "%00", 'say "hi"', "it's", "a+b c", "a?b#c&d=e",
    "naïve 🦜", "back\\slash", ":token", "room", "line\nbreak", "tab\t", "x" * 100,
]  # fmt: skip


async def test_a_visitors_token_may_be_any_text(sqlite_office: Office) -> None:
    await sqlite_office.agent()
    for token in TOKENS:
        visitor = await sqlite_office.visitor(token=token)
        path = f"livechat/visitor/{quote(token, safe='')}"
        found = (await sqlite_office.nobody.get(path))["visitor"]
        assert (found["_id"], found["token"]) == (visitor.id, token)
        room = (await visitor.room())["_id"]
        await visitor.say(room, "hello")
        history = await sqlite_office.nobody.get(f"livechat/messages.history/{room}", token=token)
        assert [m["token"] for m in history["messages"] if m["msg"] == "hello"] == [token]
