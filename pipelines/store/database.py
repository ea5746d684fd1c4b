"""Owns connections and transactions. Must not know what the statements mean."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from pipelines.errors import Doubled, Transient, Unstorable
from pipelines.store import pgcopy
from pipelines.store.statements import statement

Row = dict[str, Any]


class Transaction:
    """Named statements within one database transaction."""

    def __init__(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        self._connection = connection

    async def rows(self, name: str, /, **params: object) -> list[Row]:
        """Runs a named query and returns all rows as dictionaries."""
        cursor = await self._connection.execute(statement(name), _adapted(params))
        return await cursor.fetchall()

    async def row(self, name: str, /, **params: object) -> Row | None:
        """Runs a named query and returns its first row, or None."""
        cursor = await self._connection.execute(statement(name), _adapted(params))
        return await cursor.fetchone()

    async def execute(self, name: str, /, **params: object) -> int:
        """Runs a named statement and returns how many rows it touched."""
        cursor = await self._connection.execute(statement(name), _adapted(params))
        return cursor.rowcount

    async def execute_many(self, name: str, params: Sequence[Mapping[str, object]]) -> None:
        """Runs a named statement once per set of parameters, in one round trip."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(statement(name), [_adapted(p) for p in params])

    async def copy(self, name: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Streams rows through a named ``COPY ... FROM STDIN (FORMAT BINARY)``.

        A ``pgcopy.Table`` goes as one block; other rows are adapted value by value.

        Raises:
            Doubled: a row is there already; nothing of the transaction is kept.
        """
        try:
            async with self._connection.cursor() as cursor, cursor.copy(statement(name)) as copy:
                if isinstance(rows, pgcopy.Table):
                    await copy.write(rows.payload(types))
                    return
                copy.set_types(types)
                for row in rows:
                    await copy.write_row(row)
        except psycopg.errors.UniqueViolation as error:
            raise Doubled(str(error)) from error


class Database:
    """A pool of connections: ``async with Database(url) as database: ...``

    Used without ``async with`` it opens itself at first use, in whichever event loop that is.
    """

    def __init__(self, url: str, *, max_size: int = 8) -> None:
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=max_size,
            open=False,
            timeout=10,
            kwargs={"row_factory": dict_row},
            check=AsyncConnectionPool.check_connection,
        )

    async def __aenter__(self) -> Database:
        try:
            await self._pool.open(wait=True, timeout=30)
        except PoolTimeout as error:
            await self._pool.close()
            raise Transient(f"database cannot be reached: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: commits at the end, rolls back when the body raises.

        Raises:
            Transient: the database cannot be reached now.
            Unstorable: a value is beyond what its column holds.
        """
        try:
            if self._pool.closed:
                await self._pool.open()
            async with self._pool.connection() as connection:
                yield Transaction(connection)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Transient(f"database: {error}") from error
        except psycopg.DataError as error:
            raise Unstorable(str(error)) from error

    async def rows(self, name: str, /, **params: object) -> list[Row]:
        """``Transaction.rows`` in a transaction of its own."""
        async with self.transaction() as tx:
            return await tx.rows(name, **params)

    async def row(self, name: str, /, **params: object) -> Row | None:
        """``Transaction.row`` in a transaction of its own."""
        async with self.transaction() as tx:
            return await tx.row(name, **params)

    async def execute(self, name: str, /, **params: object) -> int:
        """``Transaction.execute`` in a transaction of its own."""
        async with self.transaction() as tx:
            return await tx.execute(name, **params)

    async def query(self, sql: str) -> list[Row]:
        """Runs SQL that is not ours, such as a board's panel; the database refuses writes."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION READ ONLY")
            cursor = await connection.execute(sql)
            return await cursor.fetchall()


def _adapted(params: Mapping[str, object]) -> dict[str, object]:
    return {k: Jsonb(v) if isinstance(v, (dict, list, tuple)) else v for k, v in params.items()}
