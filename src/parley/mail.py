"""Sending mail: SMTP as the settings say it (`SMTP_*`, `From_Email`).

A mail leaves in the background, so that no answer waits for another machine; it is tried a few
times and is lost if the process ends before.
"""

import asyncio
import logging
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any

import aiosmtplib

log = logging.getLogger("parley.mail")

TIMEOUT_SECONDS = 20
PAUSES_SECONDS = (5, 60)
"""Between one attempt and the next."""

MOST_WAITING = 1000

_under_way: set[asyncio.Task[None]] = set()


def configured(settings: Mapping[str, Any]) -> bool:
    return bool(settings["SMTP_Host"] and settings["From_Email"])


def written(settings: Mapping[str, Any], to: str, subject: str, text: str) -> EmailMessage:
    """Raises ValueError for an address or subject that would break out of its header."""
    message = EmailMessage()
    message["From"] = str(settings["From_Email"])
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=False)
    sender = parseaddr(str(settings["From_Email"]))[1]
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


async def send(settings: Mapping[str, Any], message: EmailMessage) -> None:
    """Raises aiosmtplib.SMTPException or OSError."""
    secure = settings["SMTP_Protocol"] == "smtps"
    await aiosmtplib.send(
        message,
        hostname=str(settings["SMTP_Host"]),
        port=int(settings["SMTP_Port"] or (465 if secure else 25)),
        username=str(settings["SMTP_Username"] or "") or None,
        password=str(settings["SMTP_Password"] or "") or None,
        use_tls=secure,
        # None: where the server offers it.
        start_tls=False if secure or settings["SMTP_IgnoreTLS"] else None,
        timeout=TIMEOUT_SECONDS,
    )


def send_soon(settings: Mapping[str, Any], message: EmailMessage) -> None:
    if len(_under_way) >= MOST_WAITING:
        log.error("too many mails wait to be sent: one was dropped")
        return
    task = asyncio.create_task(_persist(settings, message))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def _persist(settings: Mapping[str, Any], message: EmailMessage) -> None:
    for pause in (*PAUSES_SECONDS, 0):
        try:
            await send(settings, message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # Its text may quote the recipient.
            log.warning("a mail was not sent: %s", type(error).__name__)
            if not pause:
                log.error("a mail was given up")
                return
            await asyncio.sleep(pause)
        else:
            return
