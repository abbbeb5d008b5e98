"""Which bucket each row goes to, and the partitions that are made for it. Internal."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from . import errors, hashing
from ._calls import Servers
from ._pieces import pieces

_MISSING: Final = -1


class Targets:
    """Cuts batches into such for one bucket each."""

    def __init__(self, servers: Servers, table: dict[str, Any], schema: pa.Schema) -> None:
        self._servers = servers
        self._table = table
        self._schema = schema
        self._buckets: int = table["buckets"]
        self._key: list[str] = table["bucket_key"] if self._buckets > 1 else []
        self._function: str = table["properties"].get("bucket.function", "murmur3")
        self._partition_key: list[str] = table.get("partition_key") or []
        self._known: dict[tuple[Any, ...], int] = {}
        self._turn = 0

    def split(self, batches: Iterable[pa.RecordBatch], makes: bool) -> Iterator[tuple[int, pa.RecordBatch]]:
        first = 0
        for whole in batches:
            for batch in pieces(whole, self._schema, first):
                if self._key or self._partition_key:
                    yield from self._grouped(batch, makes)
                else:
                    yield self._turn % self._buckets, batch
                    self._turn += 1
            first += whole.num_rows

    def _grouped(self, batch: pa.RecordBatch, makes: bool) -> Iterator[tuple[int, pa.RecordBatch]]:
        numbers = np.zeros(batch.num_rows, np.int64)
        if self._partition_key:
            numbers = self._partitions(batch, makes) * self._buckets
        if self._key:
            columns = [self._column(batch, name) for name in self._key]
            hashed = hashing.buckets(columns, self._buckets, self._function)
            numbers = np.where(numbers < 0, _MISSING, numbers + hashed)
        elif self._buckets > 1:
            numbers = np.where(numbers < 0, _MISSING, numbers + self._turn % self._buckets)
            self._turn += 1
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        for start, end in zip(starts, [*starts[1:], len(ordered)]):
            if ordered[start] >= 0:
                whole = end - start == batch.num_rows
                yield int(ordered[start]), batch if whole else batch.take(pa.array(order[start:end]))

    def _column(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        """A column of a key, in the table's type."""
        at = batch.schema.get_field_index(name)
        if at < 0:
            wanted = self._schema.field(name).type
            if self._table["primary_key"]:
                raise errors.error("SCHEMA_MISMATCH", f"the key's column '{name}' is missing")
            return pa.nulls(batch.num_rows, wanted)
        try:
            return batch.column(at).cast(self._schema.field(name).type)
        except pa.ArrowException as misfit:
            raise errors.error("SCHEMA_MISMATCH", f"column '{name}': {misfit}") from misfit

    def _partitions(self, batch: pa.RecordBatch, makes: bool) -> npt.NDArray[np.int64]:
        columns = [self._column(batch, name) for name in self._partition_key]
        coded = pa.table(columns, names=[str(i) for i in range(len(columns))])
        distinct = coded.group_by(coded.column_names).aggregate([]).to_pylist()
        numbers = {tuple(row.values()): self._number(tuple(row.values()), makes) for row in distinct}
        if len(numbers) == 1:
            return np.full(batch.num_rows, next(iter(numbers.values())), np.int64)
        rows = zip(*(column.to_pylist() for column in columns))
        return np.fromiter((numbers[row] for row in rows), np.int64, batch.num_rows)

    def _number(self, values: tuple[Any, ...], makes: bool) -> int:
        known = self._known.get(values)
        if known is not None:
            return known
        texts = dict(zip(self._partition_key, map(partition_text, values)))
        table = self._table["table"]
        found = self._servers.action("list-partitions", table=table, partition=texts)
        if not found and makes:
            found = self._servers.action("create-partition", table=table, partition=texts, if_not_exists=True)
        if not found:
            return _MISSING
        self._known[values] = int(found[0]["number"])
        return self._known[values]

    def forget(self) -> None:
        """Partitions may have been dropped."""
        self._known.clear()


def partition_text(value: Any) -> str | None:
    """A partition column's value as requests name it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return str(value)
