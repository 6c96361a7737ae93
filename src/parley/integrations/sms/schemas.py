import msgspec


class SmsQuery(msgspec.Struct):
    """`department`: id or name."""

    department: str | None = None


class TwilioForm(msgspec.Struct, rename="pascal"):
    """The fields that are read; all that were sent are signed. `MediaUrl0`, `MediaContentType0` and
    so on tell of `NumMedia` files; `FromCountry`, `FromState`, `FromCity`, `FromZip` are noted.
    """

    from_: str = msgspec.field(name="From")
    to: str
    body: str
    num_media: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    message_sid: str | None = None
