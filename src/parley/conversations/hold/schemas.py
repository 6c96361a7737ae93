import msgspec


class WhichRoomOnHold(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str
