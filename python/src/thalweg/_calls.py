"""Calls of the cluster's servers: connections, deadlines, and what is tried again. Internal."""

from __future__ import annotations

import ctypes
import json
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.flight as fl
import pyarrow.ipc

from . import errors
from ._security import Security

T = TypeVar("T")

# Servers refuse to be asked more often than every 5 seconds whether they are there.
_LEAST_SILENCE: Final = 6.0
_MOST_SILENCE: Final = 10.0
_ANSWER_MILLIS: Final = 3_000


def _options(timeout: float) -> list[tuple[str, int]]:
    """Options of a connection: a server that falls silent is noticed within 9 to 15 seconds."""
    silence = min(_MOST_SILENCE, max(_LEAST_SILENCE, timeout / 2))
    return [
        ("grpc.keepalive_time_ms", int(silence * 1000)),
        ("grpc.keepalive_timeout_ms", _ANSWER_MILLIS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.ping_timeout_ms", _ANSWER_MILLIS),
        # Else it stops asking while it waits for an answer and sends nothing.
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.max_receive_message_length", -1),
    ]


_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 1.0


class Deadline:
    """When to stop trying, and how long to pause between tries."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    def left(self) -> float:
        """Seconds that are left, 0 when it is over."""
        return max(0.0, self._end - time.monotonic())

    def pause(self) -> bool:
        """Waits a little longer than last time; False, at once, when it is over."""
        left = self.left()
        if left <= 0:
            return False
        time.sleep(min(self._pause, left))
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause)
        return True


class Patience:
    """How long a read keeps trying: from the first failure on, as quiet before it says nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds: Final = seconds
        self._deadline: Deadline | None = None

    def worked(self) -> None:
        """Something came, so the next failure is the first one again."""
        self._deadline = None

    def pause(self) -> bool:
        """Waits a little after a failure; False, at once, when the time since the first one is over."""
        if self._deadline is None:
            self._deadline = Deadline(self._seconds)
        return self._deadline.pause()


class _Process:
    """The process that made the first connection. gRPC's threads do not reach a forked child, and what
    waits for them there would wait for ever."""

    def __init__(self) -> None:
        self._first: int | None = None

    def is_forked(self) -> bool:
        """Whether this is a child of the process that connected."""
        return self._first not in (None, os.getpid())

    def connect(self) -> None:
        """Notes that this process connects; an error if the process that it was forked from did."""
        if self._first is None:
            self._first = os.getpid()
        if self.is_forked():
            raise errors.error(
                "UNSUPPORTED",
                "this process was forked from one that had connected, where gRPC cannot work; start"
                " processes with the method 'spawn' or 'forkserver' (multiprocessing.get_context), or"
                " connect only after the fork",
            )


PROCESS: Final = _Process()


class Servers:
    """The servers of a cluster, as far as this client knows them. Any thread."""

    def __init__(self, addresses: list[str], timeout: float, security: Security) -> None:
        self.timeout: Final = timeout
        self._lock: Final = threading.Lock()
        self._security: Final = security
        self._addresses = addresses
        self._clients: dict[str, fl.FlightClient] = {}
        self._closed = False
        _ALL.add(self)

    def client(self, address: str) -> fl.FlightClient:
        """The connection to an address, which is made when it is needed."""
        PROCESS.connect()  # first, as the lock may have been held when this process was forked
        with self._lock:
            if self._closed:
                raise errors.error("CLOSING", "this connection is closed")
            client = self._clients.get(address)
            if client is None:
                security = self._security.client_options(address)
                client = fl.FlightClient(address, generic_options=_options(self.timeout), **security)
                self._clients[address] = client
            return client

    def any(self) -> str:
        """The address that is asked first."""
        return self._addresses[0]

    def lost(self, address: str) -> None:
        """An address failed: another one, if there is one, is asked first from now on."""
        with self._lock:
            if address == self._addresses[0]:
                self._addresses = self._addresses[1:] + self._addresses[:1]

    def action(self, name: str, *, once: bool = False, **body: Any) -> list[dict[str, Any]]:
        """An action's results.

        :param once: whether a lost connection leaves the outcome unknown: then it is not repeated
        """
        body = {key: value for key, value in body.items() if value is not None}
        request = fl.Action(name, json.dumps(body).encode())
        deadline = Deadline(self.timeout)
        while True:
            address = self.any()
            try:
                options = fl.FlightCallOptions(timeout=max(0.1, deadline.left()))
                results = self.client(address).do_action(request, options)
                return [json.loads(result.body.to_pybytes()) for result in results]
            except Exception as failure:
                told, error = errors.is_told(failure), errors.of(failure)
                if not error.retryable:
                    raise error from failure
                if once and not told:
                    raise errors.error(
                        "UNKNOWN_OUTCOME", f"{name} may or may not have been done: {error.message}"
                    ) from failure
                self.lost(address)
                if not deadline.pause():
                    raise error from failure

    def again(self, call: Callable[[str], T]) -> T:
        """What ``call`` gives of some server; repeated while that may help."""
        deadline = Deadline(self.timeout)
        while True:
            address = self.any()
            try:
                return call(address)
            except Exception as failure:
                error = errors.of(failure)
                self.lost(address)
                if not error.retryable or not deadline.pause():
                    raise error from failure

    def abandon(self) -> None:
        """Leaves the connections as they are for ever: in a forked child, closing one would not end."""
        for client in self._clients.values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(client))

    def close(self) -> None:
        """Closes all connections."""
        if PROCESS.is_forked():
            return
        with self._lock:
            self._closed = True
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()


_ALL: Final[weakref.WeakSet[Servers]] = weakref.WeakSet()


def _abandon_all() -> None:
    for servers in _ALL:
        servers.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)


def read_options(timeout: float | None = None) -> fl.FlightCallOptions:
    """Options of a read: Arrow's own functions want aligned buffers, which messages do not give."""
    aligned = {}
    if hasattr(pa.ipc, "Alignment"):
        kind = pa.ipc.Alignment.DataTypeSpecific
        aligned["read_options"] = pa.ipc.IpcReadOptions(ensure_alignment=kind)
    return fl.FlightCallOptions(timeout=timeout, **aligned)


def notes(stream: fl.FlightStreamReader) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The batches of a stream with what the server says of each."""
    while True:
        try:
            chunk = stream.read_chunk()
        except StopIteration:
            return
        note = {} if chunk.app_metadata is None else json.loads(chunk.app_metadata.to_pybytes())
        yield chunk.data, note
