"""Reads while tables change, connections are lost and processes fork; positions at their edges."""

import contextlib
import datetime
import os
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import thalweg
from thalweg import _calls
from thalweg.reading import with_aligned_decimals

CHANGES = [
    "ADD COLUMN z INT DEFAULT 5",
    "DROP COLUMN y",
    "RENAME COLUMN y TO w",
    "DROP COLUMN y, ADD COLUMN w INT DEFAULT 7",
    "DROP COLUMN y, ADD COLUMN y STRING DEFAULT 'q'",
    "MODIFY COLUMN y AFTER x",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("known", [False, True])
def test_no_value_comes_under_the_name_of_another_column(connection, name, change, known):
    """A Table object reads by the columns that it was opened with, or says that they are gone."""
    table = connection.create_table(name, "y INT, x INT")
    table.append([{"y": 1, "x": 100}])
    begun = table.scan()
    if known:
        assert table.schema.names == begun.schema.names == ["y", "x"]
    connection.table(name).alter(change)

    def follow():
        with table.follow(start="earliest", idle=10) as rows:
            return next(rows).to_pylist()

    for read in (begun.to_pylist, lambda: begun.to_arrow().to_pylist(), table.scan().to_pylist):
        assert read() == [{"y": 1, "x": 100}]
    for read in (
        lambda: table.scan().to_reader().read_all().to_pylist(),
        lambda: table.scan(filter=pc.field("y") == 1).to_pylist(),
        lambda: table.scan(columns=["y", "x"], filter=pc.field("x") + 0 > 5).to_pylist(),
        lambda: table.dataset().to_table(filter=pc.field("x") == 100).to_pylist(),
        follow,
    ):
        try:
            assert read() == [{"y": 1, "x": 100}]
        except (thalweg.ReadEnded, thalweg.InvalidRequest) as refused:
            assert refused.code in ("SCHEMA_CHANGED", "SCHEMA_MISMATCH", "INVALID_FILTER")
    table.refresh()
    assert table.scan().to_pylist() == connection.table(name).scan().to_pylist()


def test_a_scan_keeps_the_columns_that_it_began_with(connection, name):
    table = connection.create_table(name, "a INT")
    table.append([{"a": 1}])
    before, data = table.scan(), table.dataset()
    table.alter("ADD COLUMN z INT DEFAULT 5")
    assert before.to_pylist() == [{"a": 1}]
    assert before.to_reader().read_all().schema.names == ["a"]
    assert data.to_table().to_pylist() == [{"a": 1, "z": 5}]
    between = table.scan()
    table.alter("DROP COLUMN z")
    assert between.to_arrow().schema.names == ["a", "z"]


def test_lookups_mean_the_columns_of_their_table_object(connection, name):
    table = connection.create_table(name, "k INT NOT NULL, y INT", primary_key=["k"])
    table.upsert([{"k": 1, "y": 2}])
    assert table.lookup(1) == {"k": 1, "y": 2}
    connection.table(name).alter("RENAME COLUMN y TO w")
    assert table.lookup(1) == {"k": 1, "y": 2}
    table.refresh()
    assert table.lookup(1) == {"k": 1, "w": 2}


def test_keys_that_lack_columns(connection, name):
    table = connection.create_table(name, "k INT NOT NULL, l INT NOT NULL, y INT", primary_key=["k", "l"])
    table.upsert([{"k": 1, "l": 2, "y": 3}])
    assert table.lookup_many([{"l": 2, "k": 1}], columns=["y"]).to_pylist() == [{"y": 3}]
    for look in (
        lambda: table.lookup_many([{"k": 1}]),
        lambda: table.lookup(1),
        lambda: table.lookup_prefix(1, 2, 3),
        lambda: table.lookup_prefix(),
    ):
        with pytest.raises(thalweg.InvalidRequest, match="the key of"):
            look()


class Proxy:
    """A way to a server that can be cut."""

    def __init__(self, port):
        self._port = port
        self._pairs = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.uri = f"thalweg://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):  # it was closed
            while True:
                here, _ = self._server.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                self._pairs.append((here, there))
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):  # it was cut
            while data := source.recv(65_536):
                sink.sendall(data)
        sink.close()

    def cut(self):
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):  # it is closed already
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._server.close()
        self.cut()


@pytest.fixture
def proxy(server):
    made = Proxy(int(server.rpartition(":")[2]))
    yield made
    made.close()


@pytest.fixture
def quiet(monkeypatch):
    """Lets time pass at once."""
    now, passed = time.monotonic, [0.0]
    monkeypatch.setattr(_calls.time, "monotonic", lambda: now() + passed[0])
    return lambda seconds: passed.__setitem__(0, passed[0] + seconds)


