"""What somebody still has to do before people can work with it."""

from collections.abc import AsyncIterator

from parley import mail
from parley.db.snapshot import Snapshot
from parley.operations.doctor.finding import Finding, ok, warning
from parley.preferences.service import current_settings

WHAT = "office"

_ADMINS = (
    "SELECT doc ->> 'username',"
    " COALESCE(CAST(doc -> 'requirePasswordChange' AS text) = 'true', false)"
    " FROM users WHERE active AND CAST(doc -> 'roles' AS text) LIKE '%\"admin\"%'"
    " ORDER BY username_key LIMIT 100"
)


_IDLE = (
    "SELECT doc ->> 'username' FROM users WHERE active"
    " AND CAST(doc -> 'roles' AS text) LIKE '%\"livechat-monitor\"%'"
    " AND NOT EXISTS (SELECT 1 FROM unit_monitors m WHERE m.monitor_id = users.id)"
    " ORDER BY username_key LIMIT 100"
)


async def _oversight(found: Snapshot) -> list[Finding]:
    idle = [row[0] for row in await found.q.rows(_IDLE)]
    what = f"monitors who oversee no unit, and so see no rooms: {', '.join(idle[:10])}"
    return [warning(WHAT, what, "put them in a business unit, livechat/units")] if idle else []


async def office(found: Snapshot) -> AsyncIterator[Finding]:
    admins = await found.q.rows(_ADMINS)
    if not admins:
        yield warning(
            WHAT,
            "nobody is an active admin",
            "the first `parley serve` makes one; later, `parley user role`",
        )
    waiting = [row[0] for row in admins if row[1]]
    if waiting:
        yield warning(
            WHAT,
            f"still with the password they were given: {', '.join(waiting[:10])}",
            "log in and set a password of one's own",
        )
    elif admins:
        yield ok(WHAT, "every admin has a password of their own")
    for line in await _oversight(found):
        yield line
    settings = await current_settings(found.q)
    if settings["Livechat_Require_Contact_Verification"] != "never" and not mail.configured(
        settings
    ):
        yield warning(
            WHAT,
            "contacts must be verified, and no code can be mailed",
            "set SMTP_Host and From_Email, or verify them by contacts.verify",
        )
    if site := settings["Site_Url"]:
        yield ok(WHAT, f"its address is {site}")
    else:
        yield warning(
            WHAT,
            "Site_Url is not set: links in mails and answers have no address",
            "set it to the address that visitors see, https://…",
        )
    if mail.configured(settings):
        yield ok(WHAT, f"sends mail by {settings['SMTP_Host']}")
    else:
        yield warning(
            WHAT,
            "sends no mail: nobody can reset a password by mail",
            "set SMTP_Host and From_Email, or leave it so",
        )
