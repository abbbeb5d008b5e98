"""``./benchmark python``: the client beside what plain Arrow Flight does on this machine, in one run.

Rounds alternate between the systems; ratios are medians of the rounds' own ratios. With ``--peer kafka``
and ``--peer fluss`` these take part with their own Python clients.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import peers
import pyarrow as pa
import pyarrow.parquet as pq
from flight import Flight

import thalweg

HOME = pathlib.Path(__file__).resolve().parents[2]
LOOKED_UP = 1_000
WARM_UP_SECONDS = 20


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def bar(name: str, value: float, limit: float, least: bool) -> None:
    met = value >= limit if least else value <= limit
    sign = ">=" if least else "<="
    print(f"bar {name} {value:.2f} {sign} {limit:.2f} {'ok' if met else 'MISSED'}")


def flights(copies: int) -> pa.Table:
    """Real flights, 250,000 rows a copy."""
    table = pq.read_table(HOME / "examples/flights-250k.parquet")
    return pa.concat_tables([table] * copies).combine_chunks()


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
    name: str,
    table: pa.Table,
    connection: thalweg.Connection,
    limit: Flight,
    rounds: int,
    warm_up: int,
) -> dict[str, float]:
    """Thalweg beside plain Flight; what Thalweg does in a second, in rows."""
    megabytes = table.nbytes / 1e6
    print(f"{name}: {table.num_rows:,} rows of {table.num_columns} columns, {megabytes:.0f} MB of Arrow")
    took: dict[str, list[float]] = {"append": [], "scan": [], "pandas": []}
    ratios: dict[str, list[float]] = {"append": [], "scan": [], "pandas": []}
    limit.put(table, keep=True)

    def pairs() -> dict[str, tuple[float, float]]:
        """What each work takes us and plain Flight."""
        connection.drop_table("bench", if_exists=True)
        made = connection.create_table("bench", table, buckets=2)
        return {
            "append": (seconds(lambda: made.append(table)), seconds(lambda: limit.put(table))),
            "scan": (seconds(lambda: made.scan().to_arrow()), seconds(limit.get)),
            "pandas": (
                seconds(lambda: made.scan().to_pandas()),
                seconds(lambda: limit.get().to_pandas()),
            ),
        }

    def told(label: str, each: dict[str, tuple[float, float]]) -> None:
        rates = (f"{w} {megabytes / a:,.0f} of {megabytes / b:,.0f} MB/s" for w, (a, b) in each.items())
        print(f"  {label}: {', '.join(rates)}")

    # The server compiles its code while it works, so its first rounds are not those that stay.
    end = time.monotonic() + warm_up
    told("cold", pairs())
    while time.monotonic() < end:
        pairs()
    for at in range(rounds):
        found = pairs()
        told(f"round {at}", found)
        for what, (mine, flight) in found.items():
            took[what].append(mine)
            ratios[what].append(flight / mine)
    bar(f"python_{name}_append_of_flight", statistics.median(ratios["append"]), 0.60, True)
    bar(f"python_{name}_scan_of_flight", statistics.median(ratios["scan"]), 0.70, True)
    bar(f"python_{name}_pandas_of_flight", statistics.median(ratios["pandas"]), 0.70, True)
    return {what: table.num_rows / statistics.median(each) for what, each in took.items()}


def beside(
    name: str, table: pa.Table, peer: peers.Kafka | peers.Fluss, ours: dict[str, float], rounds: int
) -> None:
    """A peer with the same rows."""
    rates: dict[str, list[float]] = {"append": [], "scan": [], "pandas": []}
    for _ in range(rounds):
        peer.create(table)
        rates["append"].append(table.num_rows / seconds(lambda: peer.append(table)))
        rates["scan"].append(table.num_rows / seconds(peer.scan))
        rates["pandas"].append(table.num_rows / seconds(lambda: peer.scan().to_pandas()))
        rows = peer.scan().num_rows
        if rows != table.num_rows:
            raise RuntimeError(f"{peer.name} gave {rows:,} rows of {table.num_rows:,}")
    said = []
    for what, each in rates.items():
        rate = statistics.median(each)
        said.append(f"{what} {rate:,.0f} rows/s (Thalweg {ours[what] / rate:.1f} x)")
    print(f"  {name} with {peer.name}: {', '.join(said)}")


def lookups(connection: thalweg.Connection, keys: int, found: list[peers.Kafka | peers.Fluss]) -> None:
    """Batched lookups, over keys of which every one is there."""
    connection.drop_table("keyed", if_exists=True)
    columns = {"k": "BIGINT", "s": "STRING", "n": "BIGINT"}
    table = connection.create_table("keyed", columns, primary_key=["k"], buckets=4)
    ids = np.arange(keys)
    rows = pa.table({"k": ids, "s": pa.array(ids.astype(str)), "n": ids * 3})
    loading = seconds(lambda: table.upsert(rows))
    print(f"lookups: {keys:,} keys, written at {keys / loading:,.0f} rows/s")
    random = np.random.default_rng(2)
    wanted = [random.integers(0, keys, LOOKED_UP) for _ in range(300)]

    def ours(keys: np.ndarray) -> int:
        return table.lookup_many({"k": keys}).num_rows

    p50 = _lookups("Thalweg", ours, wanted)
    bar("python_lookup_1000_p50_ms", p50, 10.0, False)
    for peer in found:
        if isinstance(peer, peers.Fluss):
            try:
                peer.load_keys(rows, "k")
                theirs = _lookups(
                    peer.name, lambda keys, peer=peer: peer.look_up("k", keys.tolist()), wanted[:50]
                )
                print(f"  Thalweg's p50 is 1/{theirs / p50:.1f} of it")
            except TimeoutError:
                print(f"  {peer.name}: a call did not end in {peers.CALL_SECONDS} s")


def _lookups(who: str, find: Callable[[np.ndarray], int], wanted: list[np.ndarray]) -> float:
    took = []
    for keys in wanted:
        begin = time.perf_counter()
        rows = find(keys)
        took.append(time.perf_counter() - begin)
        if rows != len(keys):
            raise RuntimeError(f"{who} found {rows} of {len(keys)} keys")
    warm = sorted(took[len(took) // 6 :])
    p50, p99 = warm[len(warm) // 2] * 1e3, warm[int(len(warm) * 0.99)] * 1e3
    print(f"  {who}: {LOOKED_UP:,} keys a call: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    return p50


def memory(connection: thalweg.Connection, uri: str, copies: int) -> None:
    """How large a process gets that reads many rows through batches."""
    connection.drop_table("many", if_exists=True)
    some = flights(1)
    table = connection.create_table("many", some, buckets=2)
    for _ in range(copies):
        table.append(some)
    for how in ("scan", "follow"):
        subprocess.run([sys.executable, __file__, "--read", how, uri], check=True)


def read(how: str, uri: str) -> None:
    """What a process of its own does for :func:`memory`."""
    with thalweg.connect(uri) as connection:
        table = connection.table("many")
        whole = table.count()
        stream = table.scan().to_batches() if how == "scan" else table.follow("earliest", idle=60)
        rows, sizes = 0, []
        for batch in stream:
            rows += batch.num_rows
            sizes.append((rows, _peak()))
            if rows >= whole:
                break
        tenth = next(size for at, size in sizes if at >= whole // 10)
    what = "to_batches" if how == "scan" else "follow"
    print(f"memory: {what} of {rows:,} rows: never above {tenth} MB at a tenth, {sizes[-1][1]} MB at the end")


def _peak() -> int:
    """The most memory that this process ever had, in MB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="./benchmark python")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a try")
    parser.add_argument("--peer", action="append", choices=["kafka", "fluss"], default=[])
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    if asked.read:
        read(*asked.read)
        return
    works = {
        "flights": flights(1 if asked.quick else 12),
        "wide": wide(100_000 if asked.quick else 1_000_000),
    }
    limit = Flight()
    dev = thalweg.dev(home=HOME)
    try:
        with dev as connection, peers.started(asked.peer) as found:
            for name, table in works.items():
                ours = compare(
                    name, table, connection, limit, asked.rounds, 0 if asked.quick else WARM_UP_SECONDS
                )
                for peer in found:
                    try:
                        beside(name, table, peer, ours, 1 if asked.quick else 2)
                    except TimeoutError:
                        print(f"  {name} with {peer.name}: a call did not end in {peers.CALL_SECONDS} s")
            lookups(connection, 100_000 if asked.quick else 1_000_000, found)
            memory(connection, dev.uri, 4 if asked.quick else 40)
    finally:
        limit.close()


if __name__ == "__main__":
    main()
