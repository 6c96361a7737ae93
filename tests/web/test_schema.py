"""The schema compiler against AJV's own verdicts, and the schemas made of Structs."""

import copy
import enum
import json
import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from parley.web.javascript import NO, number_of, number_text, python_pattern
from parley.web.schema import Invalid, compile_schema, schema_of

VECTORS = json.loads((Path(__file__).parent / "ajv_vectors.json").read_text())


def comparable(value: Any) -> Any:
    """JSON with true told from 1, 1 equal to 1.0, and Infinity as the vectors spell it."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        if math.isfinite(value):
            return float(value)
        return "Number:Infinity" if value > 0 else "Number:-Infinity"
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    return [comparable(part) for part in value] if isinstance(value, list) else value


def departs(schema: Any, document: Any) -> bool:
    """Where a number has limits we hold them against Infinity too; AJV lets `"1e400"` pass."""
    limited = re.search("minimum|maximum", json.dumps(schema), re.IGNORECASE)
    return bool(limited and re.search("1e400|Infinity", json.dumps(document)))


@pytest.mark.parametrize("index", range(len(VECTORS["schemas"])))
def test_says_what_ajv_says(index: int) -> None:
    checks = [
        compile_schema(VECTORS["schemas"][index], query=mode % 2 == 1, all_branches=mode > 1)
        for mode in range(4)
    ]
    replayed = 0
    for which, mode, document, valid, answer in VECTORS["cases"]:
        if which != index or departs(VECTORS["schemas"][index], document):
            continue
        replayed += 1
        try:
            verdict, said = 1, checks[mode](copy.deepcopy(document))
        except Invalid as fault:
            verdict, said = 0, fault.message
        assert (verdict, comparable(said)) == (valid, comparable(answer)), (mode, document)
    assert replayed > 100


def said(schema: dict[str, Any], value: Any, **mode: bool) -> str:
    with pytest.raises(Invalid) as caught:
        compile_schema(schema, **mode)(value)
    return caught.value.message


class Page(msgspec.Struct, forbid_unknown_fields=True):
    count: float | None = None
    offset: float | None = None
    sort: str | None = None


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class PageInfo(msgspec.Struct):
    title: str
    default: str = ""


class Kitchen(msgspec.Struct, forbid_unknown_fields=True):
    zeta: Literal["b", "a"]
    alpha: PageInfo
    limit: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5
    name: Annotated[str, msgspec.Meta(min_length=1, pattern="^a$")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    choice: Literal["y", "x"] | None = None
    pages: list[PageInfo] | None = None
    fields: dict[str, str] = {}
    either: str | bool = ""
    colour: Colour = Colour.RED
    anything: Any = None


class Loop(msgspec.Struct):
    inner: "Loop | None" = None


def test_schema_of_a_page_query() -> None:
    assert schema_of(Page) == {
        "type": "object",
        "properties": {
            "count": {"type": "number", "nullable": True},
            "offset": {"type": "number", "nullable": True},
            "sort": {"type": "string", "nullable": True},
        },
        "required": [],
        "additionalProperties": False,
    }
    check = compile_schema(schema_of(Page), query=True)
    page = check({"count": "2", "offset": "1.5", "sort": ""})
    assert page == {"count": 2, "offset": 1.5, "sort": ""}
    assert type(page["count"]) is int
    assert check({"count": ["2"]}) == {"count": 2}
    assert said(schema_of(Page), {"sort": ["x"]}, query=True) == "must be string"
    assert said(schema_of(Page), {"count": "abc", "fields": "x"}, query=True) == (
        "must NOT have additional properties"
    )


def test_schema_of_everything_else() -> None:
    info = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "default": {"type": "string"}},
        "required": ["title"],
    }
    schema = schema_of(Kitchen)
    assert schema["required"] == ["zeta", "alpha"]
    assert schema["properties"] == {
        "zeta": {"enum": ["b", "a"], "type": "string"},
        "alpha": info,
        "limit": {"type": "integer", "minimum": 1, "maximum": 10},
        "name": {"type": "string", "minLength": 1, "pattern": "^a$"},
        "choice": {"enum": ["y", "x", None], "type": "string", "nullable": True},
        "pages": {"type": "array", "items": info, "nullable": True},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "either": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
        "colour": {"enum": ["red", "blue"], "type": "string"},
        "anything": {},
    }
    good = {"zeta": "a", "alpha": {"title": "t"}, "choice": None, "limit": "3"}
    assert compile_schema(schema)(good)["limit"] == 3
    assert said(schema, {}) == "must have required property 'zeta'"


def test_a_struct_that_contains_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="contains itself"):
        schema_of(Loop)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "email"},
        {"type": "array", "uniqueItems": True},
        {"properties": {"a": {"patternProperties": {}}}},
        {"anyOf": [{"type": "string"}, {"$ref": "#/x"}]},
        {"type": "text"},
        {"nullable": True},
        {"type": ["null"], "nullable": False},
        {"enum": []},
        {"type": "string", "pattern": r"(?<year>\d)"},
        {"type": "string", "pattern": r"\p{L}"},
    ],
)
def test_what_the_compiler_does_not_know_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_schema(schema)


def test_annotations_are_ignored() -> None:
    compile_schema({"title": "x", "description": "y", "default": 1, "examples": [1]})(None)


def test_the_document_is_changed_in_place() -> None:
    document = {"visitor": {"token": 5}}
    schema = {"properties": {"visitor": {"properties": {"token": {"type": "string"}}}}}
    assert compile_schema(schema)(document) is document
    assert document == {"visitor": {"token": "5"}}


def test_branches_of_a_union_share_the_document() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "number"}]}
    assert compile_schema(schema)(5) == "5"
    assert compile_schema(schema, all_branches=True)(5) == 5
    assert said(schema, []) == "must be string\n must be number\n must match a schema in anyOf"


@pytest.mark.parametrize("text", ["1_000", "\uff11", "\u0661", "nan", "inf", "0x", "1 2", "-0x1"])
def test_numbers_python_reads_and_javascript_does_not(text: str) -> None:
    assert number_of(text) is NO


def test_numbers_javascript_reads() -> None:
    assert [number_of(t) for t in ("0x10", "+5", ".5", " ", "\ufeff7", "1e3", "Infinity")] == [
        16, 5, 0.5, 0, 7, 1000, math.inf,
    ]  # fmt: skip
    assert number_of("9" * 400) == math.inf
    assert [number_text(n) for n in (1.0, 1e21, 1e-7, 2**64, 0.1, -0.0)] == [
        "1", "1e+21", "1e-7", "18446744073709552000", "0.1", "0",
    ]  # fmt: skip


def test_patterns_mean_what_they_mean_in_javascript() -> None:
    def matches(pattern: str, text: str) -> bool:
        try:
            compile_schema({"type": "string", "pattern": pattern})(text)
        except Invalid as fault:
            assert fault.message == f'must match pattern "{pattern}"'
            return False
        return True

    assert matches("^a$", "a")
    assert not matches("^a$", "a\n")
    assert not matches(r"^\d$", "\u0663")
    assert matches(r"^[\s]$", "\ufeff")
    assert not matches("^.$", "\u2028")
    assert matches(r"^[$.[]\/$", "$/")
    assert python_pattern("(?:a|b)(?=c)(?!d)") == "(?:a|b)(?=c)(?!d)"
