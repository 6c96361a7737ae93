"""What the setting Livechat_Routing_Method means (contract/management.md §3.1)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from parley.errors import Coded


class RoutingMethod(NamedTuple):
    name: str
    preview_room: bool
    """Agents may open a room that waits in their queue."""
    show_connecting: bool
    auto_assign: bool


_METHODS = {
    "Auto_Selection": RoutingMethod("Auto_Selection", False, False, True),
    "Manual_Selection": RoutingMethod("Manual_Selection", True, True, False),
}


def routing_method(settings: Mapping[str, Any]) -> RoutingMethod:
    """Raises Coded for a method that is not there."""
    method = _METHODS.get(settings["Livechat_Routing_Method"])
    if method is None:
        raise Coded("error-routing-method-not-available")
    return method
