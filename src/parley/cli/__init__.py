"""The command `parley`. Every option is also an environment variable PARLEY_<NAME>."""

import os

import click

from parley.cli import operations, people, serving


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Parley, a livechat server with a memory."""
    # Whatever a command makes, SQLite's own files too, is for its owner alone.
    os.umask(0o077)


COMMANDS = [*serving.COMMANDS, *operations.COMMANDS, *people.COMMANDS]

for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
