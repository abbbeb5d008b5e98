"""Tables that are followed."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.flight as fl

from . import errors
from ._calls import PROCESS, Deadline, Patience, notes, read_options
from ._query import Position, Query, by_bucket, place, resolved

_AHEAD: Final = 2


class Item(NamedTuple):
    """Rows that were read, and the position behind them; without any where the read failed."""

    rows: pa.RecordBatch | None
    bucket: int
    next_offset: int
    error: errors.ThalwegError | None = None


class Feed:
    """What a follow reads: one thread of its own fills it, a few batches ahead of who takes them.

    It knows nothing of the follow, which may so become garbage, and then closes it.
    """

    def __init__(self, query: Query, positions: dict[int, int], schema: pa.Schema) -> None:
        self._query: Final = query
        self._reading: Final = dict(positions)
        self._schema: Final = schema
        self._changed: Final = threading.Condition()
        self._items: deque[Item] = deque()
        self._stream: fl.FlightStreamReader | None = None
        self._wake: Callable[[], object] | None = None
        self.closed = False

    def start(self) -> None:
        """Begins to read."""
        threading.Thread(target=self._run, name=f"thalweg-follow-{self._query.name}", daemon=True).start()

    def _run(self) -> None:
        servers = self._query.servers
        patience = Patience(servers.timeout)
        while not self.closed:
            address = servers.any()
            try:
                for item in self._read(address, patience):
                    self._put(item)
                raise errors.error("UNAVAILABLE", "the server ended the stream")
            except Exception as failure:
                if self.closed:
                    return
                error = self._query.explained(failure)
                servers.lost(address)
                if not error.retryable or not patience.pause():
                    self._put(Item(None, 0, 0, error))
                    return

    def _read(self, address: str, patience: Patience) -> Iterator[Item]:
        stream = self._query.servers.client(address).do_get(self._ticket(), read_options())
        if not self._opened(stream):
            return
        self._query.agreed(stream.schema, self._schema)
        for batch, note in notes(stream):
            patience.worked()
            if "bucket" in note:
                self._reading[note["bucket"]] = note["next_offset"]
                yield Item(self._query.rows(batch, self._schema), note["bucket"], note["next_offset"])

    def _ticket(self) -> fl.Ticket:
        # A partitioned table may have no bucket yet; those that it gets are read from their beginning.
        start: Any = by_bucket(self._reading) or "earliest"
        partitioned = bool(self._query.table.get("partition_key"))
        return self._query.ticket(
            start=start, stop="never", **({"new_partitions": True} if partitioned else {})
        )

    def _opened(self, stream: fl.FlightStreamReader) -> bool:
        """Whether a stream is wanted; it is ended if this was closed while it opened."""
        with self._changed:
            self._stream = stream
            wanted = not self.closed
        if not wanted:
            stream.cancel()
        return wanted

    def _put(self, item: Item) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self._items) < _AHEAD)
            if not self.closed:
                self._items.append(item)
                self._tell()

    def _tell(self) -> None:
        """Wakes who waits; with the lock, so that none is woken who does not wait any more."""
        self._changed.notify_all()
        if self._wake is not None:
            self._wake()

    def take(self, timeout: float | None) -> Item | None:
        """The next item; None if none came in time, or this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._items, timeout)
            if self.closed or not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def wake_with(self, wake: Callable[[], object] | None) -> None:
        """What is called, on any thread, when there may be an item or this was closed."""
        with self._changed:
            self._wake = wake

    def close(self) -> None:
        """Ends the thread and its stream; what waits for an item waits no more."""
        if PROCESS.is_forked():  # where neither is, and the lock may be held by nobody for ever
            return
        with self._changed:
            self.closed = True
            self._items.clear()
            stream = self._stream
            self._tell()
        if stream is not None:
            stream.cancel()


class Follow:
    """Rows as they arrive, for ever. One thread iterates; any thread may close it.

    ``positions`` are those behind the rows that were given: keep them, and a later ``follow`` goes
    on there. What is forgotten without being closed is closed.
    """

    def __init__(self, query: Query, start: Position, idle: float | None) -> None:
        self._query: Final = query
        self._idle: Final = idle
        at = place(start)
        servers = query.servers
        self.positions: dict[int, int] = (
            dict(at) if isinstance(at, dict) else resolved(servers, query.name, at, "earliest")
        )
        self.schema: Final = query.schema()
        self._feed: Final = Feed(query, self.positions, self.schema)
        weakref.finalize(self, self._feed.close)
        self._feed.start()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        PROCESS.connect()  # in a forked child no thread fills the feed
        deadline = None if self._idle is None else Deadline(self._idle)
        while True:
            item = self._feed.take(None if deadline is None else deadline.left())
            if item is None:
                raise StopIteration
            rows = self._taken(item)
            if rows.num_rows:
                return rows

    def _taken(self, item: Item) -> pa.RecordBatch:
        """The rows of an item, whose position counts from now on."""
        if item.rows is None:
            self.close()
            raise item.error or AssertionError("an item has rows or an error")
        self.positions[item.bucket] = item.next_offset
        return item.rows

    def close(self) -> None:
        """Ends it; an iteration that waits ends too."""
        self._feed.close()

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


async def arrived(follow: Follow) -> pa.RecordBatch | None:
    """As ``next``, for asyncio: None at the end. Rows are taken without a pause, so that a cancelled
    wait has taken none."""
    PROCESS.connect()
    feed, loop, ready = follow._feed, asyncio.get_running_loop(), asyncio.Event()
    deadline = None if follow._idle is None else Deadline(follow._idle)
    feed.wake_with(lambda: loop.call_soon_threadsafe(ready.set))
    try:
        while not feed.closed:
            ready.clear()
            item = feed.take(0)
            if item is not None:
                rows = follow._taken(item)
                if rows.num_rows:
                    return rows
            elif not await _set(ready, None if deadline is None else deadline.left()):
                return None
        return None
    finally:
        feed.wake_with(None)


async def _set(event: asyncio.Event, timeout: float | None) -> bool:
    """Whether an event came in time."""
    try:
        await asyncio.wait_for(event.wait(), timeout)
    except asyncio.TimeoutError:
        return False
    return True
