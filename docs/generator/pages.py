"""The reference pages, by file name. A test tells when a committed one is stale."""

from collections.abc import Callable

from docs.generator.events import events_page
from docs.generator.operations import operations_page
from docs.generator.policy import permissions_page, settings_page
from docs.generator.process import commands_page, options_page
from docs.generator.routes import routes_page

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "options.md": options_page,
    "settings.md": settings_page,
    "permissions.md": permissions_page,
    "routes.md": routes_page,
    "operations.md": operations_page,
    "events.md": events_page,
}
