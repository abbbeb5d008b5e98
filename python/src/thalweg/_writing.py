"""Batches on their way to servers, each stored once. Internal."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.flight as fl

from . import errors
from ._calls import Deadline, Servers
from ._targets import Targets

# A server recognises a batch that it has stored among the last sixteen of a writer in a bucket.
_WINDOW: Final = 16
_SENT: Final = 64


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
    # No copy is stored, for sure.
    refused: bool = False


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
        before: int = 0,
    ) -> Written:
        """Writes batches of one schema.

        :param makes: whether a missing partition is made; else its rows are left out
        :param wrote: is told how many rows more are durable
        :param before: rows of the same call that are stored already
        """
        if self._id is None:
            self._id = self._servers.action("open-writer")[0]
            self._sequences = {}
        delivery = _Delivery(self._servers, self._table, self._id, self._routes, wrote)
        try:
            for bucket, batch in self.targets.split(batches, makes):
                delivery.add(bucket, batch, self._number(bucket, batch))
            return delivery.finish()
        except BaseException as failure:
            # Behind a batch that failed, this writer's sequences have a gap for ever.
            self._id = None
            self.targets.forget()
            if isinstance(failure, Exception):  # whoever interrupts does not want to wait
                delivery.settle()
            delivery.give_up()
            said = delivery.said(before)
            if said and isinstance(failure, errors.ThalwegError):
                raise failure.with_note(said) from failure
            if said:
                errors.add_note(failure, said)
            raise

    def _number(self, bucket: int, batch: pa.RecordBatch) -> int:
        sequence = self._sequences.get(bucket, 0)
        self._sequences[bucket] = (sequence + batch.num_rows) % 2**31
        return sequence


class _Delivery:
    """The batches of one call."""

    def __init__(
        self,
        servers: Servers,
        table: dict[str, Any],
        writer: dict[str, int],
        routes: _Routes,
        wrote: Callable[[int], None] | None,
    ) -> None:
        self._servers = servers
        self._routes = routes
        self._wrote = wrote
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
        # Batches up to this one wait for the answer to the one before.
        self._careful = -1
        self._refusal: errors.ThalwegError | None = None
        # Begins at the first failure behind an answer: a slow source takes nothing of it.
        self._deadline: Deadline | None = None

    def add(self, bucket: int, batch: pa.RecordBatch, sequence: int) -> None:
        self._queue.append(_Item(self._added, bucket, batch, sequence))
        self._added += 1
        self._pump()

    def _pump(self) -> None:
        """Sends what is queued, in its order."""
        while self._queue:
            item = self._queue[0]
            address, sends = "", False
            try:
                address = self._routes.address(item.bucket)
                elsewhere = self._elsewhere(address, item.bucket)
                if elsewhere is not None:
                    address = elsewhere
                    self._read(self._lanes[address])
                    continue
                lane = self._lanes.get(address)
                if lane is None:
                    lane = _Lane(self._servers.client(address), self._descriptor, item.batch.schema)
                    self._lanes[address] = lane
                if lane.is_full(item.bucket) or (lane.sent and item.number <= self._careful):
                    self._read(lane)
                    continue
                self._queue.popleft()
                sends = True
                lane.send(item)
            except Exception as failure:
                self._broken(address, failure, sends)

    def _elsewhere(self, address: str, bucket: int) -> str | None:
        """Another server that has batches of the bucket under way: their order must be kept."""
        for other, lane in self._lanes.items():
            if other != address and any(item.bucket == bucket for item in lane.sent):
                return other
        return None

    def _read(self, lane: _Lane) -> None:
        item, parts = lane.acknowledged()
        self._deadline = None
        for part in parts:
            self._parts.append(Part(part["bucket"], part["base_offset"], part["count"], part["duplicate"]))
        if self._wrote:
            self._wrote(item.batch.num_rows)

    def _broken(self, address: str, failure: Exception, sends: bool) -> None:
        """Queues again what got no answer, or raises where that does not help.

        :param sends: whether a write met the stream's end: Flight then throws unread answers away
        """
        lane = self._lanes.pop(address, None)
        unanswered = list(lane.sent) if lane else []
        if lane:
            try:
                lane.writer.close()
            except Exception as end:
                # The stream's end says more than the call that met it.
                failure = end if errors.is_told(end) or not errors.is_told(failure) else failure
        told, error = errors.is_told(failure), errors.of(failure)
        again = error.retryable or (not told and error.code == "UNAVAILABLE")
        if not again and sends and len(unanswered) > 1:
            # Nobody knows which of them was refused. Sent once more, one after another, each gets its own
            # answer: servers recognise those that they have stored.
            self._careful, self._refusal = unanswered[-1].number, error
            self._again(unanswered)
            return
        if told and unanswered and (not sends or len(unanswered) == 1):
            self._refused(unanswered[0], error)
        if not again:
            self._unknown += _rows(_open([*unanswered, *self._queue]))
            self._queue.clear()
            if unanswered and unanswered[0].unheard > 0:
                raise errors.error("UNKNOWN_OUTCOME", f"rows may or may not be stored: {error}") from failure
            raise error from failure
        self._again(unanswered)
        self._servers.lost(address)
        if self._deadline is None:
            self._deadline = Deadline(self._servers.timeout)
        if not self._deadline.pause():
            unknown = any(item.unheard > 0 for item in self._queue)
            raise (
                errors.error("UNKNOWN_OUTCOME", f"rows may or may not be stored: {error}")
                if unknown
                else error
            ) from failure
        self._routes.refresh()

    def _refused(self, item: _Item, error: errors.ThalwegError) -> None:
        """A copy of a batch is not stored; nor is an earlier one that was refused by the same words."""
        first = self._refusal
        again = first is not None and (first.code, first.message) == (error.code, error.message)
        item.unheard = max(0, item.unheard - (2 if again else 1))
        if item.unheard == 0:
            # Behind a gap a bucket takes none of a writer's batches.
            item.refused = True

    def _again(self, unanswered: list[_Item]) -> None:
        self._queue = deque(sorted([*unanswered, *self._queue], key=lambda item: item.number))

    def finish(self) -> Written:
        while True:
            self._pump()
            waiting = next(((a, lane) for a, lane in self._lanes.items() if lane.sent), None)
            if waiting is None:
                break
            try:
                self._read(waiting[1])
            except Exception as failure:
                self._broken(waiting[0], failure, False)
        for lane in self._lanes.values():
            # Everything is acknowledged, so its end says nothing more.
            with contextlib.suppress(pa.ArrowException, OSError):
                lane.finish()
        return Written(sum(part.count for part in self._parts), self._parts)

    def settle(self) -> None:
        """Waits for the answers to what is under way, once the call has failed."""
        for lane in self._lanes.values():
            try:
                while lane.sent:
                    self._read(lane)
            except Exception as end:
                # The call's own failure is raised; of these batches it says what is known.
                if errors.is_told(end) and lane.sent:
                    self._refused(lane.sent[0], errors.of(end))
                self._unknown += _rows(_open(lane.sent))
                lane.sent.clear()

    def said(self, before: int) -> str:
        """What became of the call's rows; empty where none is stored."""
        stored = before + sum(part.count for part in self._parts)
        under_way = [item for lane in self._lanes.values() for item in lane.sent]
        unknown = self._unknown + _rows(_open([*under_way, *self._queue]))
        texts = [f"{stored:,} rows of this call are stored"] if stored else []
        if unknown:
            texts.append(f"of {unknown:,} more nobody knows")
        return ", ".join(texts)

    def give_up(self) -> None:
        for lane in self._lanes.values():
            lane.give_up()


def _open(unanswered: Iterable[_Item]) -> list[_Item]:
    """Batches that may be stored: not the refused one, and not what is behind it in its bucket."""
    closed: set[int] = set()
    found = []
    for item in unanswered:
        if item.refused:
            closed.add(item.bucket)
        if item.unheard > 0 and item.bucket not in closed:
            found.append(item)
    return found


def _rows(items: Iterable[_Item]) -> int:
    return sum(item.batch.num_rows for item in items)


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
