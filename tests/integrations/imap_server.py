"""A mailbox on loopback: as much of IMAP (RFC 3501) as a reader of new mail needs."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Kept:
    raw: bytes
    came: datetime
    seen: bool = False
    size: int = -1
    """What the server says, if that is not true."""


@dataclass
class Imap:
    port: int = 0
    username: str = "office"
    password: str = "imap password"
    mails: list[Kept] = field(default_factory=list)
    """Their places from 1 are their UIDs."""
    asked: list[str] = field(default_factory=list)
    stores: bool = True
    """Whether a mail can be marked as seen."""
    floods: bool = False

    def put(self, raw: bytes, came: datetime | None = None) -> Kept:
        mail = Kept(raw, came or datetime.now(UTC))
        self.mails.append(mail)
        return mail

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        try:
            while line := await reader.readline():
                tag, _, command = line.decode().strip().partition(" ")
                self.asked.append(re.sub(r"^LOGIN.*", "LOGIN", command))
                for part in self._answer(tag, command):
                    writer.write(part)
                await writer.drain()
                if command.upper() == "LOGOUT":
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _answer(self, tag: str, command: str) -> list[bytes]:
        good, bad = f"{tag} OK done\r\n".encode(), f"{tag} NO refused\r\n".encode()
        upper = command.upper()
        if upper == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1\r\n", good]
        if upper.startswith("LOGIN"):
            right = command == f'LOGIN "{self.username}" "{self.password}"'
            return [good if right else bad]
        if upper.startswith("SELECT"):
            return [f"* {len(self.mails)} EXISTS\r\n".encode(), good]
        if upper.startswith("UID SEARCH"):
            uids = " ".join(str(n) for n, mail in enumerate(self.mails, 1) if not mail.seen)
            return [f"* SEARCH {uids}\r\n".encode(), good]
        if upper.startswith("UID FETCH"):
            return [*self._fetched(command), good]
        if upper.startswith("UID STORE"):
            if not self.stores:
                return [bad]
            self.mails[int(command.split()[2]) - 1].seen = True
            return [good]
        return [b"* BYE\r\n", good] if upper == "LOGOUT" else [bad]

    def _fetched(self, command: str) -> list[bytes]:
        _, _, listed, what = command.split(" ", 3)
        found = []
        for uid in (int(each) for each in listed.split(",")):
            mail = self.mails[uid - 1]
            if "BODY" not in what:
                size = mail.size if mail.size >= 0 else len(mail.raw)
                date = mail.came.strftime("%d-%b-%Y %H:%M:%S +0000")
                about = f'UID {uid} RFC822.SIZE {size} INTERNALDATE "{date}"'
                found.append(f"* {uid} FETCH ({about})\r\n".encode())
                continue
            raw = mail.raw
            if "HEADER" in what:
                raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            size = 10**10 if self.floods else len(raw)
            found.append(f"* {uid} FETCH (UID {uid} BODY[] {{{size}}}\r\n".encode() + raw)
            found.append(b")\r\n")
        return found


@asynccontextmanager
async def imap_server() -> AsyncIterator[Imap]:
    served = Imap()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0, limit=2**20)
    served.port = server.sockets[0].getsockname()[1]
    async with server:
        yield served