@pytest.mark.parametrize("keyed", [False, True])
def test_a_slow_reader_outlives_a_lost_connection(connection, name, proxy, quiet, keyed):
    rows = pa.table({"k": pa.array(range(40_000)), "s": [bytes(1000)] * 40_000})
    key = {"primary_key": ["k"]} if keyed else {}
    table = connection.create_table(name, "k BIGINT NOT NULL, s BYTES", buckets=2, **key)
    (table.upsert if keyed else table.append)(rows)
    with thalweg.connect(proxy.uri, timeout=5) as far:
        seen = []
        for batch in far.table(name).scan(columns=["k", "s"]).to_batches():
            seen += batch["k"].to_pylist()
            quiet(30)
            if len(seen) < 20_000:
                proxy.cut()
        assert sorted(seen) == list(range(40_000))


def test_a_quiet_follow_outlives_a_lost_connection(connection, name, proxy, quiet):
    table = connection.create_table(name, {"n": "BIGINT"})
    table.append({"n": [1]})
    with thalweg.connect(proxy.uri, timeout=5) as far, far.table(name).follow(start="earliest") as follow:
        assert next(follow)["n"].to_pylist() == [1]
        for n in range(2, 5):
            quiet(30)
            proxy.cut()
            table.append({"n": [n]})
            assert next(follow)["n"].to_pylist() == [n]


def test_partitions_made_since_are_read(connection, name):
    table = connection.create_table(name, "day STRING, n INT", partition_by=["day"], buckets=2)
    assert table.count() == table.count(pc.field("n") > 0) == table.scan().count() == 0
    assert table.scan(columns=["n"]).to_arrow().schema.names == ["n"]
    assert table.aggregate(["count(*)", "max(n)"]).to_pylist() == [{"count(*)": 0, "max(n)": None}]
    assert table.aggregate("count(*)", group_by="day").num_rows == 0
    with table.follow(start="earliest", idle=10) as follow, table.follow(idle=10) as latest:
        table.append([{"day": "a", "n": 1}])
        assert next(follow)["n"].to_pylist() == next(latest)["n"].to_pylist() == [1]
    scan = table.scan()
    assert scan.to_arrow()["n"].to_pylist() == [1]
    saved = scan.next_offsets
    table.append([{"day": "a", "n": 2}, {"day": "b", "n": 3}])
    later = table.scan(start=saved)
    assert sorted(later.to_arrow()["n"].to_pylist()) == [2, 3]
    assert table.scan(start=later.next_offsets).count() == 0
    ends = {each["bucket"]: each["end_offset"] for each in table.statistics()["buckets"]}
    mine = {bucket: 0 for bucket in saved}
    assert sorted(table.scan(start=mine, stop=ends).to_arrow()["n"].to_pylist()) == [1, 2]


def test_a_keyed_table_without_partitions(connection, name):
    table = connection.create_table(
        name, "day STRING NOT NULL, k INT NOT NULL, n INT", partition_by=["day"], primary_key=["day", "k"]
    )
    assert (table.count(), table.scan().to_pylist(), table.lookup("a", 1)) == (0, [], None)
    assert table.scan().to_arrow().schema.names == ["day", "k", "n"]
    assert table.aggregate(["count(*)", "sum(n)"]).to_pylist() == [{"count(*)": 0, "sum(n)": None}]
    assert table.aggregate(["count(*)"], group_by=["day"]).num_rows == 0
    table.upsert([{"day": "a", "k": 1, "n": 3}])
    assert table.scan(start="earliest", filter=pc.field("__change_type") == 0).count() == 1
    assert table.changelog(columns=["upper(day) AS n"], filter=pc.field("n") > 2).to_pylist() == [{"n": "A"}]


def test_readers_share_a_table_by_its_buckets(connection, name):
    """The README's recipe for PyTorch, of which each worker reads a part."""
    table = connection.create_table(name, "day STRING, n INT", partition_by=["day"], buckets=2)
    table.append([{"day": "abc"[n % 3], "n": n} for n in range(100)])
    start, stop = table.offsets("earliest"), table.offsets()
    assert sorted(start) == sorted(stop) == [0, 1, 2, 3, 4, 5]
    table.append([{"day": "abcd"[n % 4], "n": n} for n in range(100, 200)])
    seen = []
    for at in range(4):
        mine = {bucket: start[bucket] for nth, bucket in enumerate(sorted(start)) if nth % 4 == at}
        seen += table.scan(columns=["n"], start=mine, stop=stop).to_arrow()["n"].to_pylist()
    assert sorted(seen) == list(range(100))
    assert table.offsets(datetime.datetime.now() + datetime.timedelta(1)) == table.offsets("latest")


