"""The short form in which trees are written in these tests.

A string is plain text, null a line break, a list a paragraph. Any other node is an object with its
type as the key: `{"BOLD": [...]}` where it has a value only, else `{"CODE": {"language": ...}}`.
"""

from typing import Any


def compact(node: Any) -> Any:
    if isinstance(node, list):
        return [compact(child) for child in node]
    if not isinstance(node, dict):
        return node
    kind = node.get("type")
    rest = {key: compact(value) for key, value in node.items() if key != "type"}
    if kind is None:
        return rest
    if kind == "LINE_BREAK" and not rest:
        return None
    if rest.keys() != {"value"}:
        return {kind: rest}
    return rest["value"] if kind in ("PLAIN_TEXT", "PARAGRAPH") else {kind: rest["value"]}
