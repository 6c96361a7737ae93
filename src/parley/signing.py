"""How the machines that an admin has named know us: a secret shared with them, and a signature."""

import hashlib
import hmac

from parley.clock import moment


def identifying(secret: str, body: bytes) -> dict[str, str]:
    """Headers that go with the body; none without a secret."""
    if not secret:
        return {}
    return {
        # A header is Latin-1 at most; a secret that is not goes as its UTF-8.
        "X-RocketChat-Livechat-Token": secret.encode().decode("latin-1"),
        "X-Parley-Signature": signature(secret, int(moment().timestamp()), body),
    }


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`, its key is the secret.

    Who receives it compares the digests, and refuses a time that is long ago.
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
