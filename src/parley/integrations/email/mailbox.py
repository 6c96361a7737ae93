"""Reading a mailbox by IMAP. All of this blocks, and belongs into a thread.

The other side is a machine that an admin has named: it may be slow, say too much, or never end.
"""

import imaplib
import re
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

MOST_BYTES = 25 * 1024 * 1024
"""Of one mail; of a bigger one the head alone is fetched."""
MOST_MAILS = 50
"""Of one look."""
MOST_LISTED = 500
SOCKET_SECONDS = 20.0
SECONDS = 120.0
"""Of one look."""

_WORTH = re.compile(rb"UID (\d{1,10})")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_DATE = re.compile(rb'INTERNALDATE "([^"]{20,40})"')

TROUBLES = (imaplib.IMAP4.error, OSError, ValueError)
"""What may be raised by all of this."""


class Account(NamedTuple):
    host: str
    address: str
    """Of the host, looked at before: it is this one that is called."""
    port: int
    username: str
    password: str
    secure: bool


class Waiting(NamedTuple):
    uid: str
    size: int


class _Connection(imaplib.IMAP4):
    def __init__(self, account: Account) -> None:
        self._account = account
        self._until = time.monotonic() + SECONDS
        self._left = 2 * MOST_BYTES
        super().__init__(account.host, account.port, SOCKET_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._account.address, self.port), timeout)
        if not self._account.secure:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._spend(len(line))
        return line

    def renew(self) -> None:
        """A mail more may come."""
        self._left = 2 * MOST_BYTES

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0 or time.monotonic() > self._until:
            raise self.abort("the server says too much")


class Mailbox:
    """Raises TROUBLES."""

    def __init__(self, account: Account) -> None:
        self._imap = _Connection(account)
        try:
            if not account.secure and "STARTTLS" in self._imap.capabilities:
                self._imap.starttls(ssl.create_default_context())
            self._imap.login(_quoted(account.username), account.password)
            self._good(self._imap.select("INBOX"))
        except BaseException:
            self.close()
            raise

    def waiting(self, since: datetime) -> list[Waiting]:
        """Unseen mails that came since then, oldest first: so many at most."""
        # One day earlier: the server's day may be another than ours, and the times are compared.
        day = datetime.fromtimestamp(since.timestamp() - 86_400, UTC).strftime("%d-%b-%Y")
        found = self._good(self._imap.uid("SEARCH", "UNSEEN", "SINCE", day))
        uids = [uid for uid in (found[0] or b"").split() if uid.isdigit() and len(uid) < 11]
        if not uids:
            return []
        listed = b",".join(uids[:MOST_LISTED]).decode()
        rows = self._good(self._imap.uid("FETCH", listed, "(UID RFC822.SIZE INTERNALDATE)"))
        kept = [each for row in rows if (each := _worth(row, since)) is not None]
        return sorted(kept, key=lambda each: int(each.uid))[:MOST_MAILS]

    def fetch(self, mail: Waiting) -> tuple[bytes, bool]:
        """(the mail, whether it is whole); it stays unseen."""
        self._imap.renew()
        whole = mail.size <= MOST_BYTES
        what = "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])"
        rows = self._good(self._imap.uid("FETCH", mail.uid, what))
        for row in rows:
            if isinstance(row, tuple) and len(row) == 2 and isinstance(row[1], bytes):
                return row[1], whole
        raise self._imap.error("the mail is not there")

    def mark_seen(self, mail: Waiting) -> None:
        self._good(self._imap.uid("STORE", mail.uid, "+FLAGS.SILENT", "(\\Seen)"))

    def close(self) -> None:
        try:
            self._imap.logout()
        except TROUBLES:
            self._imap.shutdown()

    def _good(self, answer: tuple[str, Any]) -> list[Any]:
        kind, data = answer
        if kind != "OK":
            raise self._imap.error("the server refuses")
        return list(data)


def _quoted(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a username of control characters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _worth(row: object, since: datetime) -> Waiting | None:
    if not isinstance(row, bytes):
        return None
    uid, size, date = _WORTH.search(row), _SIZE.search(row), _DATE.search(row)
    if uid is None or size is None or date is None:
        return None
    try:
        came = datetime.strptime(date[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None
    return Waiting(uid[1].decode(), int(size[1])) if came >= since else None
