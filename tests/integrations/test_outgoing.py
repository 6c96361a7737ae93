"""Over TLS a machine is called by its address, and known by the name that the URL has."""

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parley import outgoing

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_tls_is_checked_by_the_name_of_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = certificate(tmp_path, "crm.example")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(ours)
    names: list[str | None] = []
    tls.sni_callback = lambda socket, name, context: names.append(name)
    hosts: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hosts.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async def found(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(outgoing, "_addresses", found)
    async with server:
        with pytest.raises(outgoing.NotAsked, match="no answer: ConnectError"):
            await post(f"https://crm.example:{port}/")  # by the public authorities
        trusting = ssl.create_default_context(cafile=ours)
        monkeypatch.setattr(outgoing, "_tls", Kept(trusting))
        assert await post(f"https://crm.example:{port}/") == outgoing.Reply(200, b"ok")
        with pytest.raises(outgoing.NotAsked, match="no answer: ConnectError"):
            await post(f"https://other.example:{port}/")
    assert names == ["crm.example", "crm.example", "other.example"]
    [asked] = hosts
    assert f"Host: crm.example:{port}".encode() in asked


class Kept:
    """In place of the context that is made once."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context

    def __call__(self) -> ssl.SSLContext:
        return self.context

    def cache_info(self) -> "Kept":
        return self

    currsize = 1


async def post(url: str) -> outgoing.Reply:
    loopback = [ipaddress.ip_network("127.0.0.0/8")]
    return await outgoing.post(url, b"x", {}, allowed=loopback, seconds=30, most_bytes=100)


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
