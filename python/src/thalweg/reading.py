"""Scans with an end, and tables that are followed."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, Union

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as fl

from . import errors, filters, types
from ._calls import Deadline, Servers, notes, read_options

if TYPE_CHECKING:
    import pandas
    import polars

Position: TypeAlias = Union[str, int, datetime, Mapping[int, int]]

_QUEUED: Final = 2


def position(at: Position) -> Any:
    """A position as tickets have it."""
    if isinstance(at, datetime):
        moment = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
        return {"timestamp": int(moment.timestamp() * 1000)}
    if isinstance(at, Mapping):
        return {str(bucket): offset for bucket, offset in at.items()}
    return at


class Query:
    """What a scan asks for: columns, a filter, and which of it the server answers. Immutable."""

    def __init__(
        self,
        servers: Servers,
        table: dict[str, Any],
        name: str,
        columns: Iterable[str] | None,
        filter: str | pc.Expression | None,
    ) -> None:
        self.servers: Final = servers
        self.table: Final = table
        self.name: Final = name
        if isinstance(columns, str):
            raise errors.error("INVALID_REQUEST", f"columns is a list of names, not '{columns}'")
        self.columns: Final = None if columns is None else list(columns)
        self._expression: Final = filter if isinstance(filter, pc.Expression) else None
        self._more: list[str] = []
        self.pushed: Final = self._push(filter)

    def _push(self, filter: str | pc.Expression | None) -> str | None:
        if filter is None or isinstance(filter, str):
            return filter
        everything = self._schema_of({"table": self.name})
        if self.columns is not None:
            # The client looks at the whole filter again, so it needs its columns.
            used = _names(filter, everything)
            self._more.extend(name for name in used if name not in self.columns)
        return filters.pushed(filter, everything)

    def ticket(self, **more: Any) -> dict[str, Any]:
        """A ticket of this query."""
        ticket: dict[str, Any] = {"table": self.name, "table_id": self.table["table_id"]}
        ticket["schema_id"] = self.table["schema_id"]
        if self.columns is not None:
            ticket["columns"] = self.columns + self._more
        if self.pushed is not None:
            ticket["filter"] = self.pushed
        ticket.update(more)
        return ticket

    def _schema_of(self, ticket: dict[str, Any]) -> pa.Schema:
        descriptor = fl.FlightDescriptor.for_command(json.dumps(ticket))
        return self.servers.again(lambda at: self.servers.client(at).get_schema(descriptor).schema)

    def schema(self, **more: Any) -> pa.Schema:
        """The schema of what comes for a ticket with these fields too."""
        try:
            whole = self._schema_of(self.ticket(**more))
        except errors.SchemaError as misfit:
            raise self._nearest(misfit) from misfit
        return pa.schema([whole.field(i) for i in range(len(whole) - len(self._more))])

    def _nearest(self, misfit: errors.SchemaError) -> errors.ThalwegError:
        known = [column["name"] for column in self.table["columns"]]
        for name in self.columns or []:
            if f"'{name}'" in misfit.message and name not in known:
                return types.unknown(name, known, self.name)
        return misfit

    def rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Those rows and columns of a server's batch that were asked for."""
        if self._expression is not None:
            batch = batch.filter(self._expression)
        if self._more:
            batch = batch.select(list(range(batch.num_columns - len(self._more))))
        return batch


def _names(expression: pc.Expression, schema: pa.Schema) -> list[str]:
    """The columns that an expression looks at; all of them where it does not say."""
    text = str(expression)
    return [name for name in schema.names if name in text]


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
        self._start: Final = start
        self._stop: Final = stop
        self._limit: Final = limit
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
            records = {} if self._is_of_rows() else {"start": "earliest"}
            self._schema = self._query.schema(**records)
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
        schema = self.schema
        for batch in self._rows() if self._is_of_rows() else self._records():
            rows = self._query.rows(batch)
            if left is not None:
                rows = rows.slice(0, left)
                left -= rows.num_rows
            if rows.num_rows:
                yield pa.RecordBatch.from_arrays(rows.columns, schema=schema)
            if left == 0:
                return

    def _records(self) -> Iterator[pa.RecordBatch]:
        """The records of the log."""
        servers = self._query.servers
        start, stop = "earliest" if self._start is None else self._start, self._stop
        positions = resolved(servers, self._query.name, start, "earliest")
        stops = resolved(servers, self._query.name, "latest" if stop is None else stop, "latest")
        self.next_offsets = positions
        deadline = Deadline(servers.timeout)
        while True:
            todo = {b: at for b, at in positions.items() if b in stops and at < stops[b]}
            if not todo:
                return
            ticket = self._query.ticket(start=position(todo), stop=position({b: stops[b] for b in todo}))
            address = servers.any()
            stream = None
            try:
                stream = servers.client(address).do_get(fl.Ticket(json.dumps(ticket)), read_options())
                for batch, note in notes(stream):
                    if "scanned" in note:
                        return
                    deadline = Deadline(servers.timeout)
                    positions[note["bucket"]] = note["next_offset"]
                    if batch.num_rows:
                        yield batch
                raise errors.error("UNAVAILABLE", "the server cut the scan off")
            except Exception as failure:
                error = errors.of(failure)
                if not error.retryable:
                    raise error from failure
                servers.lost(address)
                if not deadline.pause():
                    raise error from failure
            finally:
                _end(stream)

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
        deadline = Deadline(servers.timeout)
        while True:
            more = {"bucket": bucket} if token is None else {"bucket": bucket, "resume": token}
            stream = None
            try:
                if address is None:
                    address = self._owner(bucket)
                ticket = fl.Ticket(json.dumps(self._query.ticket(**more)))
                stream = servers.client(address).do_get(ticket, read_options())
                for batch, note in notes(stream):
                    if "scanned" in note:
                        ends = note["scanned"]["next_offsets"]
                        self.next_offsets.update({int(b): at for b, at in ends.items()})
                        return
                    deadline = Deadline(servers.timeout)
                    if batch.num_rows:
                        yield batch
                        token = note.get("resume", token)
                raise errors.error("UNAVAILABLE", "the server cut the scan off")
            except Exception as failure:
                error = errors.of(failure)
                anew = token is None and error.code == "SCAN_EXPIRED"
                if not (error.retryable or anew) or not deadline.pause():
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
        return pa.Table.from_batches(self.to_batches(), self.schema)

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

        return lance.write_dataset(self.to_reader(), os.fspath(path), mode=mode, **options)

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return [row for batch in self.to_batches() for row in batch.to_pylist()]

    def count(self) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in self.to_batches())


