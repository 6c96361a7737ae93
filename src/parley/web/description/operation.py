"""One route as an operation of the document."""

from inspect import cleandoc
from typing import Any

import msgspec

from parley.web.description.responses import WITH_BODY, errors_of, limit_headers
from parley.web.description.structs import PLACE, Schema, schemas_of, slice_of
from parley.web.limits import DEFAULT, EXCEPTIONS
from parley.web.route import Dialect, Route

CREDENTIALS: dict[str, list[str]] = {"authToken": [], "userId": []}
_DIALECTS = {Dialect.L: "legacy", Dialect.T: "typed", Dialect.C: "check"}
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
EVENTS = "text/event-stream"
_MULTIPART = "multipart/form-data"
_DEEP = ("object", "array")

SECOND_FACTOR = {
    "secondFactorCode": {
        "name": "x-2fa-code",
        "in": "header",
        "required": False,
        "description": "Of a caller who has a second factor: its code, or a recovery code.",
        "schema": {"type": "string"},
    },
    "secondFactorMethod": {
        "name": "x-2fa-method",
        "in": "header",
        "required": False,
        "description": "Accepted and not needed: `totp` is all there is.",
        "schema": {"type": "string"},
    },
}


def operation_of(route: Route, schemas: dict[str, Schema]) -> dict[str, Any]:
    """`schemas` are those that the routes name, by name."""
    summary, description = sentences(route.handler)
    operation: dict[str, Any] = {
        "operationId": _id(route),
        "tags": [slice_of(route.handler.__module__)],
        "summary": summary,
    }
    if description:
        operation["description"] = description
    operation["security"] = [CREDENTIALS] if route.permissions is not None else [{}, CREDENTIALS]
    if route.permissions is not None:
        operation["x-permissions"] = list(route.permissions)
    if route.second_factor:
        operation["x-second-factor"] = True
    operation["x-rate-limit"] = _limit(route)
    operation["x-dialect"] = _DIALECTS[route.dialect]
    if parameters := _parameters(route, schemas):
        operation["parameters"] = parameters
    body = route.body or route.reads
    if body is not None and route.method in WITH_BODY:
        operation["requestBody"] = _file(body) if route.streams else _body(body, schemas)
    operation["responses"] = {"200": _success(route), **errors_of(route)}
    return operation


def sentences(documented: Any) -> tuple[str, str]:
    """First line of a docstring without its full stop, and the rest."""
    summary, _, rest = cleandoc(getattr(documented, "__doc__", None) or "").partition("\n")
    return summary.strip().removesuffix("."), rest.strip()


def templated(path: str) -> str:
    parts = path.split("/")
    return "/".join(f"{{{part[1:]}}}" if part.startswith(":") else part for part in parts)


def struct_name(struct: Any) -> str:
    return f"{slice_of(struct.__module__)}.{struct.__name__}"


def answer_name(struct: Any) -> str:
    return f"{struct_name(struct)}Answer"


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _id(route: Route) -> str:
    words = route.path.removeprefix("/api/v1").replace("/:", "/").split("/")
    return "-".join([route.method.lower(), *filter(None, words)])


def _limit(route: Route) -> dict[str, Any]:
    limit = EXCEPTIONS.get((route.method, route.path), DEFAULT)
    by = "visitor token" if limit.by_visitor else "address"
    return {"calls": limit.calls, "seconds": limit.ms // 1000, "by": by}


def _parameters(route: Route, schemas: dict[str, Schema]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in route.path.split("/"):
        if part.startswith(":"):
            text: Schema = {"type": "string", "minLength": 1}
            found.append({"name": part[1:], "in": "path", "required": True, "schema": text})
    query = schemas[struct_name(route.query)] if route.query is not None else {}
    for name, schema in query.get("properties", {}).items():
        needed = name in query.get("required", [])
        place = {"name": name, "in": "query", "required": needed}
        found.append({**place, "schema": _without_null(schema)})
    if route.second_factor:
        found += [{"$ref": f"#/components/parameters/{name}"} for name in SECOND_FACTOR]
    return found


def _without_null(schema: Schema) -> Schema:
    """A query string cannot say null."""
    if not isinstance(schema.get("type"), list):
        return schema
    out = schema | {"type": schema["type"][0]}
    if "enum" in out:
        out["enum"] = [value for value in out["enum"] if value is not None]
    return out


def _body(struct: Any, schemas: dict[str, Schema]) -> dict[str, Any]:
    if not is_struct(struct):
        (schema,), _ = schemas_of([struct])
        return {"required": True, "content": {_JSON: {"schema": schema}}}
    name = struct_name(struct)
    ref = {"schema": {"$ref": PLACE + name}}
    needed = schemas[name].get("required", [])
    # A form is flat: it cannot hold an object or a list.
    parts = [schemas[name]["properties"][key] for key in needed]
    flat = all("$ref" not in part and part.get("type") not in _DEEP for part in parts)
    content = {_JSON: ref, **({_FORM: ref} if flat else {})}
    return {"required": bool(needed), "content": content}


def _file(struct: Any) -> dict[str, Any]:
    ref = {"schema": {"$ref": PLACE + struct_name(struct)}}
    return {"required": True, "content": {_MULTIPART: ref}}


def _success(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {"description": "It was done.", "headers": limit_headers()}
    if route.lasts is not None:
        # Each event of it: so OpenAPI 3.1 is read for this kind of content.
        events = {"oneOf": [_event(*named) for named in route.lasts.items()]}
        found["content"] = {EVENTS: {"schema": events}}
    elif is_struct(route.answer):
        found["content"] = {_JSON: {"schema": {"$ref": PLACE + answer_name(route.answer)}}}
    elif route.answer is not None:
        # A bare list: the envelope adds nothing to it.
        (schema,), _ = schemas_of([route.answer])
        found["content"] = {_JSON: {"schema": schema}}
    return found


def _event(name: str, data: Any) -> Schema:
    content = {"contentMediaType": _JSON, "contentSchema": {"$ref": PLACE + struct_name(data)}}
    return {
        "type": "object",
        "properties": {
            "event": {"const": name},
            "id": {"type": "string"},
            "data": {"type": "string", **content},
        },
        "required": ["event", "data"],
    }
