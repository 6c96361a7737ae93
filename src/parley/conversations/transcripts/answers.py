from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class TranscriptLine(msgspec.Struct, forbid_unknown_fields=True):
    """`error`: why the last attempt failed; of what is `requested` another one follows, at
    `nextAttemptAt`."""

    id: str = msgspec.field(name="_id")
    kind: Literal["mail", "pdf"]
    state: Literal["requested", "running", "done", "failed"]
    requestedAt: str
    attempts: int
    nextAttemptAt: str | UnsetType = UNSET
    finishedAt: str | UnsetType = UNSET
    error: str | UnsetType = UNSET


class TranscriptFile(msgspec.Struct, forbid_unknown_fields=True):
    """`url` is a path of this server."""

    id: str = msgspec.field(name="_id")
    name: str
    size: int
    uploadedAt: str
    url: str


class Transcripts(msgspec.Struct, forbid_unknown_fields=True):
    """`pdf` is the file that the room has; `atClose`: one is mailed when the conversation ends."""

    transcripts: list[TranscriptLine]
    atClose: bool
    pdf: TranscriptFile | UnsetType = UNSET
