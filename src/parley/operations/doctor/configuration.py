"""The process options: what they say together."""

import ipaddress
from collections.abc import Iterator

from parley.config import Config, environment_name, is_loopback, shown
from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "configuration"


def configuration(config: Config, on_command_line: set[str]) -> Iterator[Finding]:
    """`on_command_line`: names of the options that were given there."""
    yield _listens(config)
    yield from _proxy(config)
    if config.test_mode:
        yield warning(
            WHAT,
            "test mode: everybody knows the admin's password, and there are no limits",
            "leave out --test-mode (PARLEY_TEST_MODE) except in tests",
        )
    for name in sorted(on_command_line):
        value = getattr(config, name)
        if shown(name, value) != value:
            yield warning(
                WHAT,
                f"--{name.replace('_', '-')} holds a secret, and stands on the command line, which"
                " every user of this machine can read",
                f"put it into the environment, as {environment_name(name)}",
            )


def _listens(config: Config) -> Finding:
    if config.loopback:
        return ok(WHAT, f"listens on {config.host}, which only this machine reaches")
    if config.test_mode:
        return error(
            WHAT,
            f"test mode on {config.host}: the server will refuse to start",
            "--host 127.0.0.1, or no test mode",
        )
    if not config.trusted_proxy:
        return warning(
            WHAT,
            f"listens on {config.host} without a proxy: passwords and chats travel unencrypted",
            "--host 127.0.0.1 behind a proxy that speaks TLS, with --trusted-proxy",
        )
    if is_loopback(config.trusted_proxy):
        return warning(
            WHAT,
            f"listens on {config.host}, so others can pass by the proxy on this machine",
            "--host 127.0.0.1",
        )
    return ok(WHAT, f"listens on {config.host} for the proxy {config.trusted_proxy}")


def _proxy(config: Config) -> Iterator[Finding]:
    if config.trusted_proxy:
        try:
            ipaddress.ip_address(config.trusted_proxy)
        except ValueError:
            yield error(
                WHAT,
                f"--trusted-proxy {config.trusted_proxy} is no address: it never matches a client",
                "the IP address from which the proxy connects",
            )
