"""How the widget looks: those settings that managers may change (contract/management.md §8)."""

from collections.abc import Sequence
from typing import Any

from parley.audit.actor import Actor
from parley.db.tx import Tx
from parley.errors import Refused
from parley.preferences.schemas import Look
from parley.preferences.service import DEFINITIONS, Change, change_settings, current_settings

_OF_THE_WIDGET = """
title title_color enable_message_character_limit message_character_limit show_agent_info
show_agent_email display_offline_form offline_form_unavailable offline_message
offline_success_message offline_title offline_title_color offline_email
conversation_finished_message conversation_finished_text registration_form
name_field_registration_form email_field_registration_form registration_form_message hide_watermark
background widget_position hide_system_messages hide_expand_chat
"""
APPEARANCE = {
    *(f"Livechat_{name}" for name in _OF_THE_WIDGET.split()),
    "Omnichannel_allow_visitors_to_close_conversation",
}


async def change_appearance(tx: Tx, actor: Actor, looks: Sequence[Look]) -> None:
    """What is as it was is left alone. Raises Refused `invalid-setting`; Coded for a value."""
    if any(look.id not in APPEARANCE for look in looks):
        raise Refused("invalid-setting")
    current = await current_settings(tx)
    wanted = {look.id: _converted(look.id, look.value) for look in looks}
    changes = [Change(name, value) for name, value in wanted.items() if value != current[name]]
    if changes:
        await change_settings(tx, actor, changes)


def _converted(name: str, value: Any) -> Any:
    """As the setting has it: forms send texts."""
    definition = DEFINITIONS[name]
    match definition.type:
        case "boolean":
            return value is True or value == "true"
        case "int":
            return _whole(value)
        case "multiSelect" if isinstance(value, list):
            return [each for each in value if each in definition.values]
    return value


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
