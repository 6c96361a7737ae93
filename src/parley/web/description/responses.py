"""Errors, as `web/errors.py` renders them: shared by all operations, chosen by the declaration."""

from typing import Any

from parley.web.route import Route

WITH_BODY = {"POST", "PUT", "PATCH", "DELETE"}


def _closed(description: str, optional: dict[str, Any], **needed: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {"success": {"const": False}, **needed, **optional},
        "required": ["success", *needed],
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_DETAILS = {"errorType": _TEXT, "details": {"type": "object"}}
SCHEMAS = {
    "Error": _closed(
        "What went wrong. `errorType` is a code to rely on where there is one; `error` is for"
        " people, and repeats the code in brackets. A few errors give no reason at all, or"
        " a code as `reason` alone.",
        {"error": _TEXT, "reason": _TEXT, **_DETAILS},
    ),
    "LoginError": _closed(
        "Who is calling is not known. `errorType` and `details` stand here where a login needs"
        " something more, such as a second factor, or must wait.",
        _DETAILS,
        error=_TEXT,
        status={"const": "error"},
        message=_TEXT,
    ),
}

LIMIT_HEADERS = {
    "X-RateLimit-Limit": "Calls allowed in the window.",
    "X-RateLimit-Remaining": "Calls left in it.",
    "X-RateLimit-Reset": "When it ends, in milliseconds since 1970.",
}
HEADERS = {
    name: {"description": text, "schema": {"type": "integer"}}
    for name, text in LIMIT_HEADERS.items()
}


def limit_headers() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}


def _json(description: str, schema: str = "Error") -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


_NO_PATH = {"text/plain": {"schema": {"const": "404 Not Found"}}}
_NO_OBJECT = _json("There is no such object.")
RESPONSES: dict[str, dict[str, Any]] = {
    "BadRequest": _json("The request was understood and refused, or not understood."),
    "NotLoggedIn": _json(
        "The headers `X-Auth-Token` and `X-User-Id` are missing, wrong or expired; on the login"
        " route: refused.",
        "LoginError",
    ),
    "Forbidden": _json("The caller lacks the permission."),
    "NoSuchPath": {
        "description": "No route has this path: a part of it is empty, or is not UTF-8.",
        "content": _NO_PATH,
    },
    "NoSuchObject": _NO_OBJECT,
    "NoSuchPathOrObject": {
        "description": "There is no such object (JSON), or no route has this path (text).",
        "content": {**_NO_OBJECT["content"], **_NO_PATH},
    },
    "BodyTooLarge": _json("The body is over 1 MiB."),
    "TooManyRequests": {**_json("Over the rate limit."), "headers": limit_headers()},
    "Unavailable": _json("The database is not available, or the server is busy. Nothing was kept."),
}

_OF_STATUS = {401: "NotLoggedIn", 403: "Forbidden", 404: "NoSuchObject"}


def errors_of(route: Route) -> dict[str, Any]:
    """{status: response}. ValueError for a status in `also` that has no answer here."""
    found = {400: "BadRequest", 429: "TooManyRequests", 503: "Unavailable"}
    if route.method in WITH_BODY:
        found[413] = "BodyTooLarge"
    if route.permissions is not None:
        found[401] = "NotLoggedIn"
    if route.permissions:
        found[403] = "Forbidden"
    for status in route.also:
        if status not in _OF_STATUS:
            raise ValueError(f"{route.method} {route.path}: no answer for status {status}")
        found[status] = _OF_STATUS[status]
    if "/:" in route.path:
        found[404] = "NoSuchPathOrObject" if 404 in found else "NoSuchPath"
    return {str(s): {"$ref": f"#/components/responses/{found[s]}"} for s in sorted(found)}
