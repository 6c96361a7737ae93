"""What the settings routes answer with."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed


class SettingValue(msgspec.Struct, forbid_unknown_fields=True):
    """A setting; the type of `value` is the setting's own."""

    id: str = msgspec.field(name="_id")
    value: Any


class SettingLine(msgspec.Struct, forbid_unknown_fields=True):
    """A setting in a list. A secret that is set is shown as `********`.

    `packageValue` is the default, where it was asked for; `editor` stands on colours.
    """

    id: str = msgspec.field(name="_id")
    value: Any
    enterprise: Literal[False]
    packageValue: Any | UnsetType = UNSET
    editor: Literal["color", "expression"] | UnsetType = UNSET


class Settings(Listed):
    settings: list[SettingLine]


class Appearance(msgspec.Struct, forbid_unknown_fields=True):
    appearance: list[SettingLine]


class IntegrationSettings(msgspec.Struct, forbid_unknown_fields=True):
    settings: list[SettingLine]
