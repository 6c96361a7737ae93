import msgspec


class WhichRoom(msgspec.Struct):
    """Query of rooms.info; other keys are ignored, as there."""

    roomId: str | None = None
    roomName: str | None = None