def test_no_columns_have_rows(connection, name):
    table = connection.create_table(name, "a BIGINT", buckets=2)
    table.append({"a": range(10)})
    for filter, count in ((None, 10), ("a > 6", 3), (pc.field("a") > 6, 3), (pc.field("a") * 2 > 12, 3)):
        scan = table.scan(columns=[], filter=filter)
        assert (scan.count(), scan.to_arrow().num_rows, scan.to_arrow().num_columns) == (count, count, 0)
        assert table.dataset().to_table(columns=[], filter=filter).num_rows == count
        assert table.dataset().count_rows(filter=filter) == count
        assert table.dataset().scanner(filter=filter).count_rows() == count
    assert table.dataset().head(3).num_rows == table.dataset().scanner(["a"]).head(3).num_rows == 3
    assert table.dataset().head(3, filter=pc.field("a") > 7).num_rows == 2


def test_positions_that_are_none(connection, name):
    table = connection.create_table(name, "a BIGINT")
    table.append({"a": [1, 2, 3]})
    for start in (1.5, True, "never", b"x", {"a": 1}, {0: "x"}, {0: None}):
        for read in (lambda start: table.scan(start=start), lambda start: table.follow(start=start)):
            with pytest.raises(thalweg.InvalidRequest, match="is no position"):
                read(start)
    for limit in (-1, 1.5, "x"):
        with pytest.raises(thalweg.InvalidRequest, match="limit is"):
            table.scan(limit=limit)
    for columns in ("a", [1], {"x": pc.field("a")}):
        with pytest.raises(thalweg.InvalidRequest, match="column"):
            table.scan(columns=columns)
    assert table.scan(start=np.int64(1), limit=np.int64(5)).to_pylist() == [{"a": 2}, {"a": 3}]
    assert table.scan(start={np.int64(0): np.int32(2)}).to_pylist() == [{"a": 3}]
    assert table.scan(start=datetime.date(2020, 1, 1)).count() == 3
    assert table.scan(start=datetime.date.today() + datetime.timedelta(2)).count() == 0


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_times_without_a_zone_are_local(connection, name, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        table = connection.create_table(name, "a INT")
        table.append([{"a": 1}])
        stored = table.changelog().to_arrow()["_commit_timestamp"][0].as_py()
        between = stored + datetime.timedelta(milliseconds=1)
        local = between.astimezone().replace(tzinfo=None)
        for at, count in ((stored, 1), (between, 0), (local, 0), (pd.Timestamp(local), 0)):
            assert table.scan(start=at).count() == count
        for at in (local - datetime.timedelta(milliseconds=1), pd.Timestamp(stored)):
            assert table.scan(start=at).count() == 1
            assert table.scan(stop=at).count() == 0
    finally:
        monkeypatch.undo()
        time.tzset()


FORKS = """
    import os, sys, thalweg
    with thalweg.connect(sys.argv[1]) as connection:
        table = connection.create_table(sys.argv[2], {"n": "BIGINT"})
        table.append({"n": [1, 2]})
        follow, batches = table.follow(), table.scan().to_batches()
        next(batches)
        child = os.fork()
        if child == 0:
            told = 0
            connect = lambda: thalweg.connect(sys.argv[1])
            for call in (connection.tables, connect, lambda: next(follow), table.count):
                try:
                    call()
                except thalweg.ThalwegError as refused:
                    told += "forked" in refused.message
            follow.close()
            del batches
            sys.exit(told)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), table.count())
        follow.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_is_told_at_once(server, name):
    script = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORKS), server, name]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["4", "2"], done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_was_forked_before_connects(server):
    forks = """
        import os, sys, thalweg
        child = os.fork()
        with thalweg.connect(sys.argv[1]) as connection:
            connection.tables()
        if child:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    script = [sys.executable, "-c", textwrap.dedent(forks), server]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["0"], done.stderr


def test_decimals_for_rust_are_aligned():
    kind = pa.decimal128(9, 2)
    memory = pa.py_buffer(bytes(16 * 4))
    for at in range(0, 16, 8):
        prices = pa.Array.from_buffers(kind, 3, [None, memory.slice(at, 48)])
        nested = pa.StructArray.from_arrays([prices], ["price"])
        rows = pa.RecordBatch.from_arrays([prices, nested], ["price", "nested"])
        moved = with_aligned_decimals(rows)
        assert moved.equals(rows)
        for column in (moved.column(0), moved.column(1).field(0)):
            assert column.buffers()[1].address % 16 == 0
