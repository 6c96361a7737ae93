"""Looking at a picture: whether it is one, turning it upright, and making it small.

This is the only place where pixels are unpacked: in a thread, one picture at a time for a server,
and only such as are small enough for that by their header.
"""

import io
from base64 import b64encode
from typing import Any, NamedTuple

MOST_BYTES = 32 * 1024 * 1024
MOST_PIXELS = 16_000_000
"""Larger ones are shown as they are. Unpacked and turned, such a picture takes 130 MB."""
MOST_SHOWN = 200_000_000
"""Pixels of a picture that a browser is still asked to show."""

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
ALSO = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/apng": "image/png"}
PREVIEW = (32, 32)
ORIENTATION = 0x0112


class Unreadable(Exception):
    """No picture, or none that anybody should open."""


class Wishes(NamedTuple):
    """`thumbnail`: the sides it fits in; None for none. `turn`: stand it upright. `strip`: without
    the EXIF data that a turned picture would else keep."""

    thumbnail: tuple[int, int] | None
    turn: bool
    strip: bool


class Encoded(NamedTuple):
    data: bytes
    type: str
    width: int
    height: int


class Looked(NamedTuple):
    """`turned` and `thumbnail` where they differ from the picture; `preview`: a JPEG in base64."""

    turned: Encoded | None
    thumbnail: Encoded | None
    preview: str


def look(data: bytes, media_type: str, wishes: Wishes) -> Looked:
    """Takes a while. Raises Unreadable."""
    from PIL import Image

    # Its own limit warns, then raises; ours is a smaller one, and holds before pixels are unpacked.
    Image.MAX_IMAGE_PIXELS = None
    media_type = ALSO.get(media_type, media_type)
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[media_type]]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable
            return _look(image, media_type, wishes)
    except Exception as error:
        # Whatever a library says of bytes that somebody made up.
        raise Unreadable(type(error).__name__) from None


def _look(image: Any, media_type: str, wishes: Wishes) -> Looked:
    from PIL import ImageOps

    still = not getattr(image, "is_animated", False)
    turned = None
    if wishes.turn and still and image.getexif().get(ORIENTATION, 1) in range(2, 9):
        kept = {key: image.info[key] for key in ("icc_profile",) if image.info.get(key)}
        image = ImageOps.exif_transpose(image)
        if not wishes.strip:
            kept["exif"] = image.getexif().tobytes()
        turned = _encoded(image, media_type, quality=90, **kept)
    elif wishes.thumbnail and still:
        # A JPEG is unpacked at half or an eighth of its size where that is enough.
        image.draft(None, (2 * wishes.thumbnail[0], 2 * wishes.thumbnail[1]))
    whole = (image.width, image.height)
    image.load()
    thumbnail = _thumbnail(image, whole, wishes) if still else None
    return Looked(turned, thumbnail, _preview(image))


def _thumbnail(image: Any, whole: tuple[int, int], wishes: Wishes) -> Encoded | None:
    """None for a picture that is as small already."""
    sides = wishes.thumbnail
    if sides is None or (whole[0] <= sides[0] and whole[1] <= sides[1]):
        return None
    clear = image.has_transparency_data
    small = image.convert("RGBA" if clear else "RGB")
    small.thumbnail(sides)
    profile = image.info.get("icc_profile")
    kept = {"icc_profile": profile} if profile and image.mode in ("RGB", "RGBA") else {}
    return _encoded(small, "image/png" if clear else "image/jpeg", quality=80, **kept)


def _preview(image: Any) -> str:
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail(PREVIEW)
    return b64encode(_encoded(small.convert("RGB"), "image/jpeg", quality=50).data).decode()


def _encoded(image: Any, media_type: str, **how: Any) -> Encoded:
    out = io.BytesIO()
    image.save(out, FORMATS[media_type], **how)
    return Encoded(out.getvalue(), media_type, image.width, image.height)
