"""OPTIONS and CORS (contract/core.md §1.5), by the office's settings."""

from typing import Any

from tests.office import Office

ORIGIN = "https://Shop.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
METHODS = "GET, POST, PUT, DELETE, HEAD, PATCH"
HEADERS = (
    "Origin, X-Requested-With, Content-Type, Accept,"
    " X-User-Id, X-Auth-Token, x-visitor-token, Authorization"
)
OFF = 'CORS not enabled. Go to "Admin > General > REST Api" to enable it.'
ANY = {"origin": "*", "headers": HEADERS, "methods": METHODS}
ECHO = ANY | {"origin": ORIGIN, "vary": "Origin"}


async def ask(office: Office, path: str, headers: dict[str, str]) -> tuple[int, str, Any]:
    answer = await office.http.request("OPTIONS", f"/api/v1/{path}", headers=headers)
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    names = {f"access-control-allow-{n}": n for n in ("origin", "headers", "methods")}
    names["vary"] = "vary"
    allowed = {names[n]: value for n, value in answer.headers.items() if n in names}
    return answer.status_code, answer.text, allowed


# (API_Enable_CORS, API_CORS_Origin, headers of the request, (status, text, what is allowed))
CASES: list[tuple[bool, str, dict[str, str], tuple[int, str, Any]]] = [
    (False, "*", {}, (200, "OK", {"origin": "*", "headers": HEADERS})),
    (True, "https://a.example", {}, (200, "OK", {"origin": "*", "headers": HEADERS})),
    (False, "*", PREFLIGHT, (405, OFF, {})),
    (False, "*", {"Origin": ORIGIN}, (405, OFF, {})),
    (False, "*", {"Access-Control-Request-Method": "GET"}, (405, OFF, {})),
    (True, "*", PREFLIGHT, (200, "OK", ANY)),
    (True, " * ", PREFLIGHT, (200, "OK", ANY)),
    (True, "https://a.example, https://shop.EXAMPLE", PREFLIGHT, (200, "OK", ECHO)),
    (True, "https://a.example", PREFLIGHT, (403, "Invalid origin", {})),
    (True, "https://shop.example.evil", PREFLIGHT, (403, "Invalid origin", {})),
    (True, "xhttps://shop.example", PREFLIGHT, (403, "Invalid origin", {})),
    (
        True,
        "https://a.example,",
        {"Access-Control-Request-Method": "GET"},
        (403, "Invalid origin", {}),
    ),
    (True, "", PREFLIGHT | {"Origin": ""}, (403, "Invalid origin", {})),
]


async def test_options(sqlite_office: Office) -> None:
    for enabled, origins, headers, expected in CASES:
        await sqlite_office.setting("API_CORS_Origin", origins)
        await sqlite_office.setting("API_Enable_CORS", enabled)
        for path in ("livechat/message", "no/such/route"):
            assert await ask(sqlite_office, path, headers) == expected, (enabled, origins, headers)


async def test_other_methods_carry_the_star_whatever_is_set(sqlite_office: Office) -> None:
    await sqlite_office.setting("API_Enable_CORS", True)
    await sqlite_office.setting("API_CORS_Origin", "https://a.example")
    answer = await sqlite_office.http.get("/api/v1/me", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == HEADERS
    assert "access-control-allow-methods" not in answer.headers
