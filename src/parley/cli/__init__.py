"""The command `parley`. Every option is also an environment variable PARLEY_<NAME>."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import uvloop

from parley import __version__
from parley.config import Config, options
from parley.db import open_database
from parley.demo import demo as run_demo
from parley.errors import ParleyError
from parley.logs import configure_logs
from parley.serve import serve as run_server

F = TypeVar("F", bound=Callable[..., Any])


def _with_options(*names: str, **defaults: Any) -> Callable[[F], F]:
    """The named process options, or all; `config.py` says what they are."""

    def add(command: F) -> F:
        for name, default, doc in reversed(options()):
            if names and name not in names:
                continue
            kind: dict[str, Any] = {"type": click.Path(path_type=Path)}
            if isinstance(default, bool):
                kind = {"is_flag": True}
            elif isinstance(default, int):
                kind = {"type": click.IntRange(0, 65535)}
            elif isinstance(default, str):
                kind = {"type": str}
            command = click.option(
                f"--{name.replace('_', '-')}",
                envvar=f"PARLEY_{name.upper()}",
                show_envvar=True,
                show_default=True,
                default=defaults.get(name, default),
                help=doc,
                **kind,
            )(command)
        return command

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Parley, a livechat server with a memory."""


@main.command()
@_with_options()
def serve(**given: Any) -> None:
    """Run the server. A new database gets a first admin, whose password is printed once."""
    configure_logs()
    _run(run_server(Config(**given), click.echo))


@main.command()
@_with_options("host", "port", "data", "database", data=Path("parley-demo"))
def demo(**given: Any) -> None:
    """Run the server with living demo data; prints a curl line that shows it."""
    configure_logs()
    _run(run_demo(Config(**given), click.echo))


@main.command()
@_with_options("data", "database")
def migrate(**given: Any) -> None:
    """Bring the database to this version; `serve` does the same when it starts."""

    async def apply() -> None:
        db = await open_database(Config(**given).database_url)
        click.echo("\n".join(db.applied) or "nothing to do")
        await db.close()

    _run(apply())


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


def _run(work: Any) -> None:
    try:
        uvloop.run(work)
    except (ParleyError, ValueError) as error:
        click.echo(f"parley: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
