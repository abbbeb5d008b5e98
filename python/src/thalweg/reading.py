"""Scans: rows that are there."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.flight as fl

from . import errors
from ._calls import PROCESS, Patience, notes, read_options
from ._follow import Follow
from ._query import Position, Query, by_bucket, place, resolved

if TYPE_CHECKING:
    import pandas
    import polars

__all__ = ["Follow", "Position", "Query", "Scan"]


class Scan:
    """Rows that are there: read when they are asked for, as often as they are asked for.

    Also an Arrow stream for whoever takes one: ``polars.DataFrame(scan)``, ``duckdb.from_arrow``.
    """

    def __init__(
        self,
        query: Query,
        start: Position | None,
        stop: Position | None,
        limit: int | None,
    ) -> None:
        self._query: Final = query
        self._start: Final = None if start is None else place(start)
        self._stop: Final = None if stop is None else place(stop)
        self._limit: Final = _limit(limit)
        self._schema: pa.Schema | None = None
        self.next_offsets: dict[int, int] = {}

    def __repr__(self) -> str:
        columns = "*" if self._query.columns is None else ", ".join(self._query.columns)
        where = f" where {self._query.pushed}" if self._query.pushed else ""
        return f"<scan of {self._query.name}: {columns}{where}>"

    @property
    def schema(self) -> pa.Schema:
        """The schema of the rows."""
        if self._schema is None:
            self._schema = self._query.schema()
        return self._schema

    def _is_of_rows(self) -> bool:
        """Whether the table's current rows are asked for, and not the records of a log."""
        virtual = self._query.name != self._query.table["table"]
        keyed = bool(self._query.table["primary_key"])
        return keyed and not virtual and self._start is None and self._stop is None

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, as they come: no more than a few batches are in memory.

        After a lost connection it goes on where it was, without gap or duplicate.
        """
        left = self._limit
        if left == 0:
            return
        for batch in self._rows() if self._is_of_rows() else self._records():
            assert self._schema is not None  # the stream had one
            rows = self._query.rows(batch, self._schema)
            if left is not None:
                rows = rows.slice(0, left)
                left -= rows.num_rows
            if rows.num_rows:
                yield rows
            if left == 0:
                return

    def _records(self) -> Iterator[pa.RecordBatch]:
        """The records of the log."""
        servers = self._query.servers
        positions, stops = self._range()
        self.next_offsets = positions
        patience = Patience(servers.timeout)
        while True:
            todo = {b: at for b, at in positions.items() if b in stops and at < stops[b]}
            if not stops:
                return
            # Where there is nothing to read, the server is asked all the same: it says who may not read it.
            todo = todo or {b: stops[b] for b in sorted(stops)[:1]}
            ticket = self._query.ticket(start=by_bucket(todo), stop=by_bucket({b: stops[b] for b in todo}))
            address = servers.any()
            stream = None
            try:
                stream = servers.client(address).do_get(ticket, read_options())
                self._schema = self._query.agreed(stream.schema, self._schema)
                for batch, note in notes(stream):
                    if "scanned" in note:
                        return
                    patience.worked()
                    positions[note["bucket"]] = note["next_offset"]
                    if batch.num_rows:
                        yield batch
                raise errors.error("UNAVAILABLE", "the server cut the scan off")
            except Exception as failure:
                error = self._query.explained(failure)
                if not error.retryable:
                    raise error from failure
                servers.lost(address)
                if not patience.pause():
                    raise error from failure
            finally:
                _end(stream)

    def _range(self) -> tuple[dict[int, int], dict[int, int]]:
        """Where each bucket is read from, and up to where."""
        servers, name = self._query.servers, self._query.name
        start = "earliest" if self._start is None else self._start
        stops = resolved(servers, name, "latest" if self._stop is None else self._stop, "latest")
        # Buckets of partitions that were made since offsets were kept have no offset among them.
        grows = bool(self._query.table.get("partition_key")) and not isinstance(self._stop, dict)
        if isinstance(start, dict) and not grows:
            return dict(start), stops
        return resolved(servers, name, start, "earliest"), stops

    def _rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of a primary-key table, bucket by bucket, each as of one offset."""
        servers = self._query.servers
        owners = servers.action("owners", table=self._query.name)
        self.next_offsets = {}
        for bucket in sorted(each["bucket"] for each in owners):
            yield from self._bucket(bucket)

    def _bucket(self, bucket: int) -> Iterator[pa.RecordBatch]:
        servers = self._query.servers
        token: str | None = None
        address: str | None = None
        patience = Patience(servers.timeout)
        while True:
            more = {"bucket": bucket} if token is None else {"bucket": bucket, "resume": token}
            stream = None
            try:
                if address is None:
                    address = self._owner(bucket)
                stream = servers.client(address).do_get(self._query.ticket(**more), read_options())
                self._schema = self._query.agreed(stream.schema, self._schema)
                for batch, note in notes(stream):
                    if "scanned" in note:
                        ends = note["scanned"]["next_offsets"]
                        self.next_offsets.update({int(b): at for b, at in ends.items()})
                        return
                    patience.worked()
                    if batch.num_rows:
                        yield batch
                        token = note.get("resume", token)
                raise errors.error("UNAVAILABLE", "the server cut the scan off")
            except Exception as failure:
                error = self._query.explained(failure)
                anew = token is None and error.code == "SCAN_EXPIRED"
                if not (error.retryable or anew) or not patience.pause():
                    raise error from failure
                if token is None:
                    address = None
            finally:
                _end(stream)

    def _owner(self, bucket: int) -> str:
        for each in self._query.servers.action("owners", table=self._query.name):
            if each["bucket"] == bucket and each.get("endpoints", {}).get("flight"):
                return str(each["endpoints"]["flight"])
        raise errors.error("STALE_OWNER", f"no server owns bucket {bucket} now")

    def to_reader(self) -> pa.RecordBatchReader:
        """The rows as a stream that other libraries read."""
        return pa.RecordBatchReader.from_batches(self.schema, self.to_batches())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_reader().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """The rows as a pyarrow Table."""
        batches = list(self.to_batches())
        return pa.Table.from_batches(batches, self.schema)

    def to_pandas(self, /, **options: Any) -> pandas.DataFrame:
        """The rows as a pandas DataFrame; options are those of ``pyarrow.Table.to_pandas``."""
        return self.to_arrow().to_pandas(**options)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a Polars DataFrame."""
        import polars

        return polars.DataFrame(self.to_arrow())

    def to_lance(self, /, path: str | os.PathLike[str], mode: str = "create", **options: Any) -> Any:
        """Writes the rows into a Lance dataset, a few batches in memory, and gives the dataset.

        :param mode: ``"create"``, ``"append"`` or ``"overwrite"``; other options are those of
            ``lance.write_dataset``. :attr:`next_offsets` is where a later scan goes on
        """
        import lance

        batches = (with_aligned_decimals(batch) for batch in self.to_batches())
        reader = pa.RecordBatchReader.from_batches(self.schema, batches)
        return lance.write_dataset(reader, os.fspath(path), mode=mode, **options)

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return [row for batch in self.to_batches() for row in batch.to_pylist()]

    def count(self) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in self.to_batches())


def _end(stream: fl.FlightStreamReader | None) -> None:
    """Whoever stops early leaves nothing running at the server."""
    if stream is not None and not PROCESS.is_forked():
        stream.cancel()


def _limit(limit: int | None) -> int | None:
    try:
        whole = None if limit is None else operator.index(limit)
    except TypeError:
        whole = -1
    if whole is not None and whole < 0:
        raise errors.error("INVALID_REQUEST", f"limit is {limit!r:.100}; give a number of rows, or None")
    return whole


def with_aligned_decimals(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with decimals in memory of their own: Rust's Arrow wants them at 16 bytes."""
    every = pa.array(range(batch.num_rows), pa.int64())
    columns = [c.take(every) if "decimal" in str(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
