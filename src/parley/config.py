"""Process options: every one with its type, default and doc line.

Each is a flag of the command line and an environment variable `PARLEY_<NAME>`.
What the running office can change lives in `preferences/` instead.
"""

import ipaddress
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _option(default: Any, doc: str, *, secret: bool = False) -> Any:
    """A secret option is masked wherever options are shown."""
    return field(default=default, metadata={"doc": doc, "secret": secret})


@dataclass(frozen=True)
class Config:
    host: str = _option("127.0.0.1", "Address to listen on.")
    port: int = _option(3000, "Port to listen on; 0 takes a free one.")
    data: Path = _option(Path("parley-data"), "Directory of the database; made if missing.")
    database: str = _option("", "sqlite:///path or postgresql://…; empty: parley.db in --data.")
    trusted_proxy: str = _option(
        "", "Address of the proxy whose x-real-ip and x-forwarded-for count."
    )
    widget: str = _option("", "Folder of a published widget's build, for /livechat; empty: none.")
    secret_key: str = _option(
        "", "What stored passwords are encrypted with; empty: a file in --data.", secret=True
    )
    metrics_token: str = _option("", "Bearer token for /metrics from elsewhere.", secret=True)
    traces: str = _option("", "Where OpenTelemetry traces go, an OTLP http URL; empty: nowhere.")
    test_mode: bool = _option(False, "Known admin, no limits; loopback and its own database only.")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{(self.data / 'parley.db').absolute()}"

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def options() -> list[tuple[str, Any, str]]:
    """(name, default, doc line) of every option, in the order of the help text."""
    return [(f.name, f.default, f.metadata["doc"]) for f in fields(Config)]


def environment_name(option: str) -> str:
    return f"PARLEY_{option.upper()}"


MASK = "***"


def shown(option: str, value: Any) -> Any:
    """The value as it may be shown: without a secret, and without a URL's password."""
    if value and next(f for f in fields(Config) if f.name == option).metadata["secret"]:
        return MASK
    return without_password(value) if isinstance(value, str) else value


def without_password(url: str) -> str:
    """A URL, its password masked in both places where one may stand."""
    # To the last @, for a password that was not escaped: better too much than a part of it.
    url = re.sub(r"(?<=://)([^/@:]*):.*@", rf"\1:{MASK}@", url)
    return re.sub(r"(?i)\b((?:ssl)?password=)[^&#]*", rf"\1{MASK}", url)
