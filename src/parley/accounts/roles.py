"""Roles at install, and which permissions they hold by default (contract/core.md §9)."""

from importlib.resources import files
from typing import Any

import msgspec

ADMIN, USER, BOT = "admin", "user", "bot"
AGENT, MANAGER, MONITOR = "livechat-agent", "livechat-manager", "livechat-monitor"

ROLES = {
    ADMIN: "Users",
    USER: "Users",
    BOT: "Users",
    "app": "Users",
    "guest": "Users",
    "anonymous": "Users",
    "federated-external": "Users",
    AGENT: "Users",
    MANAGER: "Users",
    MONITOR: "Users",
    "moderator": "Subscriptions",
    "leader": "Subscriptions",
    "owner": "Subscriptions",
}
"""{role: scope}"""

# One grant differs from Rocket.Chat's: livechat-agent holds
# view-livechat-room-closed-by-another-agent, or the visibility rule would empty the history.
GRANTS = msgspec.json.decode(
    files(__package__).joinpath("permissions.json").read_bytes(), type=dict[str, list[str]]
)
"""{permission: roles}"""

_NAMED = {ADMIN: "Admin", "moderator": "Moderator", "leader": "Leader", "owner": "Owner"}


def role_doc(role: str) -> dict[str, Any]:
    """The role as clients know it; none can be changed or removed."""
    return {
        "_id": role,
        "name": role,
        "description": _NAMED.get(role, ""),
        "protected": True,
        "scope": ROLES[role],
        "mandatory2fa": False,
    }
