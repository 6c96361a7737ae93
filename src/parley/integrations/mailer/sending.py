"""The jobs of a mailing: one looks for its readers, then one for each writes the mail."""

import html
import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import quote

from parley import mail
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.integrations.email.html_text import text_of
from parley.integrations.mailer import store
from parley.integrations.mailer.selector import selector
from parley.integrations.mailer.service import MAIL, key_of, unsubscribed
from parley.jobs import GiveUp, enqueue
from parley.jobs.mailing import send_mail
from parley.preferences.service import current_settings
from parley.sealing import NoKey

_PLACES = re.compile(r"\[(name|fname|lname|email|unsubscribe)\]")
_TAG = re.compile(r"<[A-Za-z!/]")


class MailNotConfigured(Exception):
    """It may be, by the next attempt."""


async def find_readers(db: Database, job: dict[str, Any]) -> None:
    """Orders a mail for each. Done again after a crash it orders none twice: its key is known."""
    mailing = await _mailing(db, job)
    means = selector(mailing["query"])
    last = ""
    while people := await db.read(store.people_after, last):
        last = people[-1]["_id"]
        readers = [user["_id"] for user in people if _address(user) and means(user)]
        await db.act(_order, mailing["_id"], readers)


async def _order(tx: Tx, mailing_id: str, readers: list[str]) -> None:
    for user_id in readers:
        doc = {"mailing": mailing_id, "userId": user_id}
        await enqueue(tx, MAIL, doc, key=f"{MAIL}:{mailing_id}:{user_id}", about=mailing_id)


async def mail_reader(db: Database, job: dict[str, Any]) -> None:
    """Raises GiveUp for what no further attempt would mend."""
    mailing = await _mailing(db, job)
    trial = bool(job.get("trial"))
    user = await db.read(find, "users", mailing["u"]["_id"] if trial else job["userId"])
    if user is not None and unsubscribed(user) and not trial:
        return
    if user is None or not (trial or (user.get("active") and _address(user))):
        raise GiveUp("there is nobody to write to")
    to = parseaddr(mailing["from"])[1] if trial else _address(user)
    settings = await db.read(current_settings)
    if not mail.configured(settings):
        raise MailNotConfigured
    try:
        message = written(settings, mailing, user, to)
    except ValueError:
        raise GiveUp("no mail can be written to such an address") from None
    except NoKey:
        raise GiveUp("there is no secret key to write the link with") from None
    await send_mail(settings, message)


async def _mailing(db: Database, job: dict[str, Any]) -> Doc:
    mailing = await db.read(store.find_mailing, job["mailing"])
    if mailing is None:
        raise GiveUp("the mailing is gone")
    return mailing


def _address(user: Doc) -> str:
    """The empty text, for who has none or gets no more mailings."""
    emails = user.get("emails") or []
    return "" if unsubscribed(user) or not emails else str(emails[0]["address"])


def written(settings: Mapping[str, Any], mailing: Doc, user: Doc, to: str) -> EmailMessage:
    """Raises ValueError, or NoKey."""
    names = str(user.get("name") or user["username"]).split() or [""]
    site = str(settings["Site_Url"]).rstrip("/")
    link = f"{site}/mailer/unsubscribe/{quote(user['_id'], safe='')}/{key_of(user['_id'])}"
    values = {
        "name": " ".join(names),
        "fname": names[0],
        "lname": names[-1],
        "email": to,
        "unsubscribe": link,
    }
    body = mailing["body"]
    page = _filled(body, {key: html.escape(value) for key, value in values.items()})
    is_page = _TAG.search(body) is not None
    subject = _filled(mailing["subject"], values)
    text = text_of(page) if is_page else _filled(body, values)
    message = mail.written(settings, to, subject, text)
    if is_page:
        message.add_alternative(page, subtype="html")
    message.replace_header("From", formataddr(parseaddr(mailing["from"])))
    # The same at each attempt: who gets it twice can tell.
    domain = str(message["Message-ID"]).rpartition("@")[2]
    message.replace_header("Message-ID", f"<mailing.{mailing['_id']}.{quote(user['_id'])}@{domain}")
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one go: a name that looks like a place stays a name."""
    return _PLACES.sub(lambda found: values[found[1]], text)
