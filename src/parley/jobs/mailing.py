"""Mails that jobs send: what another attempt may mend is tried again, the rest is given up."""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

import aiosmtplib

from parley import mail
from parley.jobs.worker import GiveUp


async def send_mail(settings: Mapping[str, Any], message: EmailMessage) -> None:
    """Raises GiveUp where the mail server will never take it, else as `mail.send`."""
    try:
        await mail.send(settings, message)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        if all(one.code >= 500 for one in refused.recipients):
            raise GiveUp("the mail server refuses the address for good") from None
        raise
