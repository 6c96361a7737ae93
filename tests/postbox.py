"""A mail server on loopback that an office's mail goes to."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.office import Office


class Postbox:
    """`answer` is what it says of each recipient. The names of its methods are aiosmtpd's."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (as above)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@asynccontextmanager
async def open_postbox(office: Office) -> AsyncIterator[Postbox]:
    """The office's mail goes there."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=find_free_port())
    controller.start()
    await office.setting("SMTP_Host", "127.0.0.1")
    await office.setting("SMTP_Port", str(controller.port))
    await office.setting("From_Email", "Office <office@office.example>")
    yield box
    controller.stop()


def find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
