"""What a visitor is told of the agent who serves them (contract/core.md §5.1 `agent`)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from parley.accounts.timed_status import status_now
from parley.db.documents import Doc, find
from parley.db.tx import Reader

HIDDEN: Doc = {"hiddenInfo": True}

_decode = msgspec.json.Decoder(dict[str, dict[str, Any]]).decode


async def shown_to_visitor(q: Reader, settings: Mapping[str, Any], agent_id: str) -> Doc | None:
    """None when there is no such person."""
    user = await find(q, "users", agent_id)
    if user is None:
        return None
    if not settings["Livechat_show_agent_info"]:
        return HIDDEN
    user = status_now(user)
    shown: Doc = {key: user[key] for key in ("_id", "name", "username", "status") if key in user}
    if settings["Livechat_show_agent_email"] and user.get("emails"):
        shown["emails"] = user["emails"]
    if said := _limits(user):
        shown["livechat"] = said
    given = user.get("customFields") or {}
    fields = {key: given[key] for key in _told_to_others(settings) if key in given}
    return shown | ({"customFields": fields} if fields else {})


def _limits(user: Doc) -> Doc:
    """The one key that Rocket.Chat documents: what else the office keeps there is its own."""
    most = (user.get("livechat") or {}).get("maxNumberSimultaneousChat")
    return (
        {"maxNumberSimultaneousChat": most}
        if isinstance(most, int | str) and not isinstance(most, bool)
        else {}
    )


def _told_to_others(settings: Mapping[str, Any]) -> list[str]:
    """Custom fields of accounts that the office lets out."""
    try:
        fields = _decode(settings["Accounts_CustomFields"] or "{}")
    except msgspec.DecodeError:
        return []
    return [key for key, field in fields.items() if field.get("sendToIntegrations") is True]
