"""A call to copy: `curl`, with an example of everything that is required."""

import json
import shlex
from typing import Any

from parley.web.description.structs import PLACE, Schema
from parley.web.route import Route

OPTIONAL_SHOWN = 2


def curl(route: Route, operation: dict[str, Any], schemas: dict[str, Schema]) -> str:
    """`$PARLEY` is the server, `$TOKEN` and `$USER_ID` come from a login, `<name>` is a value."""
    words = route.path.split("/")
    path = "/".join(f"<{word[1:]}>" if word.startswith(":") else word for word in words)
    parts = [f'"$PARLEY{path}"']
    if route.permissions is not None:
        parts.append('-H "X-Auth-Token: $TOKEN" -H "X-User-Id: $USER_ID"')
    query = [p for p in operation.get("parameters", []) if p.get("in") == "query" and p["required"]]
    if query:
        pairs = [f'--data-urlencode "{p["name"]}=<{p["name"]}>"' for p in query]
        parts.append(f"-G {' '.join(pairs)}")
    body = operation.get("requestBody")
    if route.streams:
        parts.append('-F "file=@<file>"')
    elif body is not None:
        value = example(body["content"]["application/json"]["schema"], schemas)
        parts.append('-H "Content-Type: application/json"')
        parts.append(f"-d {shlex.quote(json.dumps(value, ensure_ascii=False))}")
    # With a body, curl's own verb is POST.
    verb = "" if route.method == ("POST" if body else "GET") else f"-X {route.method} "
    return f"curl {verb}" + " \\\n  ".join(parts)


def example(schema: Schema, schemas: dict[str, Schema], name: str = "value") -> Any:
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(PLACE)], schemas, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas, name)
    kind = schema.get("type", "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return _object(schema, schemas)
        case "array":
            return [example(schema.get("items", {}), schemas, name)]
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", 1)
    return f"<{name}>"


def _object(schema: Schema, schemas: dict[str, Schema]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    # Where nothing is required, an empty body would show nothing.
    shown = schema.get("required") or list(properties)[:OPTIONAL_SHOWN]
    return {name: example(properties[name], schemas, name) for name in shown}
