"""The one thing a picture's EXIF data is asked for: how the camera was held (TIFF 6.0, tag 274)."""

import struct

TAG, SHORT = 0x0112, 3
MOST_ENTRIES = 512


def orientation_of(tiff: bytes) -> int:
    """1 to 8; 1, upright, where the data does not say."""
    order = {b"MM\0*": ">", b"II*\0": "<"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for n in range(min(entries, MOST_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * n)
            if tag == TAG:
                return value if kind == SHORT and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def only(orientation: int) -> bytes:
    """EXIF data that says this and nothing else."""
    entry = struct.pack(">HHIHH", TAG, SHORT, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + b"\0\0\0\0"
