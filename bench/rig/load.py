"""The load: one request over and over on kept-alive connections, every answer checked."""

import select
import socket
import time
from dataclasses import dataclass

CONNECTIONS = 16
BUFFER = 1 << 20


class WrongAnswer(Exception):
    pass


@dataclass
class Target:
    """A page of history on a server that listens on `port`."""

    port: int
    path: str
    headers: dict[str, str]

    @property
    def request(self) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: */*"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


class _Connection:
    def __init__(self, target: Target) -> None:
        self._request = target.request
        self.socket = socket.create_connection(("127.0.0.1", target.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._missing = -1

    def ask(self) -> None:
        self._missing = -1
        self.socket.sendall(self._request)

    def read(self, buffer: bytearray, length: int) -> bool:
        """True at the end of an answer of status 200 with a body of `length` bytes."""
        got = self.socket.recv_into(buffer)
        if self._missing < 0:
            # uvicorn writes the head in one piece, so it is never cut in two here.
            head = bytes(buffer[: min(got, 2048)]).partition(b"\r\n\r\n")[0]
            said = b"content-length: %d" % length
            if not head.startswith(b"HTTP/1.1 200 ") or said not in head.split(b"\r\n"):
                raise WrongAnswer(bytes(buffer[: min(got, 1000)]))
            self._missing = len(head) + 4 + length
        self._missing -= got
        if got == 0 or self._missing < 0:
            raise WrongAnswer(f"the body is not of {length} bytes")
        return self._missing == 0


def load(target: Target, length: int, seconds: float) -> int:
    """Number of requests answered, the last ones included."""
    connections = {c.socket.fileno(): c for c in (_Connection(target) for _ in range(CONNECTIONS))}
    poll = select.epoll()
    for number, connection in connections.items():
        poll.register(number, select.EPOLLIN)
        connection.ask()
    buffer, answered, waiting = bytearray(BUFFER), 0, len(connections)
    ends = time.monotonic() + seconds
    while waiting:
        # Never asleep: to wake it would be the server's work, and dearer than the write itself on
        # a virtual machine; a fast server would be spared it, for its load is never idle.
        ready = poll.poll(0)
        now = time.monotonic()
        if now > ends + 30:
            raise WrongAnswer("no answer in 30 seconds")
        more = now < ends
        for number, _ in ready:
            connection = connections[number]
            if connection.read(buffer, length):
                answered += 1
                if more:
                    connection.ask()
                else:
                    waiting -= 1
    poll.close()
    for connection in connections.values():
        connection.socket.close()
    return answered


def page(target: Target) -> bytes:
    """The body of one answer. Raises WrongAnswer unless its status is 200."""
    return answer(target).partition(b"\r\n\r\n")[2]


def answer(target: Target) -> bytes:
    """One answer, head and body."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=30) as connection:
        close = b"\r\nConnection: close\r\n\r\n"
        connection.sendall(target.request.removesuffix(b"\r\n\r\n") + close)
        parts = []
        while part := connection.recv(BUFFER):
            parts.append(part)
    whole = b"".join(parts)
    if not whole.startswith(b"HTTP/1.1 200 "):
        raise WrongAnswer(whole[:1000])
    return whole
