"""A server is killed in the middle: no row is lost or doubled, and what waited goes on."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

import thalweg


def test_an_append_outlives_a_kill(own_server):
    with thalweg.connect(own_server.uri, timeout=60) as connection:
        table = connection.create_table("t", {"n": "BIGINT"}, buckets=4)
        keyed = connection.create_table("k", {"n": "BIGINT", "v": "BIGINT"}, primary_key=["n"], buckets=4)
        fed = threading.Event()
        killed = threading.Event()

        def batches(columns):
            for first in range(0, 60_000, 500):
                if first == 30_000:
                    fed.set()
                    assert killed.wait(60)
                yield pa.record_batch({c: pa.array(range(first, first + 500)) for c in columns})

        def kill():
            for _ in range(2):
                assert fed.wait(60)
                fed.clear()
                own_server.kill()
                killed.set()
                own_server.start()

        killer = ThreadPoolExecutor(1)
        kills = killer.submit(kill)
        try:
            for into, write, columns in ((table, table.append, ["n"]), (keyed, keyed.upsert, ["n", "v"])):
                schema = pa.schema([(column, pa.int64()) for column in columns])
                written = write(pa.RecordBatchReader.from_batches(schema, batches(columns)))
                killed.clear()
                assert written.rows == 60_000
                found = sorted(into.scan(columns=["n"]).to_arrow()["n"].to_pylist())
                assert found == list(range(60_000))
        finally:
            if kills.done():
                kills.result()  # a server that did not start is what went wrong
        kills.result()


def test_a_scan_and_a_follow_outlive_a_kill(own_server):
    with thalweg.connect(own_server.uri, timeout=60) as connection:
        table = connection.create_table("t", {"n": "BIGINT", "text": "STRING"}, buckets=2)
        for first in range(0, 400_000, 50_000):
            table.append({"n": range(first, first + 50_000), "text": ["x" * 100] * 50_000})
        seen, follow = [], table.follow(start="earliest", idle=30)
        for count, batch in enumerate(table.scan().to_batches()):
            seen += batch["n"].to_pylist()
            if count == 0:
                own_server.kill()
                own_server.start()
        assert sorted(seen) == list(range(400_000))
        followed = []
        for batch in follow:
            followed += batch["n"].to_pylist()
            if len(followed) == 400_000:
                break
        follow.close()
        assert sorted(followed) == list(range(400_000))
        table.append({"n": [-1], "text": [""]})
        assert table.count() == 400_001


def test_a_silent_server_is_not_waited_for_forever(own_server):
    with thalweg.connect(own_server.uri, timeout=5) as connection:
        table = connection.create_table("t", {"n": "BIGINT"}, buckets=2)
        table.append({"n": range(100)})
        follow = table.follow(start="earliest")
        assert sum(next(follow).num_rows for _ in range(1)) > 0
        with ThreadPoolExecutor(4) as pool:
            own_server.pause()
            begin = time.monotonic()
            calls = [
                pool.submit(lambda: table.append({"n": range(100, 200)})),
                pool.submit(lambda: table.scan().to_arrow()),
                pool.submit(lambda: [batch for batch in follow]),
                pool.submit(lambda: connection.tables()),
            ]
            failures = [call.exception(60) for call in calls]
            took = time.monotonic() - begin
            own_server.resume()
        assert [type(failure).__name__ for failure in failures] == [
            "UnknownOutcome",
            "Unavailable",
            "Unavailable",
            "Unavailable",
        ]
        assert took < 40
        table.append({"n": [200]})
        assert table.scan().count() in (101, 201)
