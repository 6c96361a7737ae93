"""The data directory and the files of a SQLite database: who can read them, and room to grow."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from parley.operations.doctor.finding import Finding, error, ok, warning

WHAT = "files"
LEAST_FREE = 100 * 2**20
"""Bytes; below them the next hours are in doubt."""

_COPIES = (".before-", ".replaced_")
_REMAINS = (".partial", ".restoring")


def files(path: Path) -> Iterator[Finding]:
    """Of the database at this path, which exists."""
    folder = path.parent
    found = sorted(file for file in folder.glob(f"{path.name}*") if file.is_file())
    private = [*_folder(folder), *_modes(found), *_owners(folder, found)]
    yield from private or [ok(WHAT, f"{folder} is for its owner alone")]
    yield from _old(found)
    yield _disk(folder, path)


def _folder(folder: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o022:
        yield error(WHAT, f"others can write into {folder} ({mode:o})", f"chmod 700 {folder}")
    elif mode & 0o055:
        yield warning(WHAT, f"others can look into {folder} ({mode:o})", f"chmod 700 {folder}")


def _modes(found: list[Path]) -> Iterator[Finding]:
    if wide := [file for file in found if stat.S_IMODE(file.stat().st_mode) & 0o077]:
        yield error(
            WHAT,
            f"others can read or write {_named(wide)}",
            f"chmod 600 {' '.join(str(file) for file in wide[:10])}",
        )


def _owners(folder: Path, found: list[Path]) -> Iterator[Finding]:
    if strange := [file for file in found if file.stat().st_uid != folder.stat().st_uid]:
        yield error(
            WHAT,
            f"{_named(strange)} belongs to another user than {folder}",
            f"chown --reference={folder} {' '.join(str(file) for file in strange[:10])}",
        )


def _old(found: list[Path]) -> Iterator[Finding]:
    if copies := [file for file in found if any(part in file.name for part in _COPIES)]:
        megabytes = sum(file.stat().st_size for file in copies) / 2**20
        yield ok(WHAT, f"{megabytes:,.0f} MB in old copies, to be deleted by you: {_named(copies)}")
    if remains := [file for file in found if file.name.endswith(_REMAINS)]:
        yield warning(
            WHAT,
            f"unfinished copies, of now or of an interrupted command: {_named(remains)}",
            "if no parley command is at work, delete them",
        )


def _disk(folder: Path, path: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    log = path.with_name(path.name + "-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    text = f"{free / 2**20:,.0f} MB free beside a database of {size / 2**20:,.1f} MB"
    if free < LEAST_FREE:
        return error("disk", text, "make room before the disk is full: writes will answer 503")
    if free < 2 * size:
        return warning("disk", text, "make room: an upgrade or a restore keeps a copy of the file")
    return ok("disk", text)


def _named(files: list[Path]) -> str:
    names = ", ".join(file.name for file in files[:10])
    return f"{names} and {len(files) - 10} more" if len(files) > 10 else names
