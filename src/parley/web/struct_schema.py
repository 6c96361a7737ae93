"""A msgspec Struct as one self-contained JSON schema in the style of Rocket.Chat's schemas."""

import enum
import typing
from collections.abc import Iterator
from typing import Any

import msgspec

DROPPED = ("title", "default", "description", "examples")
PREFIX = "#/$defs/"


def schema_of(struct: Any) -> dict[str, Any]:
    """The schema of a Struct or of a list of them, references written out.

    `T | None` is `nullable: true` on T.
    `forbid_unknown_fields=True` closes the object; `required` follows field order, which decides
    the first sentence a client reads. ValueError for a Struct that contains itself.
    """
    (schema,), parts = msgspec.json.schema_components((struct,), ref_template=PREFIX + "{name}")
    orders = {frozenset(values): values for values in _choices(struct, set())}
    return _inlined(schema, parts, orders, ())


def _inlined(
    schema: dict[str, Any],
    parts: dict[str, Any],
    orders: dict[frozenset[Any], list[Any]],
    within: tuple[str, ...],
) -> dict[str, Any]:
    def inline(part: Any) -> Any:
        return _inlined(part, parts, orders, within) if isinstance(part, dict) else part

    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        if name in within:
            raise ValueError(f"schema contains itself: {' > '.join((*within, name))}")
        return _inlined(parts[name], parts, orders, (*within, name))
    out = {key: value for key, value in schema.items() if key not in DROPPED}
    if "properties" in out:
        out["properties"] = {name: inline(part) for name, part in out["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in out:
            out[key] = inline(out[key])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in out:
            out[key] = [inline(part) for part in out[key]]
    if "enum" in out:
        _settle_enum(out, orders)
    return _nullable(out)


def _settle_enum(out: dict[str, Any], orders: dict[frozenset[Any], list[Any]]) -> None:
    # msgspec sorts the values and leaves out the type, without which AJV would not coerce.
    out["enum"] = orders.get(frozenset(out["enum"]), out["enum"])
    kinds = {type(value) for value in out["enum"]}
    if len(kinds) == 1 and not kinds.isdisjoint({str, int}):
        out.setdefault("type", "string" if kinds == {str} else "integer")


def _nullable(out: dict[str, Any]) -> dict[str, Any]:
    branches = out.get("anyOf", [])
    if len(branches) != 2 or {"type": "null"} not in branches or "type" in out:
        return out
    (kept,) = (branch for branch in branches if branch != {"type": "null"})
    if not isinstance(kept.get("type"), str):
        return out
    kept = {**{key: value for key, value in out.items() if key != "anyOf"}, **kept}
    if "enum" in kept:
        # nullable only widens the type: without this AJV refuses null as an enum value.
        kept["enum"] = [*kept["enum"], None]
    return {**kept, "nullable": True}


def _choices(hint: Any, seen: set[Any]) -> Iterator[list[Any]]:
    """Values of every Literal and Enum below a type, in the order they were declared."""
    if typing.get_origin(hint) is typing.Literal:
        yield list(typing.get_args(hint))
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        yield [member.value for member in hint]
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint not in seen:
            seen.add(hint)
            for field in typing.get_type_hints(hint).values():
                yield from _choices(field, seen)
    else:
        for part in typing.get_args(hint):
            yield from _choices(part, seen)
