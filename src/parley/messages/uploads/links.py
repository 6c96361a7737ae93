"""Links that open one file for a while, without a login: for a provider that fetches it."""

import hmac
from collections.abc import Mapping

from parley import sealing
from parley.clock import later, now
from parley.messages.uploads.names import link_to

HOURS = 24


def signed_link(upload_id: str, name: str) -> str:
    """A path. Raises sealing.NoKey."""
    until = later(now(), hours=HOURS)
    return f"{link_to(upload_id, name)}?until={until}&signature={_signature(upload_id, until)}"


def opens(query: Mapping[str, str], upload_id: str) -> bool:
    until, sent = query.get("until", ""), query.get("signature", "")
    if not sent or until <= now():
        return False
    try:
        return hmac.compare_digest(sent.encode(), _signature(upload_id, until).encode())
    except sealing.NoKey:
        return False


def _signature(upload_id: str, until: str) -> str:
    return sealing.signature(f"file {upload_id} until {until}")
