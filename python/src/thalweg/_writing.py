"""Batches on their way to servers, each stored once. Internal."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.flight as fl

from . import errors, hashing
from ._calls import Deadline, Servers

# A server recognises a batch that it has stored among the last sixteen of a writer in a bucket.
_WINDOW: Final = 16
_SENT: Final = 64
_BATCH_BYTES: Final = 4 << 20
_BATCH_ROWS: Final = 262_144
_MISSING: Final = -1


@dataclass(frozen=True)
class Part:
    """Rows of one batch in one bucket: their first offset, and how many they are.

    ``duplicate`` says that an earlier copy of the batch had been stored already.
    """

    bucket: int
    base_offset: int
    count: int
    duplicate: bool


@dataclass(frozen=True)
class Written:
    """What was written, durably: how many rows, and where they are."""

    rows: int
    parts: list[Part] = field(repr=False)

    @property
    def next_offsets(self) -> dict[int, int]:
        """By bucket, the offset behind the last of these rows: a scan that stops there has all."""
        ends: dict[int, int] = {}
        for part in self.parts:
            ends[part.bucket] = max(ends.get(part.bucket, 0), part.base_offset + part.count)
        return ends


@dataclass
class _Item:
    number: int
    bucket: int
    batch: pa.RecordBatch
    sequence: int
    # Copies that were sent and got no answer.
    unheard: int = 0


class _Lane:
    """One DoPut stream to one server."""

    def __init__(self, client: fl.FlightClient, descriptor: fl.FlightDescriptor, schema: pa.Schema) -> None:
        self.writer, self.reader = client.do_put(descriptor, schema)
        self.sent: deque[_Item] = deque()

    def is_full(self, bucket: int) -> bool:
        return len(self.sent) >= _SENT or sum(item.bucket == bucket for item in self.sent) >= _WINDOW

    def send(self, item: _Item) -> None:
        self.sent.append(item)
        item.unheard += 1
        note = json.dumps({"bucket": item.bucket, "sequence": item.sequence})
        self.writer.write_with_metadata(item.batch, note.encode())

    def acknowledged(self) -> tuple[_Item, list[dict[str, Any]]]:
        """Waits for the answer to the oldest batch; raises where the stream is over."""
        answer = self.reader.read()
        if answer is None:
            self.writer.close()  # raises what ended the stream
            raise errors.error("UNAVAILABLE", "the server ended the stream")
        return self.sent.popleft(), json.loads(answer.to_pybytes())["parts"]

    def finish(self) -> None:
        self.writer.done_writing()
        while self.reader.read() is not None:
            pass
        self.writer.close()

    def give_up(self) -> None:
        # It may be over already, which is why it is given up.
        with contextlib.suppress(pa.ArrowException, OSError):
            self.writer.close()


class Writer:
    """Writes rows of a table, each batch once, over any number of calls. One thread at a time."""

    def __init__(self, servers: Servers, table: dict[str, Any], schema: pa.Schema) -> None:
        self._servers: Final = servers
        self._table: Final = table
        self.targets: Final = Targets(servers, table, schema)
        self._routes: Final = _Routes(servers, table)
        self._id: dict[str, int] | None = None
        self._sequences: dict[int, int] = {}

    def write(
        self,
        batches: Iterable[pa.RecordBatch],
        makes: bool = True,
        wrote: Callable[[int], None] | None = None,
    ) -> Written:
        """Writes batches of one schema.

        :param makes: whether a missing partition is made; else its rows are left out
        :param wrote: is told how many rows more are durable
        """
        if self._id is None:
            self._id = self._servers.action("open-writer")[0]
            self._sequences = {}
        delivery = _Delivery(self._servers, self._table, self._id, self._routes)
        try:
            for bucket, batch in self.targets.split(batches, makes):
                delivery.add(bucket, batch, self._number(bucket, batch), wrote)
            return delivery.finish(wrote)
        except BaseException as failure:
            # Behind a batch that failed, this writer's sequences have a gap for ever.
            self._id = None
            self.targets.forget()
            delivery.give_up()
            if isinstance(failure, errors.ThalwegError):
                raise delivery.told(failure) from failure
            raise

    def _number(self, bucket: int, batch: pa.RecordBatch) -> int:
        sequence = self._sequences.get(bucket, 0)
        self._sequences[bucket] = (sequence + batch.num_rows) % 2**31
        return sequence


class _Delivery:
    """The batches of one call."""

    def __init__(
        self, servers: Servers, table: dict[str, Any], writer: dict[str, int], routes: _Routes
    ) -> None:
        self._servers = servers
        self._routes = routes
        command = {
            "table": table["table"],
            "table_id": table["table_id"],
            "schema_id": table["schema_id"],
            "writer": {"id": writer["id"], "epoch": writer["epoch"]},
        }
        self._descriptor = fl.FlightDescriptor.for_command(json.dumps(command))
        self._lanes: dict[str, _Lane] = {}
        self._queue: deque[_Item] = deque()
        self._added = 0
        self._parts: list[Part] = []
        self._unknown = 0
        self._deadline = Deadline(servers.timeout)

    def add(
        self,
        bucket: int,
        batch: pa.RecordBatch,
        sequence: int,
        wrote: Callable[[int], None] | None,
    ) -> None:
        self._queue.append(_Item(self._added, bucket, batch, sequence))
        self._added += 1
        self._pump(wrote)

    def _pump(self, wrote: Callable[[int], None] | None) -> None:
        """Sends what is queued, in its order."""
        while self._queue:
            item = self._queue[0]
            address = ""
            try:
                address = self._routes.address(item.bucket)
                elsewhere = self._elsewhere(address, item.bucket)
                if elsewhere is not None:
                    address = elsewhere
                    self._read(self._lanes[address], wrote)
                    continue
                lane = self._lanes.get(address)
                if lane is None:
                    lane = _Lane(self._servers.client(address), self._descriptor, item.batch.schema)
                    self._lanes[address] = lane
                if lane.is_full(item.bucket):
                    self._read(lane, wrote)
                    continue
                self._queue.popleft()
                lane.send(item)
            except Exception as failure:
                self._broken(address, failure)

    def _elsewhere(self, address: str, bucket: int) -> str | None:
        """Another server that has batches of the bucket under way: their order must be kept."""
        for other, lane in self._lanes.items():
            if other != address and any(item.bucket == bucket for item in lane.sent):
                return other
        return None

    def _read(self, lane: _Lane, wrote: Callable[[int], None] | None) -> None:
        item, parts = lane.acknowledged()
        self._deadline = Deadline(self._servers.timeout)
        for part in parts:
            self._parts.append(Part(part["bucket"], part["base_offset"], part["count"], part["duplicate"]))
        if wrote:
            wrote(item.batch.num_rows)

    def _broken(self, address: str, failure: Exception) -> None:
        """Queues again what got no answer, or raises where that does not help."""
        lane = self._lanes.pop(address, None)
        unanswered = list(lane.sent) if lane else []
        if lane:
            try:
                lane.writer.close()
            except Exception as end:
                # The stream's end says more than the call that met it.
                failure = end if errors.is_told(end) or not errors.is_told(failure) else failure
        told, error = errors.is_told(failure), errors.of(failure)
        if told and unanswered:
            unanswered[0].unheard -= 1
        again = error.retryable or (not told and error.code == "UNAVAILABLE")
        if not again:
            # In other buckets than the refused one, batches behind it may be stored.
            behind = [item for item in unanswered[1:] if item.bucket != unanswered[0].bucket]
            self._unknown += sum(item.batch.num_rows for item in behind)
        if not again and unanswered and unanswered[0].unheard > 0:
            raise errors.error("UNKNOWN_OUTCOME", f"rows may or may not be stored: {error}") from failure
        if not again:
            raise error from failure
        self._queue = deque(sorted([*unanswered, *self._queue], key=lambda item: item.number))
        self._servers.lost(address)
        if not self._deadline.pause():
            unknown = any(item.unheard > 0 for item in self._queue)
            raise (
                errors.error("UNKNOWN_OUTCOME", f"rows may or may not be stored: {error}")
                if unknown
                else error
            ) from failure
        self._routes.refresh()

    def finish(self, wrote: Callable[[int], None] | None) -> Written:
        while True:
            self._pump(wrote)
            waiting = next(((a, lane) for a, lane in self._lanes.items() if lane.sent), None)
            if waiting is None:
                break
            try:
                self._read(waiting[1], wrote)
            except Exception as failure:
                self._broken(waiting[0], failure)
        for lane in self._lanes.values():
            # Everything is acknowledged, so its end says nothing more.
            with contextlib.suppress(pa.ArrowException, OSError):
                lane.finish()
        return Written(sum(part.count for part in self._parts), self._parts)

    def told(self, failure: errors.ThalwegError) -> errors.ThalwegError:
        """The error with what became of the call's other rows."""
        stored = sum(part.count for part in self._parts)
        under_way = self._unknown + sum(
            item.batch.num_rows for lane in self._lanes.values() for item in lane.sent
        )
        said = [f"{stored:,} rows of this call are stored"] if stored else []
        if under_way:
            said.append(f"of {under_way:,} more nobody knows")
        return failure if not said else failure.with_note(", ".join(said))

    def give_up(self) -> None:
        for lane in self._lanes.values():
            lane.give_up()


