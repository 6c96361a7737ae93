"""Asking machines that an admin has named, and no others.

Whoever may change a setting must not reach the machines beside the server through it: an address of
a private network is not called unless it was allowed, and what was looked at is what is called.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses of the public kind that lead to others: a gateway's (NAT64), 6to4, Teredo.
_LEAD_ELSEWHERE = tuple(
    ipaddress.ip_network(network) for network in ("64:ff9b::/96", "2002::/16", "2001::/32")
)


LONGEST = 60.0
"""Seconds for any step of a call; how long all may take, its caller says."""


class NotAsked(Exception):
    """Nobody was asked, or nobody answered in time and size; the text says why."""


class Moved(NotAsked):
    """`get` was told to ask elsewhere: the text is the address, as the other said it."""


class Reply(NamedTuple):
    status: int
    body: bytes
    """Its beginning, where it is longer than the caller wants to read."""


def networks(text: str | None) -> list[Network]:
    """`10.0.0.0/8, 127.0.0.1`; what is no address or network is passed over."""
    found: list[Network] = []
    for part in (text or "").replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            continue
    return found


def may_be_called(address: Address, allowed: list[Network]) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    elsewhere = any(address in network for network in _LEAD_ELSEWHERE)
    return address.is_global and not address.is_multicast and not elsewhere


async def get(
    url: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    allowed: list[Network],
    seconds: float,
    most_bytes: int,
) -> bytes:
    """The body of a 200; no redirect is followed. Raises NotAsked, or Moved."""
    asked = _Asked("GET", url, query, headers, None)
    reply = await _in_time(asked, allowed, seconds, most_bytes)
    if reply.status != 200:
        raise NotAsked(f"answered with status {reply.status}")
    if len(reply.body) > most_bytes:
        raise NotAsked("its answer is too long")
    return reply.body


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: list[Network],
    seconds: float,
    most_bytes: int,
) -> Reply:
    """What was answered, whatever its status; no redirect is followed. Raises NotAsked.

    Of a body that is longer than `most_bytes` more than those are returned, and the rest is not
    read.
    """
    return await _in_time(_Asked("POST", url, {}, headers, body), allowed, seconds, most_bytes)


class _Asked(NamedTuple):
    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None


async def _in_time(asked: _Asked, allowed: list[Network], seconds: float, most_bytes: int) -> Reply:
    if not _tls.cache_info().currsize:  # it takes long: not at the other side's expense
        await asyncio.to_thread(_tls)
    import httpx

    try:
        async with asyncio.timeout(seconds):
            return await _ask(asked, allowed, most_bytes)
    except TimeoutError as error:
        raise NotAsked("no answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise NotAsked(f"no answer: {type(error).__name__}") from error


async def _ask(asked: _Asked, allowed: list[Network], most_bytes: int) -> Reply:
    import httpx

    named = httpx.URL(asked.url)
    if named.scheme not in ("http", "https") or not named.host:
        raise NotAsked("no http or https URL")
    if asked.query:
        named = named.copy_merge_params(dict(asked.query))
    port = named.port or (443 if named.scheme == "https" else 80)
    # Called by its address, or the name could lead elsewhere by the second time it is looked up.
    there = named.copy_with(host=await _address(named.host, port, allowed))
    heads = {**asked.headers, "Host": named.netloc.decode("ascii")}
    sent = httpx.Headers(heads, encoding="latin-1")
    tls = {"sni_hostname": named.host}
    async with httpx.AsyncClient(trust_env=False, timeout=LONGEST, verify=_tls()) as client:
        request = client.build_request(
            asked.method, there, headers=sent, content=asked.body, extensions=tls
        )
        response = await client.send(request, stream=True)
        try:
            if asked.method == "GET" and response.has_redirect_location:
                raise Moved(response.headers["location"])
            return Reply(response.status_code, await _read(response, most_bytes))
        finally:
            await response.aclose()


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the machine's certificates takes longer than a call."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


async def address_of(host: str, port: int, allowed: list[Network]) -> str:
    """What to call, for protocols that are not HTTP. Raises NotAsked."""
    try:
        return await _address(host, port, allowed)
    except (OSError, ValueError) as error:
        raise NotAsked(f"its name leads nowhere: {type(error).__name__}") from error


async def _address(host: str, port: int, allowed: list[Network]) -> str:
    for text in await _addresses(host, port):
        if may_be_called(ipaddress.ip_address(text), allowed):
            return text
    raise NotAsked("its address is of a private network")


async def _addresses(host: str, port: int) -> list[str]:
    with suppress(ValueError):  # a name is looked up, by a thread
        return [str(ipaddress.ip_address(host))]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


async def _read(response: "httpx.Response", most_bytes: int) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most_bytes:
            break
    return body
