"""Commands of whoever runs a server: `backup`, `restore`, `migrate`, `doctor`, `config show`."""

import json
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from parley.cli.options import as_json, with_options
from parley.cli.progress import bar
from parley.cli.running import run, run_to_the_end
from parley.config import Config, environment_name, options, shown
from parley.db import open_database
from parley.messages.indexing import start_over
from parley.operations.backup import backup as make_backup
from parley.operations.doctor import examine
from parley.operations.restore import restore as put_back
from parley.operations.upgrade import would_apply

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@with_options("data", "database")
def backup(file: Path, force: bool, **given: Any) -> None:
    """Write the database to FILE, whole and of one moment, while the server runs."""
    url = Config(**given).database_url
    with bar("backup") as watch:
        mark = run_to_the_end(make_backup(url, file, force=force, watch=watch))
    size = file.stat().st_size
    click.echo(f"{file}: {size:,} bytes, the state of {mark.at}, version {mark.migration}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace data; it is kept under another name.")
@with_options("data", "database")
def restore(file: Path, force: bool, **given: Any) -> None:
    """Put the backup FILE into --data or --database, whichever engine it came from."""
    url = Config(**given).database_url
    with bar("restore") as watch:
        done = run_to_the_end(put_back(url, file, force=force, watch=watch))
    click.echo(f"restored the state of {done.mark.at}, a backup of parley {done.mark.parley}")
    if done.applied:
        click.echo(f"migrated it: {', '.join(done.applied)}")
    if done.kept:
        click.echo(f"what was there before is now {done.kept}")


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be applied, and change nothing.")
@with_options("data", "database")
def migrate(dry_run: bool, **given: Any) -> None:
    """Bring the database to this version; `serve` does the same when it starts."""
    url = Config(**given).database_url
    if dry_run:
        lines = [f"would apply {m.number:04} {m.name}" for m in run(would_apply(url))]
    else:
        with bar("copy", at_once=False) as watch:
            lines = list(run_to_the_end(_migrate(url, watch)))
    click.echo("\n".join(lines) or "nothing to do")


async def _migrate(url: str, watch: Any) -> tuple[str, ...]:
    db = await open_database(url, watch=watch)
    await db.close()
    return db.applied


@click.command()
@with_options("data", "database")
def reindex(**given: Any) -> None:
    """Forget what searches look in; the next `serve` makes it anew from the messages."""
    run_to_the_end(_reindex(Config(**given).database_url))
    click.echo("the next `parley serve` indexes every message, beside its work")


async def _reindex(url: str) -> None:
    db = await open_database(url)
    try:
        await db.act(start_over)
    finally:
        await db.close()


@click.command()
@as_json
@with_options()
@click.pass_context
def doctor(context: click.Context, /, as_json: bool, **given: Any) -> None:
    """Look for what is wrong, beside a running server or without one; exit 1 with an error."""
    typed = {name for name in given if _source(context, name) == "command line"}
    with bar("doctor") as watch:
        findings = run_to_the_end(examine(Config(**given), typed, watch))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.severity:8} {finding.what:14} {finding.text}")
            if finding.remedy:
                click.echo(f"{'':23} -> {finding.remedy}")
    if any(finding.severity == "error" for finding in findings):
        context.exit(1)


@click.group()
def config() -> None:
    """What this process is told by options."""


@config.command()
@as_json
@with_options()
@click.pass_context
def show(context: click.Context, /, as_json: bool, **given: Any) -> None:
    """Every option, its value, and where the value comes from; secrets are masked."""
    rows = [
        {
            "option": f"--{name.replace('_', '-')}",
            "environment": environment_name(name),
            "value": shown(name, str(value) if isinstance(value, Path) else value),
            "source": _source(context, name),
        }
        for name, value in ((name, given[name]) for name, _, _ in options())
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            value = "(empty)" if row["value"] == "" else row["value"]
            click.echo(f"{row['option']:20} {row['source']:13} {value}")


_SOURCES = {"COMMANDLINE": "command line", "ENVIRONMENT": "environment"}


def _source(context: click.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    return _SOURCES.get(source.name if source else "", "default")


COMMANDS = [backup, restore, migrate, reindex, doctor, config]
