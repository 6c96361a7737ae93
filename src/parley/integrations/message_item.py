"""A message as a webhook's body has it (contract/management.md §10)."""

from collections.abc import Mapping
from typing import Any

from parley.db.documents import Doc, encode
from parley.messages.change import DELETED
from parley.messages.pages import KIND as PAGE

CLOSE = "livechat-close"
_AS_THEY_ARE = ("blocks", "ts", "rid", "u", "editedAt", "file", "attachments", "_updatedAt")


def shown_kinds(settings: Mapping[str, Any]) -> list[str]:
    """Kinds of system messages that are told."""
    pages = (
        settings["Livechat_Visitor_navigation_as_a_message"]
        and settings["Send_visitor_navigation_history_livechat_webhook_request"]
    )
    return [CLOSE, PAGE] if pages else [CLOSE]


def told(message: Doc | None) -> bool:
    """Whether there is still something to tell of it."""
    return message is not None and not message.get("_hidden") and message.get("t") != DELETED


def item(message: Doc, site: str) -> Doc:
    """`site` is the office's own URL, from which a file can be fetched."""
    said = message["msg"] or (encode(message["blocks"]) if message.get("blocks") else "")
    shown: Doc = {"_id": message["_id"], "username": message["u"]["username"], "msg": said}
    shown |= {key: message[key] for key in _AS_THEY_ARE if key in message}
    if "token" not in message:
        shown["agentId"] = message["u"]["_id"]
    if "navigation" in message:
        shown["navigation"] = {"page": message["navigation"]["page"]}  # not whose it is
    if message.get("t") == CLOSE:
        shown["closingMessage"] = True
    if "file" in message:
        shown["fileUpload"] = _file(message, site)
    return shown


def _file(message: Doc, site: str) -> Doc:
    """Where it is; who fetches it shows who they are, as anybody does."""
    file = message["file"]
    links = [
        each["title_link"] for each in message.get("attachments") or () if "title_link" in each
    ]
    where = {"publicFilePath": site.rstrip("/") + links[0]} if links else {}
    return where | {key: file[key] for key in ("type", "size") if key in file}
