"""Schemas for a reader: what a value is in a few words, and an object as a table of its keys."""

from typing import Any

from parley.web.description.elements import Html, element, join, line
from parley.web.description.structs import PLACE, Schema


def words(schema: Schema) -> Html:
    """Such as `text, at most 255 characters` or `list of Room`."""
    return join([_kind(schema), _limits(schema)])


def _kind(schema: Schema) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PLACE)
        return element("a", name.rpartition(".")[2], href=f"#{anchor(name)}")
    if "const" in schema:
        return _value(schema["const"])
    if "enum" in schema:
        return _either([_value(value) for value in schema["enum"]])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _either([words(branch) for branch in schema[key]])
    kinds = schema.get("type", "anything")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return _either([_plain(kind, schema) for kind in kinds])


def _plain(kind: str, schema: Schema) -> Any:
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    if kind == "array":
        items = schema.get("items")
        return ["list of ", words(items)] if items else "list"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return ["object of ", words(schema["additionalProperties"])]
    return names.get(kind, kind)


def _either(parts: list[Any]) -> list[Any]:
    out: list[Any] = []
    for part in parts:
        out += [" or ", part] if out else [part]
    return out


def _value(value: Any) -> Html:
    shown = {True: "true", False: "false", None: "null"}
    plain = value is None or isinstance(value, bool)
    return element("code", shown[value] if plain else value)


def _limits(schema: Schema) -> Html:
    found: list[str] = []
    if "maxLength" in schema:
        found.append(f"at most {schema['maxLength']} characters")
    if schema.get("minLength"):
        found.append("not empty" if schema["minLength"] == 1 else f"at least {schema['minLength']}")
    if "minimum" in schema:
        found.append(f"from {schema['minimum']}")
    if "maximum" in schema:
        found.append(f"to {schema['maximum']}")
    if "pattern" in schema:
        found.append(f"matching {schema['pattern']}")
    if (default := schema.get("default", "")) not in ("", [], False):
        found.append(f"{default} unless given")
    return join([f", {text}" for text in found])


def anchor(name: str) -> str:
    return f"type-{name}"


def table(schema: Schema) -> Html:
    """The keys of an object. What an object of another shape is, in words."""
    if "properties" not in schema:
        return element("p", words(schema))
    needed = schema.get("required", [])
    rows = [row(name, part, required=name in needed) for name, part in schema["properties"].items()]
    closed = schema.get("additionalProperties") is False
    return join(
        [
            element("table", element("tbody", rows)) if rows else None,
            None if closed else element("p", "Other keys are possible.", class_="note"),
        ]
    )


def row(name: str, schema: Schema, *, required: bool, more: str = "") -> Html:
    note = " ".join(part for part in (schema.get("description", ""), more) if part)
    return element(
        "tr",
        element("th", element("code", name), scope="row"),
        element("td", words(schema), element("span", line(note), class_="note") if note else None),
        element("td", "required" if required else "optional", class_=_weight(required)),
    )


def _weight(required: bool) -> str:
    return "needed" if required else "note"
