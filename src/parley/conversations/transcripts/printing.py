"""Printing a PDF by a process of its own: bounded in time and memory, beside the event loop.

Setting type is work for seconds, in Python, and its input is anybody's text and pictures. So it is
done elsewhere: what goes wrong there, or lasts for ever, ends there.
"""

import asyncio
import contextlib
import os
import sys
from weakref import WeakKeyDictionary

import msgspec

from parley.conversations.transcripts.content import Transcript
from parley.conversations.transcripts.press import FULL
from parley.db import Database
from parley.jobs import GiveUp

LONGEST_SECONDS = 540
"""By the clock, however busy the machine is; a job has ten minutes."""
MOST_BYTES = 32 * 1024 * 1024

_PRESS = ["-P", "-m", "parley.conversations.transcripts.press"]
_slots: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


class NotPrinted(Exception):
    """It may be, by the next attempt."""


async def print_pdf(db: Database, transcript: Transcript) -> bytes:
    """Raises GiveUp for what takes more than is allowed, NotPrinted for anything else."""
    content = msgspec.msgpack.encode(transcript)
    # One at a time: many requests at once take the memory of one.
    async with _slots.setdefault(db, asyncio.Semaphore(1)):
        status, pdf = await _run(content)
    if status == FULL or status < 0:
        raise GiveUp("the PDF takes more time or memory than is allowed")
    if status or not pdf.startswith(b"%PDF-"):
        raise NotPrinted(f"status {status}")
    if len(pdf) > MOST_BYTES:
        raise GiveUp("the PDF is too large")
    return pdf


async def _run(content: bytes) -> tuple[int, bytes]:
    """Its status, negative for the signal that ended it, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *_PRESS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # It needs no database, and no password of one.
        env={key: value for key, value in os.environ.items() if not key.startswith("PARLEY_")},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            pdf, _ = await process.communicate(content)
    except TimeoutError:
        raise NotPrinted("too slow") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return process.returncode or 0, pdf
