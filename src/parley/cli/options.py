"""The process options as click takes them; `config.py` says what they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from parley.config import environment_name, options

F = TypeVar("F", bound=Callable[..., Any])


def with_options(*names: str, **defaults: Any) -> Callable[[F], F]:
    """The named process options, or all."""

    def add(command: F) -> F:
        for name, default, doc in reversed(options()):
            if names and name not in names:
                continue
            command = click.option(
                f"--{name.replace('_', '-')}",
                envvar=environment_name(name),
                show_envvar=True,
                show_default=True,
                default=defaults.get(name, default),
                help=doc,
                **_kind(default),
            )(command)
        return command

    return add


def _kind(default: Any) -> dict[str, Any]:
    if isinstance(default, bool):
        return {"is_flag": True}
    if isinstance(default, int):
        return {"type": click.IntRange(0, 65535)}
    if isinstance(default, str):
        return {"type": str}
    return {"type": click.Path(path_type=Path)}


as_json = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")
