"""What plain Arrow Flight does on this machine: the limit that the client is measured against.

A pyarrow server in a process of its own holds the same rows in memory: it takes batches and forgets them,
and gives its table. ``python flight.py`` is that server.
"""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.flight as fl

BATCH = 65_536


class Echo(fl.FlightServerBase):
    """Takes batches and says so; gives the last table it was told to keep."""

    def __init__(self) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.kept: list[pa.RecordBatch] = []

    def do_put(self, context, descriptor, reader, writer):
        keep = descriptor.command == b"keep"
        if keep:
            self.kept = []
        for chunk in reader:
            if keep:
                self.kept.append(chunk.data)
            writer.write(pa.py_buffer(b"{}"))

    def do_get(self, context, ticket):
        return fl.GeneratorStream(self.kept[0].schema, iter(self.kept))


class Flight:
    """A client of an echo server that it starts."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._client = fl.connect(f"grpc://127.0.0.1:{int(self._process.stdout.readline())}")

    def put(self, table: pa.Table, keep: bool = False) -> None:
        descriptor = fl.FlightDescriptor.for_command(b"keep" if keep else b"forget")
        writer, acks = self._client.do_put(descriptor, table.schema)
        batches = table.to_batches(max_chunksize=BATCH)
        for batch in batches:
            writer.write_with_metadata(batch, b"{}")
        for _ in batches:
            acks.read()
        writer.done_writing()
        writer.close()

    def get(self) -> pa.Table:
        return self._client.do_get(fl.Ticket(b"")).read_all()

    def close(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    server = Echo()
    print(server.port, flush=True)
    server.serve()
