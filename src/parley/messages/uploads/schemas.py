"""Bodies of the upload routes. A form's fields are read as they arrive; these describe them."""

from typing import Annotated

import msgspec

from parley.messages.schemas import Id
from parley.rooms.schemas import SpeakerNumber

File = Annotated[str, msgspec.Meta(description="The file.", extra_json_schema={"format": "binary"})]
Name = Annotated[str, msgspec.Meta(max_length=1000)]


class VisitorsFile(msgspec.Struct, forbid_unknown_fields=True):
    """Form of POST livechat/upload/:rid; `alias`, `emoji` and `avatar` are accepted and ignored."""

    file: File
    msg: str | None = None
    description: str | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: str | None = None


class Media(msgspec.Struct):
    """Form of POST rooms.media/:rid; `content` is accepted and ignored, as other fields are."""

    file: File
    content: str | None = None


class ConfirmMedia(msgspec.Struct):
    """Body of POST rooms.mediaConfirm/:rid/:fileId; other keys are ignored.

    `customFields` is JSON in a text.
    """

    msg: str | None = None
    description: str | None = None
    fileName: Name | None = None
    tmid: Id | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: str | None = None
    groupable: bool | None = None
    customFields: str | None = None
    speaker: SpeakerNumber = None


class MediaWithMessage(msgspec.Struct):
    """Form of POST rooms.upload/:rid; other fields are ignored."""

    file: File
    msg: str | None = None
    description: str | None = None
    tmid: Id | None = None
    alias: str | None = None
    emoji: str | None = None
    avatar: str | None = None
    groupable: bool | None = None
    customFields: str | None = None
    speaker: SpeakerNumber = None
