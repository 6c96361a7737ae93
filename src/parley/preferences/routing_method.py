"""What the setting Livechat_Routing_Method means (contract/management.md §3.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class RoutingMethod(NamedTuple):
    preview_room: bool
    """Agents may open a room that waits in their queue."""
    show_connecting: bool
    auto_assign: bool
    built: bool = True
    """Otherwise no chat can start by it; those that run go on."""


_METHODS = {
    "Auto_Selection": RoutingMethod(False, False, True),
    "Manual_Selection": RoutingMethod(True, True, False),
    "External": RoutingMethod(False, False, False, built=False),
}


def routing_method(settings: Mapping[str, Any]) -> RoutingMethod:
    return _METHODS[settings["Livechat_Routing_Method"]]
