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


class Look(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    value: Any


SaveAppearance = Annotated[list[Look], msgspec.Meta(min_length=1, max_length=100)]
"""Body of POST livechat/appearance: a list (contract/management.md §8)."""

Line = Annotated[str, msgspec.Meta(max_length=2000)]


class SaveIntegrations(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST omnichannel/integrations (contract/management.md §10)."""

    LivechatWebhookUrl: Line | None = None
    LivechatSecretToken: Line | None = None
    LivechatHttpTimeout: int | None = None
    LivechatWebhookOnStart: bool | None = None
    LivechatWebhookOnClose: bool | None = None
    LivechatWebhookOnChatTaken: bool | None = None
    LivechatWebhookOnChatQueued: bool | None = None
    LivechatWebhookOnForward: bool | None = None
    LivechatWebhookOnOfflineMsg: bool | None = None
    LivechatWebhookOnVisitorMessage: bool | None = None
    LivechatWebhookOnAgentMessage: bool | None = None
