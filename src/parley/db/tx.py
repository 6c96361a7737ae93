"""What every store function takes, and what an engine offers.

A read is `async def f(q: Reader, ...)`; a write is `async def f(tx: Tx, ...)`, one transaction.
SQL is written with `$1, $2` and the portable idioms of ARCHITECTURE.md, for both engines.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from parley.db.location import Engine
from parley.db.writes import Writes

P = ParamSpec("P")
T = TypeVar("T")
Row = Any  # a tuple on SQLite, an asyncpg.Record on PostgreSQL: both are read by position


class Reader(Protocol):
    engine: Engine
    """For db/fulltext.py, where they differ."""

    async def rows(self, sql: str, *args: Any) -> list[Row]: ...

    async def row(self, sql: str, *args: Any) -> Row | None: ...

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row; None without a row."""

    def joined(self, docs: str) -> str:
        """SQL of an aggregate: documents with commas between them, one value to hand out."""


class Tx(Reader, Protocol):
    events: list[Any]
    at_end: list[Callable[["Tx"], Awaitable[None]]]
    """Run after the act, inside its transaction: the outbox is written here, in stream order."""

    async def lock(self, table: str, key: str) -> None:
        """Held to the end of the transaction; precedes every read-modify-write.

        Nothing on SQLite, whose acts run one after another.
        """


Read = Callable[Concatenate[Reader, P], Awaitable[T]]
Act = Callable[Concatenate[Tx, P], Awaitable[T]]


class Bus(Protocol):
    """Short texts from process to process: at once, and not kept."""

    def say(self, text: str) -> None:
        """To all others; after `run` has ended, to nobody."""

    async def run(self) -> None:
        """Until it is cancelled. Hears `""` when others may have spoken unheard."""


class Counted(Protocol):
    statements: int


class Database(ABC):
    """One engine. Only its implementations commit."""

    applied: tuple[str, ...] = ()
    """Names of the migrations that opening it has run."""
    statements = 0
    """SQL statements run so far, transaction control aside: tests hold requests to a budget."""

    def __init__(self) -> None:
        self.writes = Writes()
        self.told: list[Callable[[], None]] = []
        """Called, on the event loop, when acts of this process have been committed with events."""

    def bus(self, hear: Callable[[str], None]) -> "Bus | None":
        """What the processes of this database say to each other; None where there is but one."""
        return None

    @abstractmethod
    def readers(self) -> tuple[int, int]:
        """Connections in use, or waited for, and how many there are at most; those of long reads on
        SQLite, of all on PostgreSQL."""

    @abstractmethod
    async def read(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A read of microseconds. Raises Unavailable when the database cannot be reached."""

    @abstractmethod
    async def scan(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A read that may walk many rows: kept off the event loop."""

    @abstractmethod
    async def act(self, fn: Act[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `fn` in one transaction and returns after its commit.

        Raises what `fn` raises, with nothing written, or Unavailable.
        """

    @abstractmethod
    async def close(self) -> None: ...


async def whole(fn: Act[P, T], tx: Tx, *args: P.args, **kwargs: P.kwargs) -> T:
    result = await fn(tx, *args, **kwargs)
    for finish in tx.at_end:
        await finish(tx)
    return result


def drive(work: Awaitable[T]) -> T:
    """Runs a coroutine that never waits, without an event loop.

    SQLite's acts run so: one that waits for anything but its transaction is a bug and raises.
    """
    coroutine = cast(Coroutine[Any, Any, T], work)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    coroutine.close()
    raise RuntimeError("an act may wait for its transaction only")
