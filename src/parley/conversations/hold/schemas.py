import msgspec

from parley.rooms.schemas import SpeakerNumber


class WhichRoomOnHold(msgspec.Struct, forbid_unknown_fields=True):
    roomId: str
    speaker: SpeakerNumber = None
