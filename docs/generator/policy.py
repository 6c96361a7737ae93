"""What an office decides: settings, permissions."""

from itertools import groupby

from docs.generator.markdown import NOTE, any_of, code, table, value
from docs.generator.source import mentions
from parley.accounts.roles import GRANTS, ROLES
from parley.app import ROUTES
from parley.preferences.service import DEFINITIONS, Definition


def settings_page() -> str:
    rows = sorted(DEFINITIONS.items(), key=lambda row: row[1].group)
    parts = [
        f"## {group}\n"
        + table(
            ("setting", "type", "default", "public", "used"),
            [_setting(name, definition) for name, definition in members],
        )
        for group, members in groupby(rows, key=lambda row: row[1].group)
    ]
    used = sum(mentions(name) for name in DEFINITIONS)
    return f"""{NOTE}
# Settings

What the running office can change, by `POST /api/v1/settings/:_id`; a change counts with the next
request of every process. The names and the defaults are Rocket.Chat's, but for those that
[Compatibility](../guide/compatibility.md) names. What a process needs to start are
[options](options.md).

*public*: anybody may read it. *secret*: its value is in no log and masked in lists. *used*: the
source reads it; a setting that is not used yet can be read and changed, and has no effect.
{used} of {len(DEFINITIONS)} are used.

{chr(10).join(parts).rstrip()}
"""


def _setting(name: str, d: Definition) -> tuple[str, str, str, str, str]:
    kind = f"{d.type}: {any_of(d.values)}" if d.values else d.type
    public = "secret" if d.secret else "public" if d.public else ""
    return code(name), kind, value(d.default), public, "yes" if mentions(name) else ""


def permissions_page() -> str:
    asked = {
        name
        for route in ROUTES
        for several in route.permissions or ()
        for name in several.split("+")
    }
    rows = [
        (code(name), any_of(roles), "yes" if name in asked or mentions(name) else "")
        for name, roles in GRANTS.items()
    ]
    return f"""{NOTE}
# Permissions

A role holds a permission, a person has roles. `POST /api/v1/permissions.update` changes which roles
hold which; it counts with the next request. These are the roles at install. *used*: a route or a
rule asks for it.

The roles: {any_of(ROLES)}.

{table(("permission", "roles", "used"), rows)}"""
