"""Which engine a database URL names, and which file."""

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

Engine = Literal["sqlite", "postgres"]


def engine_of(url: str) -> Engine:
    """Raises ValueError for another kind of URL."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return "sqlite"
    if scheme in ("postgresql", "postgres"):
        return "postgres"
    raise ValueError("the database is sqlite:///path or postgresql://…")


def sqlite_path(url: str) -> Path:
    """Raises ValueError where the URL names no file."""
    path = unquote(urlsplit(url).path)
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("a SQLite database is sqlite:///path")
    return Path("/" + path.lstrip("/"))
