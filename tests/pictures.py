"""Pictures as cameras and screens make them."""

import io
from typing import Any

from PIL import Image

SECRET = b"48 8 1 N, of the camera with number 4711"


def picture(width: int, height: int, kind: str = "PNG", **how: Any) -> bytes:
    """Red at the upper left, blue elsewhere."""
    image = Image.new(how.pop("mode", "RGB"), (width, height), "blue")
    image.paste("red", (0, 0, (width + 1) // 2, (height + 1) // 2))
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def photo(width: int, height: int, kind: str = "JPEG", orientation: int = 1) -> bytes:
    """With a place, and what a camera says of itself, in all ways that the kind knows."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    how: dict[str, Any] = {"comment": SECRET} if kind == "GIF" else {"exif": exif}
    if kind in ("JPEG", "WEBP"):
        how["xmp"] = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    if kind == "JPEG":
        how |= {"comment": SECRET, "progressive": True}
    return picture(width, height, kind, **how)


def opened(data: bytes) -> Any:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
