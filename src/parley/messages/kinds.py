"""Kinds of messages, and how each counts in its room (contract/core.md §3.2, §5.7)."""

from typing import NamedTuple


class Kind(NamedTuple):
    weight: int
    """What the message adds to `msgs`: a room's msgs is the sum of its messages' weights."""
    notifies: bool
    """Becomes `lastMessage` and moves `lm`."""


KINDS: dict[str | None, Kind] = {
    None: Kind(1, True),
    "livechat-started": Kind(2, True),
    "livechat-close": Kind(2, True),
    "livechat_transfer_history": Kind(2, True),
    "livechat_transfer_history_fallback": Kind(1, False),
    "livechat_navigation_history": Kind(1, False),
    "livechat_transcript_history": Kind(1, False),
    "command": Kind(1, False),
    "uj": Kind(1, False),
    "ul": Kind(1, False),
    "omnichannel_priority_change_history": Kind(1, False),
    "omnichannel_sla_change_history": Kind(1, False),
    "omnichannel_placed_chat_on_hold": Kind(1, False),
    "omnichannel_on_hold_chat_resumed": Kind(1, False),
    # What a person wrote and somebody deleted, where Message_ShowDeletedStatus keeps its place.
    "rm": Kind(0, False),
}
