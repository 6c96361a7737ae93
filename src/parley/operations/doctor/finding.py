"""What the doctor says of one thing it looked at."""

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    severity: Literal["ok", "warning", "error"]
    """An error needs an act now; a warning is for a person to judge."""
    what: str
    """The part that was looked at: `files`, `database`, …"""
    text: str
    remedy: str = ""


def ok(what: str, text: str) -> Finding:
    return Finding("ok", what, text)


def warning(what: str, text: str, remedy: str) -> Finding:
    return Finding("warning", what, text, remedy)


def error(what: str, text: str, remedy: str) -> Finding:
    return Finding("error", what, text, remedy)
