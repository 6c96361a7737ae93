"""The offline form: a message that is left when nobody is online (contract/core.md §5.5).

It is stored first; a job mails it, again and again until the mail server has it. The job names the
message by its id: what the visitor wrote is in no job.
"""

import re
from collections.abc import Mapping
from typing import Any

from parley import mail
from parley.clock import now
from parley.db import Database, Reader, Tx
from parley.db.documents import Doc
from parley.departments.store import find_by_id_or_name
from parley.engagement.schemas import ListOffline, OfflineMessage
from parley.errors import Refused
from parley.events.webhooks import tell_left
from parley.ids import object_id
from parley.jobs import GiveUp, enqueue
from parley.jobs.mailing import send_mail
from parley.preferences.service import current_settings, setting
from parley.visitors.offline_store import (
    find_offline,
    insert_offline,
    list_offline,
    note_mailed,
    prune_offline,
)
from parley.web.paging import Page, SortKey, order_by, page_of, sort_of

KIND = "offline-message"
KEEP_DAYS = "Livechat_offline_messages_keep_days"

_SORTABLE = {"ts": "ts"}
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\".]+")


async def leave_message(tx: Tx, left: OfflineMessage, settings: Mapping[str, Any]) -> None:
    """Raises Refused, in the contract's one sentence, for whatever speaks against it."""
    name, email = " ".join(left.name.split()), left.email.strip()
    to = await _recipient(tx, left.department, settings)
    if (
        not settings["Livechat_display_offline_form"]
        or not (name and left.message.strip() and to and mail.configured(settings))
        or len(left.message) > settings["Message_MaxAllowedSize"]
        or (settings["Livechat_validate_offline_email"] and not _ADDRESS.fullmatch(email))
    ):
        raise Refused("Error sending Omnichannel offline message")
    doc: Doc = {
        "_id": object_id(),
        "name": name,
        "email": email,
        "message": left.message,
        "to": to,
        "ts": now(),
    }
    for key in ("department", "host"):
        if value := getattr(left, key):
            doc[key] = value
    await insert_offline(tx, doc)
    await enqueue(tx, KIND, {"_id": doc["_id"]})
    await tell_left(tx, settings, doc["_id"])


async def _recipient(q: Reader, id_or_name: str | None, settings: Mapping[str, Any]) -> str:
    """The department's address if it takes such messages, else the office's; empty for none."""
    department = await find_by_id_or_name(q, id_or_name) if id_or_name else None
    takes = department is not None and all(
        department.get(key) for key in ("enabled", "showOnOfflineForm", "email")
    )
    if department is not None and takes and not department.get("archived"):
        return str(department["email"])
    return str(settings["Livechat_offline_email"] or "")


async def mail_offline_message(db: Database, job: dict[str, Any]) -> None:
    """Raises GiveUp for what no further attempt would mend."""
    left = await db.read(find_offline, job["_id"])
    if left is None:
        raise GiveUp("the message is gone")
    if "mailedAt" in left:
        return
    settings = await db.read(current_settings)
    try:
        message = _written(left, settings)
    except ValueError:
        raise GiveUp("no mail can be written to such an address") from None
    await send_mail(settings, message)
    await db.act(note_mailed, job["_id"])


def _written(left: Doc, settings: Mapping[str, Any]) -> Any:
    lines = [f"Name: {left['name']}", f"E-mail: {left['email']}"]
    lines += [f"Page: {left['host']}"] if "host" in left else []
    text = "\n".join([*lines, "", left["message"]])
    start = " ".join(left["message"].split())[:60]
    message = mail.written(
        settings, left["to"], f"Offline message of {left['name']}: {start}", text
    )
    # The same at each attempt: who gets the mail twice can tell.
    _, _, domain = str(message["Message-ID"]).rstrip(">").partition("@")
    message.replace_header("Message-ID", f"<offline.{left['_id']}@{domain}>")
    if _ADDRESS.fullmatch(left["email"]):
        message["Reply-To"] = left["email"]
    return message


async def left_messages(
    q: Reader, query: ListOffline, settings: Mapping[str, Any]
) -> tuple[list[str], int, Page]:
    """(documents as stored, how many there are, the page asked for), newest first. Raises Coded."""
    page = page_of(query, settings)
    order = order_by(sort_of(query, _SORTABLE) or [SortKey("ts", True)], _SORTABLE)
    docs, total = await list_offline(q, query.email or "", order, page.limit, page.offset)
    return docs, total, page


async def prune_left(tx: Tx) -> int:
    """Forgets a batch of what was left long ago; how many."""
    return await prune_offline(tx, await setting(tx, KEEP_DAYS))
