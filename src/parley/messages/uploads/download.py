"""`GET /file-upload/<id>/<name>`: a file's bytes, to whoever may see its room.

Nothing of it can act on the server's origin: types that could are bytes to be saved, and whatever
is opened is opened in a sandbox.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from parley.accounts.identify import Person
from parley.clock import now
from parley.db import Database, Reader
from parley.db.documents import Doc
from parley.errors import Refused, Unavailable
from parley.messages.uploads.media_type import served_as
from parley.messages.uploads.names import disposition
from parley.messages.uploads.pieces import read_bytes
from parley.messages.uploads.ranges import Unsatisfiable, range_of
from parley.messages.uploads.store import find_upload
from parley.rooms.service import own_room
from parley.rooms.store import find_room, subscribed
from parley.rooms.visibility import may_see

Identify = Callable[[str, str], Awaitable[Person]]
"""Who has this token and this id."""

PATH = "/file-upload/{id}/{name:path}"

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


class Claims(NamedTuple):
    """What the request carries to open a file with."""

    token: str
    user_id: str
    visitor_token: str
    room_id: str
    """Of the visitor."""
    by_cookie: bool


def routes(db: Database, identify: Identify) -> list[Route]:
    async def download(request: Request) -> Response:
        claims = _claims(request)
        try:
            person = await identify(claims.token, claims.user_id)
            found = await db.read(_find, person, claims, request.path_params["id"])
        except Unavailable:
            return PlainTextResponse("not possible at the moment", 503)
        if found is None:
            return PlainTextResponse("404 Not Found", 404)
        upload, allowed = found
        if not allowed:
            return PlainTextResponse("Forbidden", 403)
        return _answer(db, request, upload, claims)

    return [Route(PATH, download)]


def _claims(request: Request) -> Claims:
    """A header, the query or a cookie (contract/clients.md): the first that is there."""
    headers, query = request.headers, request.query_params
    token, user_id = headers.get("x-auth-token", ""), headers.get("x-user-id", "")
    if token and user_id:
        return Claims(token, user_id, "", "", by_cookie=False)
    if "rc_token" in query:
        return _told(query, by_cookie=False)
    return _told(cookie_parser(headers.get("cookie", "")), by_cookie=True)


def _told(where: Mapping[str, str], *, by_cookie: bool) -> Claims:
    token = where.get("rc_token", "")
    if where.get("rc_room_type") == "l":
        return Claims("", "", token, where.get("rc_rid", ""), by_cookie)
    return Claims(token, where.get("rc_uid", ""), "", "", by_cookie)


async def _find(
    q: Reader, person: Person, claims: Claims, upload_id: str
) -> tuple[Doc, bool] | None:
    """The file, and whether it may be read; None when there is none."""
    found = await find_upload(q, upload_id)
    if found is None:
        return None
    upload, expires_at = found
    if expires_at is not None:
        # Not in its room yet: it is there for who sent it alone.
        mine = person.user_id == upload["u"]["_id"]
        return (upload, True) if mine and expires_at > now() else None
    return upload, await _may_read(q, person, claims, upload["rid"])


async def _may_read(q: Reader, person: Person, claims: Claims, room_id: str) -> bool:
    if not person.settings["FileUpload_ProtectFiles"]:
        return True
    if person.user_id is not None:
        return bool(await may_see(q, person, room_id)) and await _is_meant(q, person, room_id)
    if not claims.visitor_token or claims.room_id != room_id:
        return False
    try:
        await own_room(q, claims.visitor_token, room_id)
    except Refused:
        return False
    return True


async def _is_meant(q: Reader, person: Person, room_id: str) -> bool:
    """Whether who sees the room reads its files too: all do, or while it is open its members alone.

    Never anybody else: no setting opens what the room's own rule keeps shut.
    """
    if (
        person.settings["FileUpload_Restrict_to_users_who_can_access_room"]
        or not person.settings["FileUpload_Restrict_to_room_members"]
    ):
        return True
    room = await find_room(q, room_id)
    # Nobody is a member of a closed room any more.
    return (
        room is None or not room.get("open") or await subscribed(q, room_id, person.user_id or "")
    )


def _answer(db: Database, request: Request, upload: Doc, claims: Claims) -> Response:
    etag, size = f'"{upload["_id"]}"', upload["size"]
    headers = _headers(upload, request, claims) | {"etag": etag}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", etag) != etag:
        asked = ""
    try:
        part = range_of(asked, size)
    except Unsatisfiable:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    start, end = part or (0, size)
    headers["content-length"] = str(end - start)
    if part is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(read_bytes(db, upload["_id"], start, end), status, headers)


def _headers(upload: Doc, request: Request, claims: Claims) -> dict[str, str]:
    media_type, inline = served_as(upload["type"])
    inline = inline and "download" not in request.query_params
    return {
        "content-type": media_type,
        "content-disposition": disposition(upload["name"], inline=inline),
        "content-security-policy": _POLICY,
        "accept-ranges": "bytes",
        # Whether it may be read is asked each time; whether it has changed is answered by 304.
        "cache-control": "private, no-cache",
        # A cookie goes along with whatever another site embeds; a token in a link does not.
        "cross-origin-resource-policy": "same-origin" if claims.by_cookie else "cross-origin",
    }


def _matches(header: str, etag: str) -> bool:
    listed = [each.strip().removeprefix("W/") for each in header.split(",")]
    return etag in listed or listed == ["*"]
