"""Commands that serve: `serve`, `demo`; and `version`.

What they run is imported by them: the other commands need no server, and start in half the time.
"""

from pathlib import Path
from typing import Any

import click

from parley import __version__
from parley.cli.options import with_options
from parley.cli.running import run
from parley.config import Config
from parley.logs import configure_logs


@click.command()
@with_options()
def serve(**given: Any) -> None:
    """Run the server. A new database gets a first admin, whose password is printed once."""
    from parley.serve import serve as run_server

    configure_logs()
    run(run_server(Config(**given), click.echo))


@click.command()
@with_options("host", "port", "data", "database", data=Path("parley-demo"))
def demo(**given: Any) -> None:
    """Run the server with living demo data; prints a curl line that shows it."""
    from parley.demo import demo as run_demo

    configure_logs()
    run(run_demo(Config(**given), click.echo))


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


COMMANDS = [serve, demo, version]
