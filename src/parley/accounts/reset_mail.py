"""The mail to who lost their password: a job, so that it survives the process and the mail server.

The job names the person. The token in the link is made when the mail is written, anew at each
attempt, and the database keeps its hash: it is in no job.
"""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from parley import mail
from parley.accounts import credential_store, store
from parley.accounts.guessing import mails_to, use_a_try
from parley.accounts.identify import hash_token
from parley.clock import later, now
from parley.db import Database, Tx
from parley.db.documents import Doc, find
from parley.errors import LoginStopped, Refused
from parley.ids import auth_token
from parley.jobs import GiveUp, enqueue
from parley.jobs.mailing import send_mail
from parley.preferences.service import current_settings

KIND = "password-reset"
MINUTES = 60
"""So long after it was asked for the mail is still sent, and so long its link works."""

Settings = Mapping[str, Any]


async def ask_for_reset(db: Database, settings: Settings, email: str) -> None:
    """Orders a mail to whoever has this address; the caller cannot tell whether anybody has.

    Raises Refused where mail or the server's own address is not set up.
    """
    if not mail.configured(settings):
        raise Refused("error-mail-not-configured")
    if not _site(settings):
        raise Refused("error-site-url-not-set")
    found = await db.read(store.credentials, "email_key", email.casefold(), "")
    if found is None or not found.user.get("active"):
        return
    try:
        await db.act(_order, found.user["_id"])
    except LoginStopped:
        return


def _site(settings: Settings) -> str:
    """Never from the Host header: a stranger would choose where the link leads."""
    return str(settings["Site_Url"] or "").rstrip("/")


async def _order(tx: Tx, user_id: str) -> None:
    await use_a_try(tx, [mails_to(user_id)])
    await enqueue(tx, KIND, {"userId": user_id, "until": later(now(), minutes=MINUTES)})


async def mail_reset(db: Database, job: dict[str, Any]) -> None:
    """Raises GiveUp for what no further attempt would mend."""
    if now() > job["until"]:
        raise GiveUp("it was asked for too long ago")
    user = await db.read(find, "users", job["userId"])
    if user is None or not user.get("active") or not user.get("emails"):
        raise GiveUp("there is nobody to write to")
    settings = await db.read(current_settings)
    token = auth_token()
    try:
        message = _written(settings, user, token)
    except ValueError:
        raise GiveUp("no mail can be written to such an address") from None
    await db.act(_note, user["_id"], hash_token(token))
    await send_mail(settings, message)


def _written(settings: Settings, user: Doc, token: str) -> EmailMessage:
    name = str(settings["Site_Name"] or "Parley")
    text = (
        f"Somebody, perhaps you, asked for a new password of {user['username']} at {name}.\n"
        "To choose one, open this page within an hour:\n\n"
        f"{_site(settings)}/reset-password/{token}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    )
    to = str(user["emails"][0]["address"])
    return mail.written(settings, to, f"{name}: a new password", text)


async def _note(tx: Tx, user_id: str, token_hash: str) -> None:
    expires_at = later(now(), minutes=MINUTES)
    await credential_store.put_reset(tx, token_hash, user_id, expires_at)
