"""Running what a command does, and saying what stopped it."""

import signal
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import click
import uvloop

from parley.errors import ParleyError

T = TypeVar("T")


class _Stopped(click.ClickException):
    def show(self, file: Any = None) -> None:
        click.echo(f"parley: {self.message}", err=True)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Its result. What it refuses is one line on standard error, and exit status 1."""
    try:
        return uvloop.run(work)
    except (ParleyError, ValueError, PermissionError) as error:
        # Not printed here: a bar may stand in the line, which ends when this has left it.
        raise _Stopped(str(error)) from error


def run_to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """The same for work that holds the event loop: Ctrl-C ends it where it is."""

    def interrupted(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    return run(work)
