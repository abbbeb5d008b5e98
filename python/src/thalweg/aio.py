"""The same API for asyncio: what waits for a server is awaited.

>>> async with await thalweg.aio.connect("thalweg://127.0.0.1:9420") as connection:
...     table = await connection.table("trips")
...     await table.append(frame)
...     async for batch in await table.follow():
...         ...

Calls run on threads, as Arrow Flight for Python waits in C++; cancelling a task does not end a call
that has begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Final, TypeVar

import pyarrow as pa

from . import connection as _connection
from . import reading, table

T = TypeVar("T")


def _next(iterator: Iterator[T]) -> T | None:
    return next(iterator, None)


async def connect(uri: str = "thalweg://127.0.0.1:9420", timeout: float = 60.0) -> Connection:
    """As :func:`thalweg.connect`."""
    return Connection(await asyncio.to_thread(_connection.Connection, uri, timeout))


class _Twin:
    """Has the methods of what it wraps, each to be awaited."""

    def __init__(self, twin: Any) -> None:
        self._twin: Final = twin

    def __repr__(self) -> str:
        return f"<async {repr(self._twin)[1:]}"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._twin, name)
        if not callable(found):
            return found

        async def call(*arguments: Any, **options: Any) -> Any:
            return _wrapped(await asyncio.to_thread(found, *arguments, **options))

        call.__doc__, call.__name__ = found.__doc__, name
        return call


def _wrapped(result: Any) -> Any:
    for kind, twin in ((table.Table, Table), (reading.Scan, Scan), (reading.Follow, Follow)):
        if isinstance(result, kind):
            return twin(result)
    return result


class Connection(_Twin):
    """As :class:`thalweg.Connection`."""

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._twin.close)


class Table(_Twin):
    """As :class:`thalweg.Table`."""


class Scan(_Twin):
    """As :class:`thalweg.Scan`; iterate over its batches with ``async for``."""

    async def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        batches = self._twin.to_batches()
        while (batch := await asyncio.to_thread(_next, batches)) is not None:
            yield batch


class Follow(_Twin):
    """As :class:`thalweg.Follow`; iterate with ``async for``."""

    async def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        while (batch := await asyncio.to_thread(_next, self._twin)) is not None:
            yield batch

    async def __aenter__(self) -> Follow:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._twin.close()
