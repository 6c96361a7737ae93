"""What a setting may hold, and changing one."""

from importlib.resources import files
from typing import Any

import msgspec

from parley.audit.actor import Actor
from parley.audit.service import record
from parley.db.tx import Reader, Tx
from parley.errors import Coded
from parley.preferences import store

LARGEST = 2**31 - 1


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


DEFINITIONS = msgspec.json.decode(
    files(__package__).joinpath("settings.json").read_bytes(), type=dict[str, Definition]
)
DEFAULTS = {name: definition.default for name, definition in DEFINITIONS.items()}


async def current_settings(q: Reader) -> dict[str, Any]:
    """Every setting's value."""
    return DEFAULTS | await store.changed(q)


async def setting(q: Reader, name: str) -> Any:
    """The stored value or the default. Raises KeyError for an unknown name."""
    doc = await store.find_setting(q, name)
    return doc["value"] if doc else DEFAULTS[name]


async def change_setting(tx: Tx, actor: Actor, name: str, value: Any) -> None:
    """Raises KeyError for an unknown name, Coded `error-invalid-setting-value` for its value."""
    checked = checked_value(name, value)
    await tx.lock("settings", name)
    before = await setting(tx, name)
    await store.put_setting(tx, name, checked)
    await store.raise_policy_version(tx)
    shown = {} if DEFINITIONS[name].secret else {"previous": before, "current": checked}
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
    if not _fits(definition, value):
        raise Coded("error-invalid-setting-value", f"Value for setting {name} is not valid")
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
