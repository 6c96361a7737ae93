"""Restoring into a SQLite file: made beside its place, migrated there, then renamed."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from parley.clock import now
from parley.db.copying import Watch, copy_pages, put_in_place, remove_beside, scratch_file
from parley.db.locks import alone, give_to_owner_of_folder
from parley.db.migrate import apply_sqlite, pending
from parley.db.snapshot import sqlite_trouble
from parley.db.sqlite import translate
from parley.errors import Unavailable
from parley.operations.mark import Mark, opened, remove_mark
from parley.operations.tables import OF_ITSELF, name_of_replaced, tables


def into_sqlite(
    path: Path, file: Path, mark: Mark, force: bool, watch: Watch | None
) -> tuple[str, list[str]]:
    """(where the replaced file is now, migrations applied). Raises Unavailable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone(path), sqlite_trouble():
            used = path.exists() and _holds_data(path)
            if used and not force:
                raise Unavailable(f"{path} holds data: with --force it is kept under another name")
            scratch = path.with_name(path.name + ".restoring")
            with scratch_file(scratch) as held:
                applied = _fill(scratch, file, mark, watch)
                give_to_owner_of_folder(held, path)
                kept = _set_aside(path) if used else ""
                remove_beside(path)
                put_in_place(scratch, held, path)
        return kept, applied
    except OSError as error:
        raise Unavailable(f"{error.filename or path}: {error.strerror}") from error


def _fill(scratch: Path, file: Path, mark: Mark, watch: Watch | None) -> list[str]:
    with opened(file) as source, closing(_connect(scratch)) as target:
        # The file is written to the disk as a whole before it gets its name.
        target.execute("PRAGMA synchronous = OFF")
        copy_pages(source, target, watch)
        remove_mark(target)
        missing = pending("sqlite", mark.migration)
        for migration in missing:
            target.execute("BEGIN")
            apply_sqlite(target, migration)
            target.execute("COMMIT")
    return [migration.name for migration in missing]


def _holds_data(path: Path) -> bool:
    """Of a file that cannot be read, nobody knows that it does not."""
    try:
        with closing(_connect(path)) as there:
            found = (
                there.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in tables(there)
                if table not in OF_ITSELF
            )
            return any(found)
    except sqlite3.DatabaseError:
        return True


def _set_aside(path: Path) -> str:
    """The old file gets a second name; it loses the first when the new one takes it."""
    kept = path.with_name(name_of_replaced(path.name + ".", now()))
    try:
        with closing(_connect(path)) as old:
            # Takes the log in, so that the file is whole by itself.
            old.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise translate(error) from error
        # Too damaged for that: whoever tries to save something out of it wants its log as well.
        log = path.with_name(path.name + "-wal")
        if log.exists():
            log.rename(kept.with_name(kept.name + "-wal"))
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        path.rename(kept)
    return str(kept)


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, isolation_level=None)
