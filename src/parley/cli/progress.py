"""A bar on a terminal for what takes long; nothing anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from parley.db.copying import Watch


@contextmanager
def bar(label: str, *, at_once: bool = True) -> Iterator[Watch | None]:
    """What to tell of the progress; None where nobody looks. Not `at_once`: when it is told."""
    if not sys.stderr.isatty():
        yield None
        return
    shown: list[Any] = []

    def tell(done: int, total: int) -> None:
        if not shown:
            shown.append(click.progressbar(length=total, label=label, file=sys.stderr))
            shown[0].__enter__()
        shown[0].length = total
        shown[0].update(done - shown[0].pos)

    try:
        if at_once:
            tell(0, 1)
        yield tell
    finally:
        for opened in shown:
            opened.__exit__(None, None, None)
