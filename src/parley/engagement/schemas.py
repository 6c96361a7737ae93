import msgspec


class WidgetConfig(msgspec.Struct, forbid_unknown_fields=True):
    """Query of GET livechat/config. `businessUnit` is accepted: there are none yet."""

    token: str | None = None
    department: str | None = None
    businessUnit: str | None = None
