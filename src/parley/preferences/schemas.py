from typing import Annotated, Any, Literal

import msgspec

from parley.web.paging import Paged

Editor = Literal["color", "expression"]


class ChangeSetting(msgspec.Struct):
    """Body of POST settings/:_id (contract/management.md §17): a value, or an action to do."""

    value: Any = None
    editor: Editor | None = None
    execute: bool = False


class NewValue(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="_id")
    value: Any
    editor: Editor | None = None


class ChangeSettings(msgspec.Struct, forbid_unknown_fields=True):
    """All of them are changed, or none."""

    settings: Annotated[list[NewValue], msgspec.Meta(min_length=1, max_length=1000)]


class ListSettings(Paged):
    """`includeDefaults` shows each default as `packageValue`."""

    includeDefaults: bool = False


class ListPublicSettings(Paged):
    """`_id` is one id, or several with commas."""

    id: str | None = msgspec.field(name="_id", default=None)