def _end(stream: fl.FlightStreamReader | None) -> None:
    """Whoever stops early leaves nothing running at the server."""
    if stream is not None:
        stream.cancel()


def resolved(servers: Servers, table: str, at: Position, others: str) -> dict[int, int]:
    """By bucket, the offset of a position; of buckets that it does not name that of ``others``."""
    if isinstance(at, Mapping) and others == "earliest":
        return {int(bucket): offset for bucket, offset in at.items()}
    asked: Any = at
    if isinstance(at, datetime):
        asked = position(at)["timestamp"]
    elif isinstance(at, Mapping) or (isinstance(at, int) and not isinstance(at, bool)):
        asked = others
    found = {each["bucket"]: each["offset"] for each in _offsets(servers, table, asked)}
    if isinstance(at, Mapping):
        found.update({int(bucket): offset for bucket, offset in at.items()})
    elif isinstance(at, int):
        found = dict.fromkeys(found, at)
    return found


def _offsets(servers: Servers, table: str, at: Any) -> list[dict[str, Any]]:
    found = servers.action("offsets", table=table, at=at)
    return [{"bucket": each.get("bucket", 0), "offset": each["offset"]} for each in found]


class Follow:
    """Rows as they arrive, for ever. One thread iterates; any thread may close it.

    ``positions`` are those behind the rows that were given: keep them, and a later ``follow`` goes
    on there.
    """

    def __init__(self, query: Query, start: Position, idle: float | None) -> None:
        self._query = query
        self._idle = idle
        self.positions: dict[int, int] = resolved(query.servers, query.name, start, "earliest")
        self._all = not isinstance(start, Mapping)
        self.schema: Final = query.schema(start="earliest")
        self._queue: queue.Queue[tuple[Any, Any]] = queue.Queue(_QUEUED)
        self._stream: fl.FlightStreamReader | None = None
        self._closed = threading.Event()
        self._reading: dict[int, int] = dict(self.positions)
        self._thread = threading.Thread(target=self._read, name=f"thalweg-follow-{query.name}", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        """On a thread of its own: a few batches ahead of whoever iterates."""
        servers = self._query.servers
        deadline = Deadline(servers.timeout)
        while not self._closed.is_set():
            address = servers.any()
            try:
                ticket = self._query.ticket(start=position(self._reading), stop="never")
                if self._query.table.get("partition_key"):
                    ticket["new_partitions"] = True
                self._stream = servers.client(address).do_get(fl.Ticket(json.dumps(ticket)), read_options())
                for batch, note in notes(self._stream):
                    deadline = Deadline(servers.timeout)
                    if "bucket" in note:
                        self._reading[note["bucket"]] = note["next_offset"]
                        self._put((batch, note))
                raise errors.error("UNAVAILABLE", "the server ended the stream")
            except Exception as failure:
                error = errors.of(failure)
                servers.lost(address)
                if not error.retryable or not deadline.pause():
                    self._put((None, error))
                    return

    def _put(self, what: tuple[Any, Any]) -> None:
        while not self._closed.is_set():
            try:
                self._queue.put(what, timeout=0.5)
                return
            except queue.Full:
                continue

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        deadline = None if self._idle is None else Deadline(self._idle)
        while not self._closed.is_set():
            try:
                batch, note = self._queue.get(timeout=0.5 if deadline is None else deadline.left() or 0.001)
            except queue.Empty:
                if deadline is not None and deadline.left() <= 0:
                    break
                continue
            if batch is None:
                self.close()
                raise note
            self.positions[note["bucket"]] = note["next_offset"]
            rows = self._query.rows(batch)
            if rows.num_rows:
                return pa.RecordBatch.from_arrays(rows.columns, schema=self.schema)
        raise StopIteration

    def close(self) -> None:
        """Ends it; an iteration that waits ends too."""
        self._closed.set()
        stream = self._stream
        if stream is not None:
            stream.cancel()

    def __enter__(self) -> Follow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<follow of {self._query.name} at {self.positions}>"
