from typing import Annotated, Literal

import msgspec

from parley.web.paging import Paged

Short = Annotated[str, msgspec.Meta(max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]
Url = Annotated[str, msgspec.Meta(max_length=2000)]
Milliseconds = Annotated[int, msgspec.Meta(ge=1, le=30_000)]


class WidgetConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/config. `businessUnit` is accepted: there are none yet."""

    token: str | None = None
    department: str | None = None
    businessUnit: str | None = None


class OfflineMessage(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/offline.message. `department` is an id or a name; `host` is the page
    that the visitor was on."""

    name: Short
    email: Short
    message: str
    department: str | None = None
    host: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class ListOffline(Paged):
    """Query of GET livechat/offline.messages; sortable by `ts`. `email`: whose they are."""

    email: Short | None = None


class Condition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`value`: seconds of `time-on-site`, the regular expression of `page-url`."""

    name: Literal["time-on-site", "page-url", "chat-opened-by-visitor", "after-guest-registration"]
    value: str | int | None = None


class ActionParams(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Of `send-message`: sender, name and msg; the rest is `use-external-service`'s, which needs
    `serviceUrl`. `serviceTimeout`: milliseconds, 10,000 unless told otherwise.
    """

    sender: Literal["queue", "custom"] | None = None
    name: Short | None = None
    msg: Text | None = None
    serviceUrl: Url | None = None
    serviceTimeout: Milliseconds | None = None
    serviceFallbackMessage: Text | None = None


class Action(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: Literal["send-message", "use-external-service"]
    params: ActionParams | None = None


class SaveTrigger(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Body of POST livechat/triggers (contract/management.md §6)."""

    name: Short
    description: Short
    enabled: bool
    runOnce: bool
    conditions: Annotated[list[Condition], msgspec.Meta(min_length=1, max_length=50)]
    actions: Annotated[list[Action], msgspec.Meta(min_length=1, max_length=50)]
    id: str | None = msgspec.field(name="_id", default=None)


class ExtraData(msgspec.Struct, forbid_unknown_fields=True):
    """What a widget knows of its visitor."""

    key: Short
    value: Annotated[str, msgspec.Meta(max_length=2000)]


Extra = Annotated[list[ExtraData], msgspec.Meta(max_length=50)]


class CallService(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/triggers/:_id/external-service/call. `token` is the visitor's, who may
    not have registered yet.
    """

    token: str
    extraData: Extra | None = None


class TestService(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/triggers/external-service/test. `timeout`: milliseconds."""

    webhookUrl: Url
    timeout: Milliseconds
    fallbackMessage: Text
    extraData: Extra | None = None


class ListProviders(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET omnichannel/outbound/providers."""

    type: Literal["phone", "email"] | None = None
