"""The same API for asyncio: what waits for a server is awaited.

>>> async with await thalweg.aio.connect("thalweg://127.0.0.1:9420") as connection:
...     table = await connection.table("trips")
...     await table.append(frame)
...     async for batch in await table.follow():
...         ...

Calls run on threads, as Arrow Flight for Python waits in C++; cancelling a task does not end a call
that has begun. A follow waits on no thread of the loop: however many of them wait, calls go on, and
cancelling one that waits loses no rows.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, Final, Generic, ParamSpec, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from . import _follow as _following
from . import connection as _connection
from . import reading as _reading
from . import table as _table
from ._security import Security

P = ParamSpec("P")
T = TypeVar("T")
W = TypeVar("W", bound="_Twin[Any]")

_Awaited: TypeAlias = Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]


def _awaited(method: Callable[Concatenate[Any, P], T]) -> _Awaited[P, T]:
    """A method of what a twin wraps, to be awaited."""

    @functools.wraps(method)
    async def call(self: Any, /, *arguments: P.args, **options: P.kwargs) -> T:
        return await asyncio.to_thread(method, self._twin, *arguments, **options)

    return call


def _twinned(method: Callable[Concatenate[Any, P], Any], kind: Callable[[Any], W]) -> _Awaited[P, W]:
    """As :func:`_awaited`, for a method that gives what has a twin too."""

    @functools.wraps(method)
    async def call(self: Any, /, *arguments: P.args, **options: P.kwargs) -> W:
        def made() -> W:
            twin = method(self._twin, *arguments, **options)
            # It is asked for now, on this thread, so that nobody waits for it on the loop's.
            _ = twin.schema
            return kind(twin)

        return await asyncio.to_thread(made)

    return call


class _Twin(Generic[T]):
    """Stands for an object of the API that waits for servers."""

    def __init__(self, twin: T) -> None:
        self._twin: Final = twin

    def __repr__(self) -> str:
        return f"<async {repr(self._twin)[1:]}"


class _HasSchema(Protocol):
    @property
    def schema(self) -> pa.Schema: ...


R = TypeVar("R", bound=_HasSchema)


class _OfRows(_Twin[R]):
    """Stands for an object that has rows."""

    @property
    def schema(self) -> pa.Schema:
        """The schema of the rows."""
        return self._twin.schema


def _next(iterator: Iterator[T]) -> T | None:
    return next(iterator, None)


class Scan(_OfRows[_reading.Scan]):
    """As :class:`thalweg.Scan`; iterate over its batches with ``async for``."""

    @property
    def next_offsets(self) -> dict[int, int]:
        """By bucket, the offset behind the rows that were given."""
        return self._twin.next_offsets

    async def to_batches(self) -> AsyncIterator[pa.RecordBatch]:
        """The rows, as they come: no more than a few batches are in memory."""
        batches = self._twin.to_batches()
        while (batch := await asyncio.to_thread(_next, batches)) is not None:
            yield batch

    def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        return self.to_batches()

    to_arrow = _awaited(_reading.Scan.to_arrow)
    to_pandas = _awaited(_reading.Scan.to_pandas)
    to_polars = _awaited(_reading.Scan.to_polars)
    to_lance = _awaited(_reading.Scan.to_lance)
    to_pylist = _awaited(_reading.Scan.to_pylist)
    count = _awaited(_reading.Scan.count)


class Follow(_OfRows[_reading.Follow]):
    """As :class:`thalweg.Follow`; iterate with ``async for``."""

    @property
    def positions(self) -> dict[int, int]:
        """By bucket, the offset behind the rows that were given."""
        return self._twin.positions

    async def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        while (batch := await _following.arrived(self._twin)) is not None:
            yield batch

    def close(self) -> None:
        """Ends it; an iteration that waits ends too."""
        self._twin.close()

    async def __aenter__(self) -> Follow:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Table(_OfRows[_table.Table]):
    """As :class:`thalweg.Table`."""

    @property
    def name(self) -> str:
        """Its name with that of its database."""
        return self._twin.name

    @property
    def columns(self) -> list[_table.Column]:
        """Its columns in order."""
        return self._twin.columns

    @property
    def primary_key(self) -> list[str]:
        """The columns of its primary key; empty for a log."""
        return self._twin.primary_key

    @property
    def properties(self) -> dict[str, str]:
        """Its options."""
        return self._twin.properties

    async def refresh(self) -> None:
        """Takes the table as it is now: after a change, new columns are known."""
        await self._changed(self._twin.refresh)

    async def alter(self, changes: str) -> None:
        """Changes columns or options: ``"ADD COLUMN carrier STRING DEFAULT 'LH'"``."""
        await self._changed(lambda: self._twin.alter(changes))

    async def describe(self) -> dict[str, Any]:
        """All that the cluster says of it now."""
        return await self._changed(self._twin.describe)

    async def _changed(self, call: Callable[[], T]) -> T:
        """Makes a call that forgets the schema, and asks for it again at once."""
        return await asyncio.to_thread(lambda: (call(), self._twin.schema)[0])

    append = _awaited(_table.Table.append)
    upsert = _awaited(_table.Table.upsert)
    delete = _awaited(_table.Table.delete)
    scan = _twinned(_table.Table.scan, Scan)
    changelog = _twinned(_table.Table.changelog, Scan)
    binlog = _twinned(_table.Table.binlog, Scan)
    rejected = _twinned(_table.Table.rejected, Scan)
    follow = _twinned(_table.Table.follow, Follow)
    lookup = _awaited(_table.Table.lookup)
    lookup_many = _awaited(_table.Table.lookup_many)
    lookup_prefix = _awaited(_table.Table.lookup_prefix)
    offsets = _awaited(_table.Table.offsets)
    count = _awaited(_table.Table.count)
    aggregate = _awaited(_table.Table.aggregate)
    statistics = _awaited(_table.Table.statistics)
    partitions = _awaited(_table.Table.partitions)
    drop_partition = _awaited(_table.Table.drop_partition)


class Connection(_Twin[_connection.Connection]):
    """As :class:`thalweg.Connection`."""

    databases = _awaited(_connection.Connection.databases)
    create_database = _awaited(_connection.Connection.create_database)
    drop_database = _awaited(_connection.Connection.drop_database)
    tables = _awaited(_connection.Connection.tables)
    create_table = _twinned(_connection.Connection.create_table, Table)
    table = _twinned(_connection.Connection.table, Table)
    drop_table = _awaited(_connection.Connection.drop_table)
    close = _awaited(_connection.Connection.close)

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def connect(
    uri: str = "thalweg://127.0.0.1:9420",
    timeout: float = 60.0,
    *,
    user: str | None = None,
    password: str | None = None,
    tls_ca: str | Path | None = None,
    tls_certificate: str | Path | None = None,
    tls_key: str | Path | None = None,
    insecure: bool = False,
) -> Connection:
    """As :func:`thalweg.connect`."""
    security = Security(user, password, tls_ca, tls_certificate, tls_key, insecure)
    return Connection(await asyncio.to_thread(_connection.Connection, uri, timeout, security))
