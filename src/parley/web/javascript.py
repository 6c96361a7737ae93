"""What a JavaScript server does to values, where Python would do it differently.

Numbers in strings, strings of numbers, equality of JSON values, regular expressions. Each rule
is tested against Node through the vectors in `tests/web`.
"""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

NO = object()

JS_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
DECIMAL = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)")
RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
SAFE = 2**53


def number_of(text: str) -> Any:
    """The number JavaScript reads in a string (blank is 0), as int where it is whole; else NO.

    Python's own int() and float() would also take `1_000`, full-width digits and `nan`.
    """
    if len(text) < 16 and text.isascii() and text.isdigit():
        return int(text)
    text = text.strip(JS_SPACE)
    if not text:
        return 0
    try:
        if DECIMAL.fullmatch(text):
            value = float(text)
        elif RADIX.fullmatch(text):
            value = float(int(text, 0))
        else:
            return NO
    except OverflowError:
        return math.inf
    return int(value) if value.is_integer() and abs(value) <= SAFE else value


def number_text(value: int | float) -> str:
    """A number as JavaScript's String() writes it."""
    if type(value) is int and abs(value) <= SAFE:
        return str(value)
    try:
        value = float(value)
    except OverflowError:
        value = math.inf if value > 0 else -math.inf
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    digits, exponent = repr(value).split("e")
    return f"{digits}e{int(exponent):+d}"


# ---- AJV's coercions: each gives NO where it does not apply


def _to_string(data: Any) -> Any:
    cls = type(data)
    if cls is int or cls is float:
        return number_text(data)
    if cls is bool:
        return "true" if data else "false"
    return "" if data is None else NO


def _to_number(data: Any) -> Any:
    if type(data) is str:
        return NO if data == "" else number_of(data)
    return int(data) if type(data) is bool else 0 if data is None else NO


def _to_integer(data: Any) -> Any:
    value = _to_number(data)
    # AJV writes !(x % 1), which lets Infinity through: its remainder is NaN.
    fraction = type(value) is float and math.isfinite(value) and not value.is_integer()
    return NO if fraction else value


def _to_boolean(data: Any) -> Any:
    if data is None or data == "false" or (_is_zero_or_one(data) and data == 0):
        return False
    return True if data == "true" or _is_zero_or_one(data) else NO


def _is_zero_or_one(data: Any) -> bool:
    return type(data) in (int, float) and data in (0, 1)


def _to_null(data: Any) -> Any:
    return None if data == "" or (type(data) in (int, float, bool) and data == 0) else NO


def _to_array(data: Any) -> Any:
    return [data] if data is None or type(data) in (str, int, float, bool) else NO


COERCIONS: dict[str, Callable[[Any], Any]] = {
    "string": _to_string,
    "number": _to_number,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "null": _to_null,
    "array": _to_array,
}


def same(a: Any, b: Any) -> bool:
    """JSON equality: 1 is 1.0, but true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


CLASS_ESCAPES = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "s": "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff",
}
PIECE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)|\(\?.|.", re.DOTALL)


def python_pattern(pattern: str) -> str:
    """A JavaScript regular expression as one for `re` with re.ASCII.

    In Python `$` also matches before a last newline, `.` matches more and `\\s` matches less.
    ValueError for what has no simple equivalent (named groups, lookbehind, `\\p`, `\\1`, `\\u{}`).
    """
    out: list[str] = []
    inside = False
    for piece in PIECE.findall(pattern):
        if piece[0] == "\\":
            out.append(_python_escape(piece, inside))
        elif inside:
            inside = piece != "]"
            # Python reads a bare [ in a class as the start of a future set operation.
            out.append("\\[" if piece == "[" else piece)
        elif piece == "[":
            inside = True
            out.append(piece)
        elif piece.startswith("(?") and piece[2:3] not in (":", "=", "!"):
            raise ValueError(f"pattern not supported: {pattern}")
        else:
            out.append({"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}.get(piece, piece))
    return "".join(out)


def _python_escape(piece: str, inside: bool) -> str:
    letter = piece[1]
    if letter in CLASS_ESCAPES:
        return CLASS_ESCAPES[letter] if inside else f"[{CLASS_ESCAPES[letter]}]"
    if letter in "DWS" and not inside:
        return f"[^{CLASS_ESCAPES[letter.lower()]}]"
    if letter == "/":
        return "/"
    if (
        len(piece) == 2
        and letter.isalnum()
        and letter not in ("tnrfvbB" if not inside else "tnrfv")
    ):
        raise ValueError(f"pattern escape not supported: {piece}")
    return piece
