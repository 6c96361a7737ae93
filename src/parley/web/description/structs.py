"""Structs as the document's schemas. A name is `<slice>.<Struct>`, so two slices never clash."""

import typing
from collections import Counter
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

import msgspec

Schema = dict[str, Any]

PLACE = "#/components/schemas/"


def schemas_of(types: Iterable[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """A schema for each type, and the shared ones by name.

    ValueError when two Structs of one slice have one name.
    """
    types = list(types)
    structs: list[Any] = []
    for kind in types:
        _collect(kind, structs)
    names = _names(structs)
    tops, parts = msgspec.json.schema_components(types, ref_template="{name}")
    return (
        [_tidied(top, names) for top in tops],
        {names[name]: _tidied(part, names) for name, part in parts.items()},
    )


def slice_of(module: str) -> str:
    words = module.split(".")
    return words[1] if words[0] == "parley" and len(words) > 1 else words[-1]


def references(schema: Any) -> set[str]:
    """Names of the shared schemas that this one leads to at once."""
    if isinstance(schema, list):
        return set().union(*map(references, schema))
    if not isinstance(schema, dict):
        return set()
    found = set().union(*map(references, schema.values()))
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref.startswith(PLACE):
        found.add(ref.removeprefix(PLACE))
    return found


def _collect(hint: Any, seen: list[Any]) -> None:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint not in seen:
            seen.append(hint)
            for field in msgspec.structs.fields(hint):
                _collect(field.type, seen)
    else:
        for part in typing.get_args(hint):
            _collect(part, seen)


def _names(structs: list[Any]) -> dict[str, str]:
    """{msgspec's name: ours}. Where two share a name, msgspec writes both out in full."""
    often = Counter(struct.__name__ for struct in structs)
    names: dict[str, str] = {}
    for struct in structs:
        full = f"{struct.__module__}.{struct.__qualname__}"
        ours = f"{slice_of(struct.__module__)}.{struct.__name__}"
        if ours in names.values():
            raise ValueError(f"two Structs are called {ours}; one is {full}")
        names[struct.__name__ if often[struct.__name__] == 1 else full] = ours
    return names


def _tidied(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_tidied(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _tidied(part, names) for key, part in schema.items() if key != "properties"}
    if "properties" in schema:
        out["properties"] = {key: _tidied(p, names) for key, p in schema["properties"].items()}
    if isinstance(out.get("$ref"), str):
        out["$ref"] = PLACE + names[out["$ref"]]
    if isinstance(out.get("description"), str):
        out["description"] = cleandoc(out["description"])
    if out.get("default", ...) is None:
        del out["default"]
    if not out.get("required", ...):
        del out["required"]
    if all(isinstance(value, str) for value in out.get("enum", [None])):
        out["type"] = "string"
    return _with_null(out)


def _with_null(schema: Schema) -> Schema:
    """`anyOf` a plain type and null as one type list, which is easier to read."""
    branches = schema.get("anyOf", [])
    if len(branches) != 2 or {"type": "null"} not in branches:
        return schema
    (other,) = (branch for branch in branches if branch != {"type": "null"})
    if not isinstance(other.get("type"), str):
        return schema
    out: Schema = {key: value for key, value in schema.items() if key != "anyOf"} | other
    out["type"] = [other["type"], "null"]
    if "enum" in other:
        out["enum"] = [*other["enum"], None]
    return out
