from typing import Annotated

import msgspec

from parley.web.paging import Paged

Short = Annotated[str, msgspec.Meta(max_length=255)]


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
