"""What a setting may hold, and changing one."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db.tx import Reader, Tx
from parley.errors import Coded
from parley.events import emit
from parley.jobs import enqueue
from parley.preferences import store

LARGEST = 2**31 - 1

MASK = "********"
"""Stands for a secret that is set; sent back, it changes nothing."""


class Definition(msgspec.Struct, frozen=True):
    """One row of `settings.json`; `type` decides which values are taken."""

    default: Any
    type: str
    public: bool
    group: str
    section: str = ""
    values: tuple[str, ...] = ()
    secret: bool = False
    """Never in the audit log, and masked in lists."""
    hidden: bool = False
    """A counter of the server's own: no call reads or changes it."""
    minimum: int | None = None


DEFINITIONS = msgspec.json.decode(
    files(__package__).joinpath("settings.json").read_bytes(), type=dict[str, Definition]
)
DEFAULTS = {name: definition.default for name, definition in DEFINITIONS.items()}
VISIBLE = sorted(name for name, definition in DEFINITIONS.items() if not definition.hidden)


FOLLOWED_BY = dict.fromkeys(
    ("Livechat_enable_business_hours", "Livechat_business_hour_type"), "business-hours"
)
"""Settings whose change is followed by a job at once, and its kind (accounts/working_hours.py)."""


class Change(NamedTuple):
    name: str
    value: Any
    editor: str | None = None
    """Of a colour: whether it was picked (`color`) or written (`expression`)."""


async def current_settings(q: Reader) -> dict[str, Any]:
    """Every setting's value."""
    return DEFAULTS | await store.changed(q)


async def setting(q: Reader, name: str) -> Any:
    """The stored value or the default. Raises KeyError for an unknown name."""
    doc = await store.find_setting(q, name)
    return doc["value"] if doc else DEFAULTS[name]


async def change_setting(tx: Tx, actor: Actor, name: str, value: Any) -> None:
    """Raises KeyError for an unknown name, Coded `error-invalid-setting-value` for its value."""
    await change_settings(tx, actor, [Change(name, value)])


async def change_settings(tx: Tx, actor: Actor, changes: Sequence[Change]) -> None:
    """All of them or none. Raises as `change_setting`."""
    for change in changes:
        checked_value(change.name, change.value)
    # In one order, before anything is written: two of these would wait for each other.
    for name in sorted({change.name for change in changes}):
        await tx.lock("settings", name)
    for change in changes:
        await _change(tx, actor, change)
    await store.raise_policy_version(tx)


async def _change(tx: Tx, actor: Actor, change: Change) -> None:
    name, value, editor = change
    definition = DEFINITIONS[name]
    if definition.secret and value == MASK:
        return
    before = await setting(tx, name)
    more = {"editor": editor} if editor and definition.type == "color" else {}
    await store.put_setting(tx, name, value, **more)
    if value != before:
        await emit(tx, "office", "setting", {"_id": name})
        if kind := FOLLOWED_BY.get(name):
            await enqueue(tx, kind, {})
    shown = {} if definition.secret else {"previous": before, "current": value}
    await record(tx, actor, "settings.changed", "setting", name, **shown)


async def next_guest_number(tx: Tx) -> int:
    """Raises the counter setting Livechat_guest_count: the first guest is number 2."""
    name = "Livechat_guest_count"
    await tx.lock("settings", name)
    number = int(await setting(tx, name)) + 1
    await store.put_setting(tx, name, number)
    return number


def checked_value(name: str, value: Any) -> Any:
    definition = DEFINITIONS[name]
    code, fault = "error-invalid-setting-value", f"Value for setting {name}"
    if not _fits(definition, value):
        raise Coded(code, f"{fault} is not valid")
    least = definition.minimum
    if least is not None and value < least:
        raise Coded(code, f"{fault} must be greater than or equal to {least}")
    return value


def _fits(definition: Definition, value: Any) -> bool:
    match definition.type:
        case "boolean":
            return isinstance(value, bool)
        case "int":
            return type(value) is int and -LARGEST <= value <= LARGEST
        case "select":
            return value in definition.values
        case "multiSelect":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return value is None or isinstance(value, str)
