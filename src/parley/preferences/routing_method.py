"""What the setting Livechat_Routing_Method means (contract/management.md §3.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class RoutingMethod(NamedTuple):
    preview_room: bool
    """Agents may open a room that waits in their queue."""
    show_connecting: bool
    auto_assign: bool
    show_queue: bool
    """Visitors and agents see who waits."""
    show_queue_link: bool
    return_queue: bool
    """An agent may give a chat back."""
    trigger_action: bool
    outside: bool = False
    """Another service names the agent; it is asked while the chat waits."""


_METHODS = {
    "Auto_Selection": RoutingMethod(False, False, True, False, True, False, True),
    "Manual_Selection": RoutingMethod(True, True, False, True, False, True, False),
    "External": RoutingMethod(False, False, True, False, False, False, True, outside=True),
    "Load_Balancing": RoutingMethod(False, False, True, False, True, False, True),
    "Load_Rotation": RoutingMethod(False, False, True, False, True, False, True),
}


def routing_method(settings: Mapping[str, Any]) -> RoutingMethod:
    return _METHODS[settings["Livechat_Routing_Method"]]