class _Routes:
    """Which server takes a bucket's rows: of a log any, of rows by key the owner."""

    def __init__(self, servers: Servers, table: dict[str, Any]) -> None:
        self._servers = servers
        self._table = table
        self._keyed = bool(table["primary_key"])
        self._owners: dict[int, str] = {}

    def address(self, bucket: int) -> str:
        if not self._keyed:
            return self._servers.any()
        if bucket not in self._owners:
            self.refresh()
            if bucket not in self._owners:
                raise errors.error("STALE_OWNER", f"no server owns bucket {bucket} now")
        return self._owners[bucket]

    def refresh(self) -> None:
        if self._keyed:
            found = self._servers.action("owners", table=self._table["table"])
            self._owners = {
                each["bucket"]: each["endpoints"]["flight"]
                for each in found
                if each.get("endpoints", {}).get("flight")
            }

    def owners(self) -> dict[int, str]:
        """By bucket, the owners' addresses."""
        self.refresh()
        return dict(self._owners)


class Targets:
    """Cuts batches into such for one bucket each."""

    def __init__(self, servers: Servers, table: dict[str, Any], schema: pa.Schema) -> None:
        self._servers = servers
        self._table = table
        self._schema = schema
        self._buckets: int = table["buckets"]
        self._key: list[str] = table["bucket_key"] if self._buckets > 1 else []
        self._partition_key: list[str] = table.get("partition_key") or []
        self._known: dict[tuple[Any, ...], int] = {}
        self._turn = 0

    def split(self, batches: Iterable[pa.RecordBatch], makes: bool) -> Iterator[tuple[int, pa.RecordBatch]]:
        for whole in batches:
            for batch in _pieces(whole):
                if self._key or self._partition_key:
                    yield from self._grouped(batch, makes)
                else:
                    yield self._turn % self._buckets, batch
                    self._turn += 1

    def _grouped(self, batch: pa.RecordBatch, makes: bool) -> Iterator[tuple[int, pa.RecordBatch]]:
        numbers = np.zeros(batch.num_rows, np.int64)
        if self._partition_key:
            numbers = self._partitions(batch, makes) * self._buckets
        if self._key:
            hashed = hashing.buckets([self._column(batch, name) for name in self._key], self._buckets)
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


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in pieces that a message holds easily."""
    if not batch.num_rows:
        return
    by_bytes = max(1, int(batch.num_rows * _BATCH_BYTES / max(1, batch.nbytes)))
    step = min(_BATCH_ROWS, by_bytes)
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)
