"""Whether the passwords that are stored can be read with this machine's key."""

from collections.abc import AsyncIterator

from parley import sealing
from parley.db.snapshot import Snapshot
from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "secrets"

_SEALED = "SELECT name, secrets FROM email_inboxes ORDER BY name, id LIMIT 100"
_REMEDY = (
    "give every process the same --secret-key (PARLEY_SECRET_KEY), or bring back "
    f"{sealing.FILE} of --data; else save those passwords again"
)


async def sealed(found: Snapshot) -> AsyncIterator[Finding]:
    rows = await found.q.rows(_SEALED)
    if sealing.exposed():
        yield warning(WHAT, f"others can read {sealing.FILE}", "chmod 600")
    unread = []
    for name, secrets in rows:
        try:
            sealing.unseal(secrets)
        except sealing.NoKey as trouble:
            yield error(WHAT, str(trouble), _REMEDY)
            return
        except sealing.Unopened:
            unread.append(name)
    if unread:
        what = f"passwords of these email inboxes cannot be read: {', '.join(unread[:10])}"
        yield error(WHAT, what, _REMEDY)
    elif rows:
        yield ok(WHAT, "the passwords of all email inboxes can be read")
