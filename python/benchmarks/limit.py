"""``./benchmark python``: the client beside what plain Arrow Flight can do on this machine, in one run.

The limit is a pyarrow server in a process of its own that holds the same rows in memory: it takes
batches and forgets them, and gives its table. Rounds alternate; ratios are medians.
"""

from __future__ import annotations

import argparse
import pathlib
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.flight as fl
import pyarrow.parquet as pq

import thalweg

HOME = pathlib.Path(__file__).resolve().parents[2]
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


def echo() -> None:
    server = Echo()
    print(server.port, flush=True)
    server.serve()


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def put(client: fl.FlightClient, table: pa.Table, command: bytes) -> None:
    writer, acks = client.do_put(fl.FlightDescriptor.for_command(command), table.schema)
    batches = table.to_batches(max_chunksize=BATCH)
    for batch in batches:
        writer.write_with_metadata(batch, b"{}")
    for _ in batches:
        acks.read()
    writer.done_writing()
    writer.close()


def bar(name: str, value: float, limit: float, least: bool) -> None:
    met = value >= limit if least else value <= limit
    sign = ">=" if least else "<="
    print(f"bar {name} {value:.2f} {sign} {limit:.2f} {'ok' if met else 'MISSED'}")


def wide(rows: int) -> pa.Table:
    """Twenty columns: numbers, texts, times, some nulls."""
    random = np.random.default_rng(1)
    columns: dict[str, pa.Array] = {}
    for i in range(8):
        columns[f"i{i}"] = pa.array(random.integers(0, 10**9, rows))
    for i in range(6):
        columns[f"f{i}"] = pa.array(random.random(rows), mask=random.random(rows) < 0.1)
    for i in range(4):
        columns[f"s{i}"] = pa.array(random.integers(0, 1000, rows)).cast(pa.string())
    for i in range(2):
        columns[f"t{i}"] = pa.array(random.integers(0, 2 * 10**15, rows), pa.timestamp("us"))
    return pa.table(columns)


def compare(
    name: str, table: pa.Table, connection: thalweg.Connection, client: fl.FlightClient, rounds: int
) -> None:
    megabytes = table.nbytes / 1e6
    print(f"{name}: {table.num_rows:,} rows of {table.num_columns} columns, {megabytes:.0f} MB of Arrow")
    appends, scans, frames = [], [], []
    put(client, table, b"keep")
    for at in range(rounds):
        connection.drop_table("bench", if_exists=True)
        made = connection.create_table("bench", table, buckets=2)
        ours = seconds(lambda made=made: made.append(table))
        limit = seconds(lambda: put(client, table, b"forget"))
        scan = seconds(lambda made=made: made.scan().to_arrow())
        given = seconds(lambda: client.do_get(fl.Ticket(b"")).read_all())
        frame = seconds(lambda made=made: made.scan().to_pandas())
        framed = seconds(lambda: client.do_get(fl.Ticket(b"")).read_all().to_pandas())
        print(
            f"  round {at}: append {megabytes / ours:,.0f} of {megabytes / limit:,.0f} MB/s, Arrow"
            f" {megabytes / scan:,.0f} of {megabytes / given:,.0f} MB/s, pandas {megabytes / frame:,.0f} of"
            f" {megabytes / framed:,.0f} MB/s"
        )
        if at > 0 or rounds == 1:
            appends.append(limit / ours)
            scans.append(given / scan)
            frames.append(framed / frame)
    bar(f"python_{name}_append_of_flight", statistics.median(appends), 0.60, True)
    bar(f"python_{name}_scan_of_flight", statistics.median(scans), 0.70, True)
    bar(f"python_{name}_pandas_of_flight", statistics.median(frames), 0.70, True)


def lookups(connection: thalweg.Connection, keys: int) -> None:
    connection.drop_table("keyed", if_exists=True)
    columns = {"k": "BIGINT", "s": "STRING", "n": "BIGINT"}
    table = connection.create_table("keyed", columns, primary_key=["k"], buckets=4)
    ids = np.arange(keys)
    loading = seconds(lambda: table.upsert({"k": ids, "s": ids.astype(str), "n": ids * 3}))
    print(f"lookups: {keys:,} keys, written at {keys / loading:,.0f} rows/s")
    random = np.random.default_rng(2)
    took = []
    for _ in range(300):
        wanted = random.integers(0, keys, 1000)
        took.append(seconds(lambda wanted=wanted: table.lookup_many({"k": wanted})))
    took = sorted(took[50:])
    p50, p99 = took[len(took) // 2] * 1e3, took[int(len(took) * 0.99)] * 1e3
    print(f"  1,000 keys a call: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    bar("python_lookup_1000_p50_ms", p50, 10.0, False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./benchmark python")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a try")
    parser.add_argument("--echo", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.echo:
        echo()
        return
    flights = pq.read_table(HOME / "examples/flights-250k.parquet")
    flights = pa.concat_tables([flights] * (1 if asked.quick else 12)).combine_chunks()
    limit = subprocess.Popen([sys.executable, __file__, "--echo"], stdout=subprocess.PIPE, text=True)
    assert limit.stdout is not None
    client = fl.connect(f"grpc://127.0.0.1:{int(limit.stdout.readline())}")
    try:
        with thalweg.dev(home=HOME) as connection:
            compare("flights", flights, connection, client, asked.rounds)
            compare("wide", wide(100_000 if asked.quick else 1_000_000), connection, client, asked.rounds)
            lookups(connection, 100_000 if asked.quick else 1_000_000)
            table = connection.table("bench")
            rows = sum(batch.num_rows for batch in table.scan().to_batches())
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"to_batches gave {rows:,} rows; this process was never larger than {most} MB")
    finally:
        client.close()
        limit.terminate()
        limit.wait()


if __name__ == "__main__":
    main()
