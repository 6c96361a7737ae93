"""JSON Schema compiled to checkers that coerce and complain exactly as AJV 8.17.1 does.

Rules were read from AJV's code generator and are replayed against it in `tests/web`: keywords
run in AJV's order, the first error ends the check, and a coercion is written into the document
at once, so that the branches of an `anyOf` see what an earlier branch left behind.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from parley.web.javascript import COERCIONS, NO, number_text, python_pattern, same
from parley.web.struct_schema import schema_of

__all__ = ["Check", "Invalid", "compile_schema", "schema_of"]

Check = Callable[[Any], Any]
# (value, parent, key in parent, errors so far) -> the value the next keyword looks at.
# Parent and value part ways when AJV unwraps `[x]` without coercing: then only the value moves.
Run = Callable[[Any, Any, Any, list[str]], Any]


class Invalid(Exception):
    """A document that breaks its schema; `message` is the sentence the client reads."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Mode(NamedTuple):
    """`query`: AJV's coerceTypes "array". `all_branches`: AJV's 2020 class runs every anyOf
    branch, even after one matched, so coercions of later branches stay too."""

    query: bool
    all_branches: bool
    inside_union: bool = False


TYPES = frozenset({"string", "number", "integer", "boolean", "null", "object", "array"})
ANNOTATIONS = frozenset({"title", "description", "default", "examples"})
NUMBER_RULES = ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum")
STRING_RULES = ("maxLength", "minLength", "pattern")
ARRAY_RULES = ("maxItems", "minItems", "items")
OBJECT_RULES = ("maxProperties", "minProperties", "required", "additionalProperties", "properties")
ANY_RULES = ("const", "enum", "anyOf", "oneOf", "allOf")
RULES = frozenset(
    ("type", "nullable", *ANY_RULES, *NUMBER_RULES, *STRING_RULES, *ARRAY_RULES, *OBJECT_RULES)
)


def compile_schema(
    schema: dict[str, Any], *, query: bool = False, all_branches: bool = False
) -> Check:
    """Compile a schema once, at start, to a function value -> coerced value.

    The function changes dicts and lists in place and raises `Invalid`. ValueError for a keyword
    this compiler does not know: a rule that is silently skipped is a hole in the contract.
    """
    run = _node(schema, Mode(query, all_branches))

    def check(value: Any) -> Any:
        slot = [value]
        errors: list[str] = []
        if run is not None:
            run(value, slot, 0, errors)
            if errors:
                raise Invalid("\n ".join(errors))
        return slot[0]

    return check


def _node(schema: Any, mode: Mode) -> Run | None:
    if schema is True or schema is False:
        return None if schema else _step_that_fails("boolean schema is false")
    unknown = schema.keys() - RULES - ANNOTATIONS
    if unknown:
        raise ValueError(f"schema keywords not supported: {sorted(unknown)}")
    types, sentence = _types_of(schema)
    # AJV reports a wrong object or array only where its own keywords run, which is after
    # enum and anyOf; every other type is tested (and coerced) before anything else.
    late = types[0] if types in (["object"], ["array"]) else ""
    if (late == "array" and mode.query) or not any(
        key in schema for key in {"object": OBJECT_RULES, "array": ARRAY_RULES}.get(late, ())
    ):
        late = ""
    steps: list[Run] = []
    any_type = _in_turn(list(_any_steps(schema, mode)))
    if types and not late:
        steps.append(_type_step(types, sentence, mode))
    if any_type is not None:
        steps.append(_both(steps.pop(), any_type) if steps and mode.inside_union else any_type)
    steps += _number_steps(schema)
    steps += _string_steps(schema)
    if any(key in schema for key in ARRAY_RULES):
        steps.append(_array_step(schema, mode, sentence if late == "array" else ""))
    if any(key in schema for key in OBJECT_RULES):
        steps.append(_object_step(schema, mode, sentence if late == "object" else ""))
    return _in_turn(steps)


def _both(first: Run, second: Run) -> Run:
    """Inside a union AJV tests for errors only after enum, anyOf and the like, so these still
    speak (and coerce) after a wrong type. Elsewhere a wrong type returns at once."""

    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        data = first(data, parent, key, errors)
        later: list[str] = []
        data = second(data, parent, key, later)
        errors += later
        return data

    return step


