"""One HTTP request, whatever answers it; over TLS, by the name that the URL has."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parley.http_call import LONGEST_HEAD, Answer, Broken, call, certificates, place

MOST = 100
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def answering(
    parts: list[bytes], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """(the port, what was asked); each part is sent by itself, then the connection is closed."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def get(
    port: int, url: str = "http://crm.example/a?b=c", body: bytes | None = None
) -> Answer:
    there = place(url, {})
    assert there is not None
    method = "GET" if body is None else "POST"
    there = there._replace(port=port)
    return await asyncio.wait_for(call(method, there, "127.0.0.1", {}, body, MOST), 30)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 429 Slow\r\n" + CHUNKED + b"2\r\nsl\r\n3\r\now!\r\n0\r\n\r\n", 429, b"slow!"),
        (b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\n1", 201, b"1"),
        (b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"0\r\nLocation: x\r\n\r\n", 200, b""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("cut", [lambda text: [text], lambda text: [bytes([c]) for c in text]])
async def test_answers(
    answer: bytes, status: int, body: bytes, cut: Callable[[bytes], list[bytes]]
) -> None:
    async with answering(cut(answer)) as (port, _):
        found = await get(port)
    assert (found.status, found.body) == (status, body)
    assert "location" not in found.headers


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 smtp.example ready\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3 * LONGEST_HEAD,
        b"HTTP/1.1 100 Go on\r\n\r\n" * (LONGEST_HEAD // 8),
    ],
)
async def test_what_is_no_answer(answer: bytes) -> None:
    async with answering([answer]) as (port, _):
        with pytest.raises((Broken, ConnectionError)):
            await get(port)


async def test_of_a_long_one_no_more_is_read_than_is_wanted() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    async with answering([head, b"x" * 1_000_000]) as (port, _):
        found = await get(port)
    assert MOST < len(found.body) < 1_000_000


async def test_what_is_asked() -> None:
    ok = [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]
    async with answering(ok) as (port, asked):
        await get(port, "http://bücher.example:8080/a b%20c/?q=ü&r=1#part")
        await get(port, "http://us%40er:pa%3Ass@crm.example", b"x")
        await get(port, "http://[2001:db8::1]/")
    lines = [text.decode().split("\r\n") for text in asked]
    assert lines[0][0] == "GET /a%20b%20c/?q=%C3%BC&r=1 HTTP/1.1"
    assert lines[0][1] == "Host: xn--bcher-kva.example:8080"
    assert lines[1][0] == "POST / HTTP/1.1"
    assert {"Authorization: Basic dXNAZXI6cGE6c3M=", "Content-Length: 1"} < set(lines[1])
    assert "Host: [2001:db8::1]" in lines[2]


async def test_a_header_is_one_line() -> None:
    there = place("http://x/", {})
    assert there is not None
    with pytest.raises(ValueError, match="one line"):
        await call("GET", there, "127.0.0.1", {"X": "a\r\nY: b"}, None, MOST)


async def test_tls_is_checked_by_the_name_of_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = certificate(tmp_path, "crm.example")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(ours)
    names: list[str | None] = []
    server.sni_callback = lambda socket, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=ours)
    async with answering([b"HTTP/1.1 200 OK\r\n\r\nok"], server) as (port, _):
        with pytest.raises(ssl.SSLCertVerificationError):
            await get(port, "https://crm.example/")  # by the public authorities
        certificates.cache_clear()
        monkeypatch.setattr("parley.http_call.certificates", lambda: trusting)
        assert (await get(port, "https://crm.example/")).body == b"ok"
        with pytest.raises(ssl.SSLCertVerificationError):
            await get(port, "https://other.example/")
    assert names == ["crm.example", "crm.example", "other.example"]


def certificate(folder: Path, name: str) -> Path:
    """Of a key of its own, in a file with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(key.private_bytes(*private) + made.public_bytes(private[0]))
    return file
