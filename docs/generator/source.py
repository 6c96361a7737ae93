"""What the source says that no object at run time tells."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[2] / "src/parley"
UNKNOWN = "…"
"""Stands for a piece of text that the source does not hold as it is."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Emitted(NamedTuple):
    stream: str
    """`room`, `user` or `queue`: what stands before the colon of the stream's name."""
    kind: str


class Recorded(NamedTuple):
    what: str
    target: str


class Use(NamedTuple):
    """A call, and the function that it stands in."""

    file: str
    function: Function
    call: ast.Call


def emitted() -> set[Emitted]:
    """Every `emit(tx, stream, kind, …)`."""
    return {
        Emitted(stream.partition(":")[0], kind)
        for use in _uses("emit")
        for stream, kind in product(*(_texts(use, place) for place in (1, 2)))
    }


def recorded() -> set[Recorded]:
    """Every `record(tx, actor, what, kind, …)` of the audit log."""
    return {
        Recorded(what, target)
        for use in _uses("record")
        for what, target in product(*(_texts(use, place) for place in (2, 3)))
    }


def pages() -> set[str]:
    """The paths of `app.py` that are no operation of the API."""
    routes = [use for use in _uses("Route") if use.file == "app.py"]
    return {path for use in routes for path in _texts(use, 0) if path.startswith("/")}


def mentions(name: str) -> bool:
    """Whether a text of the source is this name, or builds it from pieces."""
    texts, patterns = _mentioned()
    return name in texts or any(pattern.fullmatch(name) for pattern in patterns)


@cache
def _mentioned() -> tuple[frozenset[str], list[re.Pattern[str]]]:
    texts, patterns = set(), []
    for tree in _trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                pieces = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                if any(piece and re.fullmatch(r"\w*_\w*", str(piece)) for piece in pieces):
                    wanted = (r"\w+" if p is None else re.escape(str(p)) for p in pieces)
                    patterns.append(re.compile("".join(wanted)))
    return frozenset(texts), patterns


@cache
def _trees() -> dict[str, ast.Module]:
    """{path in the package: tree}"""
    files = sorted(PACKAGE.rglob("*.py"))
    return {str(f.relative_to(PACKAGE)): ast.parse(f.read_text()) for f in files}


def _uses(name: str) -> Iterator[Use]:
    """Every call of the function."""
    return (use for use in _mentions_of(name) if _called(use.call) == name)


def _mentions_of(name: str) -> list[Use]:
    """Every call of the function, and every `db.act(function, …)`."""
    return _all_uses().get(name, [])


@cache
def _all_uses() -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for file, tree in _trees().items():
        for function in ast.walk(tree):
            if isinstance(function, Function):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call):
                        for name in {_called(node), _handed_on(node)} - {""}:
                            found.setdefault(name, []).append(Use(file, function, node))
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _handed_on(call: ast.Call) -> str:
    """The function that a call is given to call: `db.act(function, …)`."""
    first = call.args[0] if call.args else None
    return first.id if isinstance(first, ast.Name) else ""


def _texts(use: Use, place: int) -> set[str]:
    """What the argument at this place can be."""
    return _values(use.call.args[place], use.function)


def _values(node: ast.expr, function: Function) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp():
            return _values(node.body, function) | _values(node.orelse, function)
        case ast.JoinedStr():
            pieces = [_values(piece, function) for piece in node.values]
            return {"".join(texts) for texts in product(*pieces)}
        case ast.FormattedValue(value=ast.Name() as name):
            return _values(name, function)
        case ast.Name(id=name):
            return _given(name, function) or {UNKNOWN}
    return {UNKNOWN}


def _given(name: str, function: Function) -> set[str]:
    """What a name of the function was assigned, or what its callers pass for it."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            found |= _values(node.value, function)
    names = [argument.arg for argument in function.args.args]
    options = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    defaults = {option.arg: default for option, default in options}
    if name not in names and name not in defaults:
        return found
    for use in _mentions_of(function.name):
        passed = {k.arg: k.value for k in use.call.keywords}
        if _called(use.call) == function.name:
            passed |= dict(zip(names, use.call.args, strict=False))
        else:  # db.act(function, …) puts the transaction before the rest
            passed |= dict(zip(names[1:], use.call.args[1:], strict=False))
        value = passed.get(name, defaults.get(name))
        found |= _values(value, use.function) if value else set()
    return found