def _in_turn(steps: list[Run]) -> Run | None:
    if len(steps) < 2:
        return steps[0] if steps else None

    def run(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        for step in steps:
            data = step(data, parent, key, errors)
            if errors:
                break
        return data

    return run


def _step_that_fails(sentence: str) -> Run:
    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        errors.append(sentence)
        return data

    return step


# ---- types and coercion


def _types_of(schema: dict[str, Any]) -> tuple[list[str], str]:
    given = schema.get("type", [])
    types = [given] if isinstance(given, str) else list(given)
    if not TYPES.issuperset(types):
        raise ValueError(f"schema types not known: {types}")
    nullable = schema.get("nullable")
    if nullable is not None and not types:
        raise ValueError("nullable needs a type")
    if nullable is False and "null" in types:
        raise ValueError("type null contradicts nullable: false")
    sentence = f"must be {','.join(types)}"
    if nullable and "null" not in types:
        types.append("null")
        if not isinstance(given, str):
            # AJV pushes "null" into the schema's own list, and the sentence shows that list.
            sentence += ",null"
    return types, sentence


CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}


def _type_step(types: list[str], sentence: str, mode: Mode) -> Run:
    # type() and not isinstance(): in Python a bool is an int.
    classes = frozenset(cls for name in types for cls in CLASSES[name])
    whole = "integer" in types and "number" not in types
    # AJV's "is one of these types" test of the unwrapped item demands *all* types of a union,
    # so only a single type (number swallows integer) is ever unwrapped as it is.
    unwraps = len({"number" if t == "integer" else t for t in types}) == 1
    coercions = [COERCIONS[t] for t in types if t in COERCIONS and (t != "array" or mode.query)]
    # With nothing to coerce to (an object), AJV does not even unwrap.
    query = mode.query and bool(coercions)

    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        cls = type(data)
        if cls in classes and (cls is not float or _is_number(data, whole)):
            if whole and cls is float:
                # To JavaScript 5.0 is 5; a Struct's int field takes only the latter.
                parent[key] = data = int(data)
            return data
        if query and cls is list and len(data) == 1:
            data = data[0]
            cls = type(data)
            if unwraps and cls in classes and (cls is not float or _is_number(data, whole)):
                parent[key] = data
                return data
        for coerce in coercions:
            value = coerce(data)
            if value is not NO:
                parent[key] = value
                return value
        errors.append(sentence)
        return data

    return step


def _is_number(data: float, whole: bool) -> bool:
    return math.isfinite(data) and (not whole or data.is_integer())


# ---- keywords without a type: const, enum, anyOf, oneOf, allOf


def _any_steps(schema: dict[str, Any], mode: Mode) -> Iterator[Run]:
    if "const" in schema:
        yield _membership([schema["const"]], "must be equal to constant")
    if "enum" in schema:
        if not schema["enum"]:
            raise ValueError("enum must not be empty")
        yield _membership(schema["enum"], "must be equal to one of the allowed values")
    union = mode._replace(inside_union=True)
    if "anyOf" in schema:
        runs = [_node(branch, union) for branch in schema["anyOf"]]
        if mode.all_branches or None not in runs:
            yield _any_of(runs, mode.all_branches)
    if "oneOf" in schema:
        yield _one_of([_node(branch, union) for branch in schema["oneOf"]])
    if "allOf" in schema:
        every = _in_turn([r for r in (_node(s, mode) for s in schema["allOf"]) if r is not None])
        if every is not None:
            yield every


def _membership(values: list[Any], sentence: str) -> Run:
    texts = frozenset(value for value in values if type(value) is str)

    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        if not (data in texts if type(data) is str else any(same(data, v) for v in values)):
            errors.append(sentence)
        return data

    return step


def _any_of(runs: list[Run | None], all_branches: bool) -> Run:
    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        heard: list[str] = []
        matched = False
        for run in runs:
            branch: list[str] = []
            if run is not None:
                data = run(data, parent, key, branch)
            if not branch:
                matched = True
                if not all_branches:
                    return data
            heard += branch
        if not matched:
            errors += [*heard, "must match a schema in anyOf"]
        return data

    return step


