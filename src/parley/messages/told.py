"""Which messages another system is told of (contract/management.md §10), as they are appended."""

from collections.abc import Mapping
from typing import Any

from parley.db.documents import Doc
from parley.db.tx import Tx
from parley.events.webhooks import AGENT_WROTE, LEAD, VISITOR_WROTE, tell, wanted
from parley.preferences.service import DEFAULTS
from parley.visitors.patterns import found_in

Settings = Mapping[str, Any]

_REGEXES = ("Livechat_lead_email_regex", "Livechat_lead_phone_regex")


async def tell_message(tx: Tx, room: Doc, message: Doc, settings: Settings) -> None:
    """Of what a visitor or an agent wrote; system messages are told with their rooms only."""
    if "t" in message:
        return
    by_visitor = "token" in message
    told = VISITOR_WROTE if by_visitor else AGENT_WROTE
    await tell(tx, settings, told, room, message=message["_id"])
    if by_visitor and wanted(settings, LEAD) and names_an_address(message["msg"], settings):
        await tell(tx, settings, LEAD, room, message=message["_id"])


def names_an_address(text: str, settings: Settings) -> bool:
    """An e-mail address or a phone number, by the office's regular expressions.

    One that some text could keep busy is not asked; those that come with Parley cannot be.
    """
    patterns = ((settings[name], DEFAULTS[name]) for name in _REGEXES)
    return any(
        pattern and found_in(pattern, text, trusted=pattern == default)
        for pattern, default in patterns
    )
