"""Process options: every one with its type, default and doc line.

Each is a flag of the command line and an environment variable `PARLEY_<NAME>`.
What the running office can change lives in `preferences/` instead.
"""

import ipaddress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _option(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Config:
    host: str = _option("127.0.0.1", "Address to listen on.")
    port: int = _option(3000, "Port to listen on; 0 takes a free one.")
    data: Path = _option(Path("parley-data"), "Directory of the database; made if missing.")
    database: str = _option("", "sqlite:///path or postgresql://…; empty: parley.db in --data.")
    trusted_proxy: str = _option(
        "", "Address of the proxy whose x-real-ip and x-forwarded-for count."
    )
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
