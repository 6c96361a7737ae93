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


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    i18nLabel: str


class WholeSetting(SettingLine, kw_only=True):
    """A setting with what is known of it; `values` are a select's."""

    type: str
    group: str
    section: str
    public: bool
    secret: bool
    hidden: bool
    blocked: bool
    i18nLabel: str
    i18nDescription: str
    valueSource: Literal["packageValue"]
    values: list[Choice] | UnsetType = UNSET
    updated: str | UnsetType = msgspec.field(name="_updatedAt", default=UNSET)


class Settings(Listed):
    settings: list[SettingLine]


class Appearance(msgspec.Struct, forbid_unknown_fields=True):
    appearance: list[WholeSetting]


class IntegrationSettings(msgspec.Struct, forbid_unknown_fields=True):
    settings: list[WholeSetting]
