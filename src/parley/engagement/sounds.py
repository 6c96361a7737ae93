"""The sound that a widget plays when an agent answers (`resources.sound` of `livechat/config`)."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_CHIME = files(__package__).joinpath("chime.mp3").read_bytes()
_HEADERS = {
    "cache-control": "public, max-age=86400",
    # Widgets play it on the pages of other sites.
    "cross-origin-resource-policy": "cross-origin",
}


async def _chime(request: Request) -> Response:
    return Response(_CHIME, media_type="audio/mpeg", headers=_HEADERS)


SOUNDS = [Route("/sounds/chime.mp3", _chime)]
