"""Query strings as npm qs 6.15 reads them, and form bodies.

`parse_query` is `qs.parse(text, {arrayLimit: 500, throwOnLimitExceeded: true})`, replayed against
qs in `tests/web`. All work is linear in the length of the query: keys nest at most seven deep,
and an array with gaps (`a[499]=x`) is kept by index until the end.
"""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

ARRAY_LIMIT = 500
PARAMETER_LIMIT = 1000
DEPTH = 5
# qs drops keys that would shadow what every JavaScript object inherits.
INHERITED = frozenset(
    {
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__proto__",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    }
)
BRACKET = re.compile(r"[\[\]]")
OPEN, CLOSE = re.compile("%5B", re.IGNORECASE), re.compile("%5D", re.IGNORECASE)
BAD_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
INDEX = re.compile(r"0|[1-9][0-9]{0,20}")


def parse_query(raw: bytes) -> dict[str, Any]:
    """The query as nested dicts, lists and strings: `a[]=x`, `a[0]=x`, `a[k]=v`, `a=1&a=2`.

    ValueError for more than 1000 parameters, more than 500 items in an array, or an index above
    499: the request is then answered with `Invalid query parameters`.
    """
    if not raw:
        return {}
    if raw.count(b"&") >= PARAMETER_LIMIT:
        raise ValueError(f"more than {PARAMETER_LIMIT} parameters")
    text = raw.decode("latin-1")
    if "[" in text or "]" in text or "%5" in text:
        return _nested(_values(CLOSE.sub("]", OPEN.sub("[", text))))
    values = _values(text)
    if "" in values or not INHERITED.isdisjoint(values):
        return {key: value for key, value in values.items() if key and key not in INHERITED}
    return values


def parse_form(raw: bytes) -> dict[str, str]:
    """A body of application/x-www-form-urlencoded as a flat object: brackets mean nothing, the
    last of equal names wins, bytes that are no UTF-8 become U+FFFD."""
    out: dict[str, str] = {}
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            out[_lenient(name)] = _lenient(value)
    return out


def _lenient(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "replace")


def _decode(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    if BAD_PERCENT.search(text):
        return text
    try:
        return unquote_to_bytes(text).decode() if text.isascii() else unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _values(text: str) -> dict[str, Any]:
    """Keys as written, with their string, or the list of strings of a repeated key."""
    out: dict[str, Any] = {}
    for part in text.split("&"):
        at = part.find("]=") + 1 or part.find("=")
        key, value = (part, "") if at < 0 else (part[:at], _decode(part[at + 1 :]))
        key = _decode(key)
        if key not in out:
            out[key] = value
        elif isinstance(out[key], list):
            if len(out[key]) >= ARRAY_LIMIT:
                raise ValueError(f"more than {ARRAY_LIMIT} items")
            out[key].append(value)
        else:
            out[key] = [out[key], value]
    return out


class Sparse:
    """A JavaScript array with gaps."""

    __slots__ = ("items", "length")

    def __init__(self, values: list[Any]) -> None:
        self.items = dict(enumerate(values))
        self.length = len(values)

    def put(self, index: int, value: Any) -> None:
        self.items[index] = value
        self.length = max(self.length, index + 1)
        if self.length > ARRAY_LIMIT:
            raise ValueError(f"more than {ARRAY_LIMIT} items")

    def after(self, first: Any) -> "Sparse":
        """A copy with one more item in front, as JavaScript's `[first].concat(this)`."""
        out = Sparse([first])
        for index, value in self.items.items():
            out.put(index + 1, value)
        # a gap at the end has no item to show for it
        out.length = self.length + 1
        return out


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    # JavaScript lists integer keys first, and the order decides how `0=a&[0]=b` merge.
    indexes = sorted((key for key in values if _is_index(key)), key=int)
    for key in [*indexes, *(key for key in values if not _is_index(key))]:
        path = _path(key) if key else None
        if path is not None:
            _merge(out, _branch(path, values[key]))
    settled: dict[str, Any] = _settle(out)
    return settled


def _is_index(key: str) -> bool:
    return INDEX.fullmatch(key) is not None and int(key) < 2**32 - 1


def _path(key: str) -> list[str] | None:
    """`a[b][c[]]` -> a, [b], [c[]]; what lies deeper than five brackets stays one last segment.
    None when a segment has the name of something every JavaScript object inherits."""
    start = key.find("[")
    parent = key if start < 0 else key[:start]
    path = [parent] if parent else []
    while start >= 0 and len(path) < DEPTH + bool(parent):
        end = _closing(key, start)
        if end < 0:
            return None if parent in INHERITED else [*path, f"[{key[start:]}]"]
        path.append(key[start : end + 1])
        if path[-1][1:-1] in INHERITED:
            return None
        start = key.find("[", end + 1)
    if start >= 0:
        path.append(f"[{key[start:]}]")
    return None if parent in INHERITED else path


def _closing(key: str, start: int) -> int:
    level = 0
    for found in BRACKET.finditer(key, start):
        level += 1 if found.group() == "[" else -1
        if level == 0:
            return found.start()
    return -1


def _branch(path: list[str], leaf: Any) -> Any:
    """The object that one key alone stands for, innermost segment first."""
    if isinstance(leaf, list):
        leaf = Sparse(leaf)
    for segment in reversed(path):
        bracketed = segment[0] == "[" and segment[-1] == "]"
        name = segment[1:-1] if bracketed else segment
        if segment == "[]":
            leaf = leaf if isinstance(leaf, Sparse) else Sparse([leaf])
        elif bracketed and _is_number(name):
            array = Sparse([])
            array.put(int(name), leaf)
            leaf = array
        else:
            leaf = {name: leaf}
    return leaf


def _is_number(name: str) -> bool:
    # The test is String(parseInt(x)) === x: a long number passes only where a double is exact.
    if not INDEX.fullmatch(name):
        return False
    return len(name) < 16 or format(Decimal(repr(float(name))), "f").removesuffix(".0") == name


def _merge(target: Any, source: Any) -> Any:
    """qs's merge: `source` always comes from one key; gives the merged value."""
    if source == "":
        return target
    if isinstance(source, str):
        if isinstance(target, Sparse):
            target.put(target.length, source)
            return target
        return Sparse([target, source])
    if isinstance(target, str):
        return source.after(target) if isinstance(source, Sparse) else Sparse([target, source])
    if isinstance(target, Sparse) and isinstance(source, Sparse):
        return _merge_arrays(target, source)
    if isinstance(target, Sparse):
        target = {str(index): target.items[index] for index in sorted(target.items)}
    if isinstance(source, Sparse):
        source = {str(index): source.items[index] for index in sorted(source.items)}
    for key, value in source.items():
        target[key] = _merge(target[key], value) if key in target else value
    return target


def _merge_arrays(target: Sparse, source: Sparse) -> Sparse:
    for index in sorted(source.items):
        value = source.items[index]
        if index not in target.items:
            target.put(index, value)
        elif isinstance(target.items[index], str) or isinstance(value, str):
            target.put(target.length, value)
        else:
            target.items[index] = _merge(target.items[index], value)
    return target


def _settle(value: Any) -> Any:
    if isinstance(value, Sparse):
        return [_settle(value.items[index]) for index in sorted(value.items)]
    if isinstance(value, dict):
        return {key: _settle(part) for key, part in value.items()}
    return value