def _one_of(runs: list[Run | None]) -> Run:
    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        heard: list[str] = []
        matches = 0
        for run in runs:
            branch: list[str] = []
            if run is not None:
                data = run(data, parent, key, branch)
            matches += not branch
            heard += branch
            if matches > 1:
                break
        if matches != 1:
            errors += [*heard, "must match exactly one schema in oneOf"]
        return data

    return step


# ---- keywords of one type


def _number_steps(schema: dict[str, Any]) -> Iterator[Run]:
    for keyword, sign, broken in (
        ("maximum", "<=", lambda data, limit: data > limit),
        ("minimum", ">=", lambda data, limit: data < limit),
        ("exclusiveMaximum", "<", lambda data, limit: data >= limit),
        ("exclusiveMinimum", ">", lambda data, limit: data <= limit),
    ):
        if keyword in schema:
            limit = schema[keyword]
            yield _limit((int, float), broken, limit, f"must be {sign} {number_text(limit)}")


def _string_steps(schema: dict[str, Any]) -> Iterator[Run]:
    for keyword, word, broken in (
        ("maxLength", "more", lambda data, limit: len(data) > limit),
        ("minLength", "fewer", lambda data, limit: len(data) < limit),
    ):
        if keyword in schema:
            limit = schema[keyword]
            yield _limit((str,), broken, limit, f"must NOT have {word} than {limit} characters")
    if "pattern" in schema:
        search = re.compile(python_pattern(schema["pattern"]), re.ASCII).search
        sentence = f'must match pattern "{schema["pattern"]}"'
        yield _limit((str,), lambda data, _: search(data) is None, None, sentence)


def _limit(
    classes: tuple[type, ...], broken: Callable[[Any, Any], bool], limit: Any, sentence: str
) -> Run:
    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        # AJV lets an Infinity that came out of a coercion (`1e999`) pass any limit; we do not.
        if type(data) in classes and broken(data, limit):
            errors.append(sentence)
        return data

    return step


def _array_step(schema: dict[str, Any], mode: Mode, wrong_type: str) -> Run:
    most, least = schema.get("maxItems", math.inf), schema.get("minItems", 0)
    item = _node(schema.get("items", True), mode)

    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        if type(data) is not list:
            if wrong_type:
                errors.append(wrong_type)
        elif len(data) > most:
            errors.append(f"must NOT have more than {most} items")
        elif len(data) < least:
            errors.append(f"must NOT have fewer than {least} items")
        elif item is not None:
            for index, value in enumerate(data):
                item(value, data, index, errors)
                if errors:
                    break
        return data

    return step


def _object_step(schema: dict[str, Any], mode: Mode, wrong_type: str) -> Run:
    most, least = schema.get("maxProperties", math.inf), schema.get("minProperties", 0)
    required: list[str] = schema.get("required", [])
    known = frozenset(schema.get("properties", {}))
    extra = schema.get("additionalProperties", True)
    closed = extra is False
    extra_run = None if closed else _node(extra, mode)
    compiled = [(name, _node(s, mode)) for name, s in schema.get("properties", {}).items()]
    children = [(name, run) for name, run in compiled if run is not None]

    def step(data: Any, parent: Any, key: Any, errors: list[str]) -> Any:
        if type(data) is not dict:
            if wrong_type:
                errors.append(wrong_type)
            return data
        if len(data) > most:
            errors.append(f"must NOT have more than {most} properties")
            return data
        if len(data) < least:
            errors.append(f"must NOT have fewer than {least} properties")
            return data
        for name in required:
            if name not in data:
                errors.append(f"must have required property '{name}'")
                return data
        if closed and not known.issuperset(data):
            errors.append("must NOT have additional properties")
            return data
        if extra_run is not None:
            for name in [name for name in data if name not in known]:
                extra_run(data[name], data, name, errors)
                if errors:
                    return data
        for name, run in children:
            if name in data:
                run(data[name], data, name, errors)
                if errors:
                    return data
        return data

    return step
