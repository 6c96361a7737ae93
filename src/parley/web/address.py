"""Whose call it is by address. Proxy headers count only from the proxy the operator named."""

from collections.abc import Mapping
from typing import Any


def client_address(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], proxy: str) -> str:
    client = scope.get("client")
    address: str = client[0] if client else ""
    if not proxy or address != proxy:
        return address
    if real := headers.get(b"x-real-ip"):
        return real.decode("latin-1").strip()[:64]
    if forwarded := headers.get(b"x-forwarded-for"):
        # The last entry is the one our own proxy added; all before it is the client's word.
        address = forwarded.decode("latin-1").rpartition(",")[2].strip()[:64] or address
    return address


def has_proxy_headers(headers: Mapping[bytes, bytes]) -> bool:
    return any(h in headers for h in (b"x-real-ip", b"x-forwarded-for", b"forwarded", b"via"))
