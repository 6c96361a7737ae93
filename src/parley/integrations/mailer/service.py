"""Ordering a mailing, and leaving its readers (contract/management.md §12)."""

import hmac
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from parley import sealing
from parley.accounts.identify import Person
from parley.audit.actor import Actor
from parley.audit.service import record
from parley.clock import now
from parley.db import Tx
from parley.db.documents import Doc, find, save
from parley.errors import Coded, Refused
from parley.ids import object_id
from parley.integrations.email.addresses import is_address
from parley.integrations.mailer.schemas import SendMailing, Unsubscribe
from parley.integrations.mailer.selector import selector
from parley.integrations.mailer.store import insert_mailing
from parley.jobs import enqueue

MAILING, MAIL = "mailing", "mailing-mail"
LINK = "[unsubscribe]"


async def order_mailing(
    tx: Tx, actor: Actor, person: Person, settings: Mapping[str, Any], wanted: SendMailing
) -> None:
    """Jobs write to everybody it is for, whatever becomes of this process. Raises Coded; Refused
    where the server's own address, to which the link leads, is not set up."""
    if not is_address(parseaddr(wanted.sender)[1]) or not wanted.sender.isprintable():
        raise Coded("error-invalid-from-address", "Invalid from address")
    if LINK not in wanted.body:
        raise Coded("error-missing-unsubscribe-link", f"You must provide the {LINK} link.")
    if not settings["Site_Url"]:
        raise Refused("error-site-url-not-set")
    selector(wanted.query or "")
    mailing: Doc = {
        "_id": object_id(),
        "from": wanted.sender,
        "subject": " ".join(wanted.subject.split()),
        "body": wanted.body,
        "query": wanted.query or "",
        "u": {"_id": person.user_id},
        "ts": now(),
    }
    await insert_mailing(tx, mailing)
    if wanted.dryrun:
        await enqueue(tx, MAIL, {"mailing": mailing["_id"], "trial": True}, about=mailing["_id"])
    else:
        await enqueue(tx, MAILING, {"mailing": mailing["_id"]}, about=mailing["_id"])
    more = {"dryrun": bool(wanted.dryrun)}
    await record(
        tx, actor, "mailing.ordered", "mailing", mailing["_id"], mailing["subject"], **more
    )


async def unsubscribe_by_link(tx: Tx, person: Person, link: Unsubscribe) -> None:
    """For the caller, or for whom the link was written; of others nothing is changed, and the
    answer does not tell."""
    try:
        theirs = link.id == person.user_id or is_key_of(link.id, link.createdAt)
    except sealing.NoKey:
        theirs = False
    if theirs:
        await unsubscribe(tx, link.id)


async def unsubscribe(tx: Tx, user_id: str) -> None:
    """Mailings leave them out from now on."""
    await tx.lock("users", user_id)
    user = await find(tx, "users", user_id)
    if user is not None:
        await save(tx, "users", user | {"mailer": {"unsubscribed": True}})


def unsubscribed(user: Doc) -> bool:
    return bool((user.get("mailer") or {}).get("unsubscribed"))


def key_of(user_id: str) -> str:
    """The end of somebody's link: the time an account was made, as there, could be guessed. Raises
    sealing.NoKey."""
    return sealing.signature(f"unsubscribe:{user_id}")


def is_key_of(user_id: str, key: str) -> bool:
    """Raises sealing.NoKey."""
    return hmac.compare_digest(key.encode(), key_of(user_id).encode())
