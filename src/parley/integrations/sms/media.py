"""Files that came with an SMS are fetched where the provider says they are."""

import asyncio
import logging
from urllib.parse import urljoin

from parley.db import Database
from parley.db.documents import Doc
from parley.errors import ParleyError, Unavailable
from parley.integrations.sms.service import Media, Service, Settings
from parley.messages.uploads.media_type import accepted
from parley.messages.uploads.pieces import allowance_of
from parley.messages.uploads.receive import Sent, Wanted, take_file
from parley.outgoing import Moved, NotAsked, get, networks
from parley.visitors.store import Visitor

log = logging.getLogger("parley.sms")

SECONDS = 8.0
"""For all of them: the provider waits for our answer."""
MOST_BYTES = 16 * 1024 * 1024
"""Of one file, which is in memory meanwhile."""
MOST_REDIRECTS = 3


async def fetched(
    db: Database,
    service: Service,
    media: list[Media],
    room_id: str,
    visitor: Visitor,
    settings: Settings,
) -> list[Doc]:
    """The uploads, `arriving`; those that could not be had are missing."""
    if not (settings["FileUpload_Enabled"] and settings["SMS_Twilio_FileUpload_Enabled"]):
        return []
    uploads: list[Doc] = []
    wanted = Wanted(room_id, visitor.ref, None, NotAsked("a type that is not accepted"))
    wanted = wanted._replace(allowance=allowance_of(visitor.doc, settings))
    try:
        async with asyncio.timeout(SECONDS):
            for each in media:
                try:
                    sent = Sent("", each.type, await _fetch(service, each.url, settings))
                    uploads.append(await take_file(db, wanted, _named(sent), settings))
                except Unavailable:
                    raise
                except (NotAsked, ParleyError) as error:
                    log.warning("a file of an SMS was left out: %s", error)
    except TimeoutError:
        log.warning("files of an SMS were left out: not there in time")
    return uploads


def _named(sent: Sent) -> Sent:
    family, _, format_ = sent.type.partition(";")[0].partition("/")
    return sent._replace(name=f"{family or 'file'}.{format_}" if format_ else "file")


async def _fetch(service: Service, url: str, settings: Settings) -> bytes:
    """Raises NotAsked; each place that a redirect leads to is looked at like the first."""
    most = settings["FileUpload_MaxFileSize"]
    for _ in range(MOST_REDIRECTS + 1):
        try:
            return await get(
                url,
                {},
                service.login(settings, url),
                allowed=networks(settings["SMS_Private_Addresses"]),
                seconds=SECONDS,
                most_bytes=min(most, MOST_BYTES) if most >= 0 else MOST_BYTES,
            )
        except Moved as elsewhere:
            url = urljoin(url, str(elsewhere))
    raise NotAsked("led from one address to the next")


def sendable(kind: str, size: int, settings: Settings) -> bool:
    """Whether a provider takes such a file from us."""
    listed = {"FileUpload_MediaTypeWhiteList": settings["SMS_Twilio_FileUpload_MediaTypeWhiteList"]}
    allowed = accepted(kind, {**listed, "FileUpload_MediaTypeBlackList": ""})
    return bool(settings["SMS_Twilio_FileUpload_Enabled"]) and allowed and size <= 5_242_880
