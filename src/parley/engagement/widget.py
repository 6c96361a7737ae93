"""All that the widget is told before a conversation (contract/core.md §5.1)."""

from collections.abc import Mapping
from typing import Any

from parley.agents.availability import anybody_online, bot_there
from parley.agents.shown import shown_to_visitor
from parley.conversations.queue.places import queue_info
from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.departments.store import departments_with_agents
from parley.engagement.triggers import for_widget
from parley.preferences.routing_method import routing_method
from parley.rooms.store import open_room_of
from parley.routing.departments import first_online
from parley.visitors.fields_store import all_fields
from parley.visitors.store import Visitor, by_token

Settings = Mapping[str, Any]

SURVEY = {
    # Spelt so on the wire.
    "items": ["satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"],
    "values": ["1", "2", "3", "4", "5"],
}
_CALL = [
    {"icon": "icon-videocam", "i18nLabel": "Accept"},
    {"icon": "icon-cancel", "i18nLabel": "Decline"},
]
_OF_FIELD = ("_id", "label", "scope", "type", "regexp", "required", "defaultValue", "options")
_OF_DEPARTMENT = ("_id", "name", "showOnRegistration", "showOnOfflineForm")


async def widget_config(
    q: Reader, settings: Settings, token: str | None, department: str | None
) -> Doc:
    """A token that is nobody's is as none: who comes first asks with one of their own making."""
    if not settings["Livechat_enabled"]:
        return {"enabled": False}
    visitor = await by_token(q, token) if token else None
    config: Doc = {
        "enabled": True,
        "settings": _settings(settings),
        "theme": _theme(settings),
        "messages": _messages(settings),
        "survey": SURVEY,
        "triggers": await for_widget(q),
        "departments": [_department(each) for each in await departments_with_agents(q)],
        "resources": {"sound": f"{_site(settings)}/sounds/chime.mp3", "emojis": []},
        "customFields": [_field(each) for each in await all_fields(q) if _is_public(each)],
        "online": await _online(q, settings, department),
    }
    return config | (await _known(q, settings, visitor) if visitor else {})


async def _online(q: Reader, settings: Settings, department: str | None) -> bool:
    if settings["Livechat_accept_chats_with_no_agents"]:
        return True
    if settings["Livechat_assign_new_conversation_to_bot"] and await bot_there(q):
        return True
    if department:
        return await first_online(q, settings, department) is not None
    return await anybody_online(q, settings)


async def _known(q: Reader, settings: Settings, visitor: Visitor) -> Doc:
    """What is under way with this visitor."""
    keys = ("_id", "name", "username", "token", "visitorEmails", "department")
    guest = {key: visitor.doc[key] for key in keys if key in visitor.doc}
    known: Doc = {"guest": visitor.own(guest)}
    if (room := await open_room_of(q, visitor.id)) is None:
        return known
    known["room"] = {
        key: room[key] for key in ("_id", "departmentId", "servedBy", "open") if key in room
    }
    served = room.get("servedBy")
    if served is None and (place := await queue_info(q, settings, room["_id"])):
        known["queueInfo"] = place
    agent = await shown_to_visitor(q, settings, served["_id"]) if served else None
    return known | ({"agent": agent} if agent else {})


def _settings(s: Settings) -> Doc:
    limited = s["Livechat_enable_message_character_limit"]
    most = s["Livechat_message_character_limit"] or s["Message_MaxAllowedSize"]
    return {
        "registrationForm": s["Livechat_registration_form"],
        "allowSwitchingDepartments": s["Livechat_allow_switching_departments"],
        "nameFieldRegistrationForm": s["Livechat_name_field_registration_form"],
        "emailFieldRegistrationForm": s["Livechat_email_field_registration_form"],
        "displayOfflineForm": s["Livechat_display_offline_form"],
        # There are no calls, whatever Omnichannel_call_provider says.
        "videoCall": False,
        "fileUpload": s["Livechat_fileupload_enabled"] and s["FileUpload_Enabled"],
        "language": s["Language"] or "",
        "transcript": s["Livechat_enable_transcript"],
        "historyMonitorType": s["Livechat_history_monitor_type"],
        "forceAcceptDataProcessingConsent": s["Livechat_force_accept_data_processing_consent"],
        "showConnecting": routing_method(s).show_connecting,
        "agentHiddenInfo": not s["Livechat_show_agent_info"],
        "clearLocalStorageWhenChatEnded": s["Livechat_clear_local_storage_when_chat_ended"],
        "limitTextLength": most if limited else False,
        "hiddenSystemMessages": s["Livechat_hide_system_messages"],
        "hideWatermark": s["Livechat_hide_watermark"],
        "visitorsCanCloseChat": s["Omnichannel_allow_visitors_to_close_conversation"],
    }


def _theme(s: Settings) -> Doc:
    return {
        "title": s["Livechat_title"] or "",
        "color": s["Livechat_title_color"] or "",
        "offlineTitle": s["Livechat_offline_title"] or "",
        "offlineColor": s["Livechat_offline_title_color"] or "",
        "position": s["Livechat_widget_position"],
        "background": s["Livechat_background"] or "",
        "hideExpandChat": s["Livechat_hide_expand_chat"],
        "actionLinks": {"jitsi": _CALL},
    }


def _messages(s: Settings) -> Doc:
    names = {
        "offlineMessage": "Livechat_offline_message",
        "offlineSuccessMessage": "Livechat_offline_success_message",
        "offlineUnavailableMessage": "Livechat_offline_form_unavailable",
        "conversationFinishedMessage": "Livechat_conversation_finished_message",
        "conversationFinishedText": "Livechat_conversation_finished_text",
        "transcriptMessage": "Livechat_transcript_message",
        "registrationFormMessage": "Livechat_registration_form_message",
        "dataProcessingConsentText": "Livechat_data_processing_consent_text",
    }
    return {key: s[name] or "" for key, name in names.items()}


def _department(department: Doc) -> Doc:
    shown = {key: department[key] for key in _OF_DEPARTMENT}
    onward = department.get("departmentsAllowedToForward")
    return shown | ({"departmentsAllowedToForward": onward} if onward else {})


def _is_public(field: Doc) -> bool:
    return bool(field.get("public")) and field["visibility"] == "visible"


def _field(field: Doc) -> Doc:
    return {key: field[key] for key in _OF_FIELD if key in field}


def _site(s: Settings) -> str:
    return str(s["Site_Url"] or "").rstrip("/")
