"""The checks of routes that Rocket.Chat validates with Meteor's `check`, from the same schemas.

Sentences and order follow Meteor's check package: the keys of the document first, in document
order, then the missing ones; nothing is ever coerced. Objects map to Meteor's patterns so:
optional key = Match.Maybe (which inside an object refuses null, nullable or not),
additionalProperties false = a closed object, integer = Match.Integer (32 bits), and enum, anyOf
and any other nullable = Match.OneOf, which has one sentence for every fault.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from parley.web.javascript import number_text, same
from parley.web.schema import ANNOTATIONS, Check, Invalid

# value -> None when it matches, else (sentence, path below this value)
Fault = tuple[str, str] | None
Test = Callable[[Any], Fault]

KNOWN = frozenset(
    ("type", "nullable", "const", "enum", "anyOf", "oneOf", "items", "properties", "required")
) | {"additionalProperties"}
ONE_OF = ("Failed Match.OneOf, Match.Maybe or Match.Optional validation", "")
SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
}
# The names Meteor's own list holds, not today's: it decides between `.name` and `["name"]`.
KEYWORDS = re.compile(
    r"do|if|in|for|let|new|try|var|case|else|enum|eval|false|null|this|true|"
    r"void|with|break|catch|class|const|super|throw|while|yield|delete|export|"
    r"import|public|return|static|switch|typeof|default|extends|finally|package|"
    r"private|continue|debugger|function|arguments|interface|protected|implements|"
    r"instanceof"
)
PLAIN = re.compile(r"[a-z_$][0-9a-z_$]*", re.IGNORECASE | re.ASCII)


def compile_match(schema: dict[str, Any]) -> Check:
    """Compile a schema to a function value -> the same value.

    It raises `Invalid` with `Match error: <sentence>[ in field <path>]`. ValueError for keywords
    that have no Meteor pattern (minimum, pattern, ...).
    """
    test = _test_of(schema)

    def check(value: Any) -> Any:
        fault = test(value)
        if fault is not None:
            sentence, path = fault
            raise Invalid(f"Match error: {sentence}" + (f" in field {path}" if path else ""))
        return value

    return check


def _test_of(schema: Any) -> Test:
    if schema is True:
        return lambda value: None
    unknown = schema.keys() - KNOWN - ANNOTATIONS
    if unknown:
        raise ValueError(f"schema keywords without a Meteor pattern: {sorted(unknown)}")
    if "const" in schema:
        return _literal(schema["const"])
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else list(types)
    if "enum" in schema:
        choices = [_literal(value) for value in schema["enum"]]
    elif "anyOf" in schema or "oneOf" in schema:
        choices = [_test_of(branch) for branch in schema.get("anyOf", schema.get("oneOf"))]
    else:
        choices = [_typed(name, schema) for name in types]
    if schema.get("nullable"):
        choices.append(_literal(None))
    if not choices:
        return lambda value: None
    return choices[0] if len(choices) == 1 and "enum" not in schema else _one_of(choices)


def _one_of(choices: list[Test]) -> Test:
    return lambda value: None if any(test(value) is None for test in choices) else ONE_OF


def _literal(expected: Any) -> Test:
    shown = expected if isinstance(expected, str) else stringify(expected)
    return lambda value: (
        None if same(value, expected) else (f"Expected {shown}, got {stringify(value)}", "")
    )


def _typed(name: str, schema: dict[str, Any]) -> Test:
    if name == "null":
        return _literal(None)
    if name == "integer":
        return _integer
    if name == "array":
        return _array(_test_of(schema.get("items", True)))
    if name == "object":
        return _object(schema)
    classes = SCALARS[name]
    return lambda value: (
        None if type(value) in classes else (f"Expected {name}, got {type_name(value)}", "")
    )


def _integer(value: Any) -> Fault:
    if type(value) in (int, float) and -(2**31) <= value < 2**31 and value == math.floor(value):
        return None
    return f"Expected Integer, got {stringify(value)}", ""


def _array(item: Test) -> Test:
    def test(value: Any) -> Fault:
        if type(value) is not list:
            return f"Expected array, got {stringify(value)}", ""
        for index, part in enumerate(value):
            fault = item(part)
            if fault is not None:
                return _below(str(index), fault)
        return None

    return test


def _object(schema: dict[str, Any]) -> Test:
    needed = set(schema.get("required", []))
    tests = {
        name: _test_of(part if name in needed else _without_null(part))
        for name, part in schema.get("properties", {}).items()
    }
    # Meteor lists what is missing in the order of the pattern, not of the schema's `required`.
    required = [name for name in tests if name in needed]
    required += [name for name in schema.get("required", []) if name not in tests]
    extra = schema.get("additionalProperties", True)
    others = None if extra is False else _test_of(extra)

    def test(value: Any) -> Fault:
        if type(value) is not dict:
            name = "object" if type(value) is list else type_name(value)
            sentence = (
                "Expected plain object" if name == "object" else f"Expected object, got {name}"
            )
            return sentence, ""
        for key, part in value.items():
            inner = tests.get(key, others)
            if inner is None:
                return "Unknown key", key
            fault = inner(part)
            if fault is not None:
                return _below(key, fault)
        for key in required:
            if key not in value:
                return f"Missing key '{key}'", ""
        return None

    return test


def _without_null(schema: Any) -> Any:
    if schema is True or not schema.get("nullable"):
        return schema
    out = {**schema, "nullable": False}
    if "enum" in out:
        out["enum"] = [value for value in out["enum"] if value is not None]
    return out


def _below(key: str, fault: tuple[str, str]) -> tuple[str, str]:
    sentence, path = fault
    if key.isascii() and key.isdigit():
        key = f"[{key}]"
    elif not PLAIN.fullmatch(key) or KEYWORDS.fullmatch(key):
        key = stringify([key])
    return sentence, f"{key}.{path}" if path and path[0] != "[" else key + path


def type_name(value: Any) -> str:
    """JavaScript's typeof of a JSON value, but `null` for null as Meteor writes it."""
    if value is None:
        return "null"
    kinds: dict[type, str] = {str: "string", bool: "boolean", int: "number", float: "number"}
    return kinds.get(type(value), "object")


def stringify(value: Any) -> str:
    """JSON.stringify of a JSON value, numbers as JavaScript writes them; the type's name for a
    value nested too deep to print."""
    try:
        return _stringify(value)
    except RecursionError:
        return type_name(value)


def _stringify(value: Any) -> str:
    if type(value) is dict:
        return "{" + ",".join(f"{_stringify(k)}:{_stringify(v)}" for k, v in value.items()) + "}"
    if type(value) is list:
        return "[" + ",".join(map(_stringify, value)) + "]"
    if type(value) in (int, float):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False)
