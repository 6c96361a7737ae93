"""The process: its options and commands."""

from collections.abc import Iterator

import click

from docs.generator.markdown import NOTE, any_of, code, table, value
from parley.cli import main
from parley.config import options


def options_page() -> str:
    rows = [
        (code(flag(name)), code(f"PARLEY_{name.upper()}"), _default(default), doc)
        for name, default, doc in options()
    ]
    return f"""{NOTE}
# Options

Each is a flag of the command line and an environment variable; the command line wins. Unknown
flags are refused. What the running office changes by API are [settings](settings.md).

{table(("option", "environment", "default", "what it is"), rows)}
A database URL with a password, or another secret, belongs in the environment: other users of the
machine can read command lines.
"""


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _default(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return code(str(default)) if str(default) else ""


def commands_page() -> str:
    parts = [_command(name, command) for name, command in commands()]
    return f"""{NOTE}
# Commands

`parley COMMAND --help` tells the same. The options that several commands share are explained under
[Options](options.md).

{"".join(parts).rstrip()}
"""


def commands() -> list[tuple[str, click.Command]]:
    """("parley user add", command) of every command that does something itself."""
    return sorted(_walk("parley", main))


def _walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, inner in command.commands.items():
        if not inner.hidden:
            yield from _walk(f"{name} {word}", inner)


def _command(name: str, command: click.Command) -> str:
    usage = " ".join([name, *(_argument(p) for p in command.params if _is_argument(p))])
    text = (command.help or "").replace("\b", "").strip()
    given = [_option(p) for p in command.params if isinstance(p, click.Option) and not p.hidden]
    shown = table(("option", "default", "what it is"), given) + "\n" if given else ""
    return f"## {usage}\n{text}\n\n{shown}"


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _argument(parameter: click.Parameter) -> str:
    name = parameter.make_metavar(click.Context(main))
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _option(option: click.Option) -> tuple[str, str, str]:
    default = option.default
    if option.is_flag or default is None or callable(default):
        shown = ""
    else:
        shown = value(default if isinstance(default, int | str) else str(default))
    return any_of([*option.opts, *option.secondary_opts]), shown.replace('"', ""), option.help or ""
