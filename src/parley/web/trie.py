"""Finds the route of a raw path in time that does not grow with the number of routes.

Paths are split before they are decoded, so `%2F` inside a segment stays inside it: visitor tokens
are chosen by clients. Nothing is forgiving: `x/`, `//x` and another method match nothing.
"""

from typing import Any
from urllib.parse import unquote_to_bytes


class Trie:
    def __init__(self) -> None:
        self._static: dict[tuple[str, str], Any] = {}
        self._root: dict[Any, Any] = {}

    def add(self, method: str, path: str, target: Any) -> None:
        if ":" not in path:
            self._static[method, path] = target
            return
        node = self._root
        names: list[str] = []
        for segment in path.split("/"):
            if segment.startswith(":"):
                names.append(segment[1:])
                segment = ":"
            node = node.setdefault(segment, {})
        node["", method] = (target, tuple(names))

    def find(self, method: str, raw_path: bytes) -> tuple[Any, dict[str, str]] | None:
        """Target and decoded parameters. A parameter that is not UTF-8 matches nothing."""
        try:
            path = raw_path.decode("ascii")
        except UnicodeDecodeError:
            return None
        if (target := self._static.get((method, path))) is not None:
            return target, {}
        values: list[str] = []
        found = _walk(self._root, path.split("/"), 0, method, values)
        if found is None:
            return None
        target, names = found
        try:
            return target, dict(zip(names, map(_decoded, values), strict=True))
        except UnicodeDecodeError:
            return None


def _walk(
    node: dict[Any, Any], segments: list[str], at: int, method: str, values: list[str]
) -> tuple[Any, tuple[str, ...]] | None:
    """What is written out goes before a parameter, which has its turn where that leads nowhere."""
    for place in range(at, len(segments)):
        segment = segments[place]
        written = node.get(segment) if segment != ":" else None
        parameter = node.get(":") if segment else None
        if parameter is None:
            if written is None:
                return None
            node = written
            continue
        if written is not None:
            kept = len(values)
            found = _walk(written, segments, place + 1, method, values)
            if found is not None:
                return found
            del values[kept:]
        values.append(segment)
        node = parameter
    return node.get(("", method))


def _decoded(segment: str) -> str:
    return unquote_to_bytes(segment).decode() if "%" in segment else segment
