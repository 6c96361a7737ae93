"""PostgreSQL: an act is an ordinary READ COMMITTED transaction of a pool."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

from parley.db.location import Engine
from parley.db.notices import Notices
from parley.db.tx import Act, Bus, Counted, Database, P, Read, Row, whole
from parley.errors import Unavailable

T = TypeVar("T")

APPLICATION = "parley"
"""What PostgreSQL calls our connections: `restore` looks for those of a server."""

_MACHINE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
)


class PostgresTx:
    engine: Engine = "postgres"

    def __init__(self, connection: Any, owner: Counted) -> None:
        self._connection = connection
        self._owner = owner
        self.events: list[Any] = []
        self.at_end: list[Any] = []

    async def rows(self, sql: str, *args: Any) -> list[Row]:
        self._owner.statements += 1
        rows: list[Row] = await self._connection.fetch(sql, *args)
        return rows

    async def row(self, sql: str, *args: Any) -> Row | None:
        self._owner.statements += 1
        return await self._connection.fetchrow(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        self._owner.statements += 1
        return await self._connection.fetchval(sql, *args)

    def joined(self, docs: str) -> str:
        return f"string_agg(CAST({docs} AS text), ',')"

    async def lock(self, table: str, key: str) -> None:
        await self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{table}:{key}"
        )


class Postgres(Database):
    def __init__(self, url: str, connections: int = 10) -> None:
        super().__init__()
        self.url = url
        self._connections = connections

    async def start(self) -> "Postgres":
        with machine_trouble():
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self._connections,
                reset=_nothing,
                timeout=10,
                server_settings={"application_name": APPLICATION},
            )
        return self

    async def read(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with machine_trouble():
            async with self._pool.acquire(timeout=10) as connection:
                return await fn(PostgresTx(connection, self), *args, **kwargs)

    async def scan(self, fn: Read[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.read(fn, *args, **kwargs)

    async def act(self, fn: Act[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        ran = False
        try:
            with machine_trouble():
                async with self._pool.acquire(timeout=10) as connection, connection.transaction():
                    tx = PostgresTx(connection, self)
                    result = await whole(fn, tx, *args, **kwargs)
                    ran = True
        except BaseException:
            self.writes.failures += ran
            raise
        self.writes.committed(1)
        if tx.events:
            for tell in self.told:
                tell()
        return result

    def bus(self, hear: Callable[[str], None]) -> Bus:
        return Notices(self.url, hear)

    def readers(self) -> tuple[int, int]:
        return self._pool.get_size() - self._pool.get_idle_size(), self._connections

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), 5)
        except (TimeoutError, *_MACHINE):
            self._pool.terminate()


async def connect_once(url: str) -> Any:
    """One connection of its own. Raises Unavailable."""
    with machine_trouble():
        try:
            return await asyncpg.connect(
                url, timeout=10, server_settings={"application_name": APPLICATION}
            )
        except asyncpg.PostgresError as error:  # no such database, wrong password, …
            raise Unavailable(str(error)) from error


@contextmanager
def machine_trouble() -> Iterator[None]:
    try:
        yield
    except ValueError:  # asyncpg counts an argument it cannot send among its InterfaceErrors
        raise
    except _MACHINE as error:
        _forget_row(error)
        raise Unavailable(str(error) or type(error).__name__) from error
    except asyncpg.PostgresError as error:
        _forget_row(error)
        raise


def _forget_row(error: BaseException) -> None:
    """PostgreSQL quotes the row or key it refuses; who logs the error must not log that."""
    if isinstance(error, asyncpg.PostgresError):
        error.detail = None


async def _nothing(connection: Any) -> None:
    """Instead of asyncpg's reset, a round trip at each release: we keep no session state."""
