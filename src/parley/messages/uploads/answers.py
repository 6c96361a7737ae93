"""What the upload routes answer with, beside the message."""

import msgspec


class UploadedFile(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    url: str


class Uploaded(msgspec.Struct, forbid_unknown_fields=True):
    file: UploadedFile
