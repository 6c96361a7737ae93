"""Meteor's `check` sentences, from the schemas of Structs."""

from typing import Any, Literal

import msgspec
import pytest

from parley.web.match import compile_match
from parley.web.schema import Invalid, schema_of


class Field(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    value: str
    overwrite: bool


class Guest(msgspec.Struct):
    token: str
    name: str | None = None
    id: str | msgspec.UnsetType = msgspec.UNSET
    customFields: list[Field] | None = None  # noqa: N815


class Register(msgspec.Struct, forbid_unknown_fields=True):
    visitor: Guest


class Status(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    status: str


REGISTER = compile_match(schema_of(Register))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Missing key 'visitor'"),
        ({"foo": 1}, "Unknown key in field foo"),
        ({"foo": 1, "visitor": 2}, "Unknown key in field foo"),
        ({"visitor": 2, "foo": 1}, "Expected object, got number in field visitor"),
        ({"visitor": None}, "Expected object, got null in field visitor"),
        ({"visitor": []}, "Expected plain object in field visitor"),
        ({"visitor": {}}, "Missing key 'token' in field visitor"),
        ({"visitor": {"name": 5}}, "Expected string, got number in field visitor.name"),
        ({"visitor": {"name": None}}, "Expected string, got null in field visitor.name"),
        ({"visitor": {"id": True}}, "Expected string, got boolean in field visitor.id"),
        ({"visitor": {"token": {}}}, "Expected string, got object in field visitor.token"),
        (
            {"visitor": {"token": "t", "customFields": "x"}},
            'Expected array, got "x" in field visitor.customFields',
        ),
        (
            {"visitor": {"customFields": [{"key": 1}]}},
            "Expected string, got number in field visitor.customFields[0].key",
        ),
        (
            {"visitor": {"customFields": [{"key": "k", "value": "v"}]}},
            "Missing key 'overwrite' in field visitor.customFields[0]",
        ),
        ([], "Expected plain object"),
        ("x", "Expected object, got string"),
    ],
)
def test_registering_a_visitor(body: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        REGISTER(body)
    assert caught.value.message == f"Match error: {sentence}"


def test_what_matches_is_given_back_unchanged() -> None:
    field = {"key": "k", "value": "v", "overwrite": True}
    body = {"visitor": {"token": "t", "extra": [1], "customFields": [field]}}
    assert REGISTER(body) is body


def said(schema: dict[str, Any], value: Any) -> str:
    with pytest.raises(Invalid) as caught:
        compile_match(schema)(value)
    return caught.value.message.removeprefix("Match error: ")


def test_missing_keys_come_in_the_order_of_the_struct() -> None:
    assert said(schema_of(Status), {"status": "x"}) == "Missing key 'token'"
    assert said(schema_of(Status), {"token": "x"}) == "Missing key 'status'"
    assert said(schema_of(Status), {"token": ["x"], "status": 1}) == (
        "Expected string, got object in field token"
    )


def test_choices_have_one_sentence() -> None:
    class Choice(msgspec.Struct):
        kind: Literal["b", "a"]
        note: str | None

    one_of = "Failed Match.OneOf, Match.Maybe or Match.Optional validation in field"
    schema = schema_of(Choice)
    assert said(schema, {"kind": "c"}) == f"{one_of} kind"
    assert said(schema, {"kind": "a", "note": 1}) == f"{one_of} note"
    compile_match(schema)({"kind": "a", "note": None})


def test_integers_and_constants() -> None:
    assert said({"type": "integer"}, 1.5) == "Expected Integer, got 1.5"
    assert said({"type": "integer"}, 2**31) == "Expected Integer, got 2147483648"
    assert said({"type": "integer"}, {"a": [1.0, None]}) == 'Expected Integer, got {"a":[1,null]}'
    assert said({"const": "x"}, "y") == 'Expected x, got "y"'
    assert said({"type": "null"}, 1) == "Expected null, got 1"
    compile_match({"type": "integer"})(2.0)


def test_odd_keys_are_quoted_in_paths() -> None:
    schema = {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    }
    assert said(schema, {"a b": [1]}) == 'Expected string, got number in field ["a b"][0]'
    assert said(schema, {"new": [1]}) == 'Expected string, got number in field ["new"][0]'
    assert said(schema, {"7": [1]}) == "Expected string, got number in field [7][0]"


def test_a_value_nested_too_deep_is_named_only() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert said({"type": "array"}, deep) == "Expected array, got object"


def test_rules_meteor_has_no_pattern_for_are_refused() -> None:
    with pytest.raises(ValueError, match="minLength"):
        compile_match({"type": "string", "minLength": 1})
