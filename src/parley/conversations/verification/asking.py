"""A chat begins with a question: who are you? (contract/management.md §3.3.5; the rest is ours)

The chat is `verifying` and in nobody's queue. Where mail is set up, the server mails a code to the
address the visitor gave, or asks for one, and waits for the code in the chat, whatever widget,
number or mailbox it came by. Where it is not, somebody says by `contacts.verify` that it is them.
"""

import hashlib

from parley import clock, mail
from parley.accounts.credential_store import take_guess
from parley.clock import now
from parley.conversations.verification import store
from parley.conversations.verification.rule import VERIFYING, Settings
from parley.db import Tx
from parley.db.documents import Doc
from parley.ids import object_id
from parley.jobs import enqueue
from parley.messages.delivery import deliver
from parley.messages.service import append
from parley.rooms.store import insert_inquiry
from parley.routing.decisions import QUEUED, note

MAIL = "verification-mail"
"""The job; its document is `{roomId}`."""
CAT = {"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat"}

MAILS, MAIL_COMES_BACK_MS = 3, 20 * 60_000
"""To one address, for all chats together; one more every twenty minutes."""

ASK_ADDRESS = (
    "Before we connect you: which e-mail address can we reach you at? Please write it here."
)
ASK_CODE = "We are sending a code of six digits to {address}. Please write it here."
TOO_MANY_MAILS = (
    "We have sent several codes to {address} already, and cannot send another one yet. Please write"
    " another address, or this one again later."
)


async def hold(
    tx: Tx, room: Doc, address: str | None, settings: Settings, wish: Doc | None, *, new: bool
) -> None:
    """The chat waits until its contact is verified; `wish` is the agent it asks for. The caller
    saves the room."""
    more = {"defaultAgent": wish} if wish else {}
    await insert_inquiry(tx, room, VERIFYING, ts=room["queuedAt"], **more)
    about = {"method": settings["Livechat_Routing_Method"]}
    await note(tx, room["_id"], QUEUED, VERIFYING, about, new=new)
    if mail.configured(settings):
        await ask(tx, room, address, settings)
    else:
        await store.put_asked(tx, room["_id"], None)


async def ask(tx: Tx, room: Doc, address: str | None, settings: Settings) -> None:
    """For the code that is mailed there, or for an address. The caller saves the room."""
    if address is None:
        await store.put_asked(tx, room["_id"], None)
        await say(tx, room, ASK_ADDRESS, settings)
    elif await _may_mail(tx, address):
        await store.put_asked(tx, room["_id"], address)
        await enqueue(tx, MAIL, {"roomId": room["_id"]})
        await say(tx, room, ASK_CODE.format(address=masked(address)), settings)
    else:
        if await store.asked_of(tx, room["_id"]) is None:
            await store.put_asked(tx, room["_id"], address)
        await say(tx, room, TOO_MANY_MAILS.format(address=masked(address)), settings)


async def say(tx: Tx, room: Doc, text: str, settings: Settings) -> None:
    """As the server, in the chat, and out to where the chat came from."""
    message: Doc = {
        "_id": object_id(),
        "rid": room["_id"],
        "msg": text,
        "ts": now(),
        "u": CAT,
    }
    await append(tx, room, message, settings)
    await deliver(tx, room, message)


async def _may_mail(tx: Tx, address: str) -> bool:
    key = hashlib.sha256(address.encode()).hexdigest()
    at = int(clock.moment().timestamp() * 1000)
    return await take_guess(tx, f"verification:{key}", at, MAIL_COMES_BACK_MS, MAILS)


def masked(address: str) -> str:
    """Who has the visitor's token need not learn the address from us."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
