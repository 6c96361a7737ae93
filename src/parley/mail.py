"""Sending mail: SMTP as the settings say it (`SMTP_*`, `From_Email`).

Jobs send it (`parley.jobs`): no answer waits for another machine, and no mail is lost with a
process.
"""

from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any

import aiosmtplib

TIMEOUT_SECONDS = 20


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
