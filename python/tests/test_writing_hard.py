"""What becomes of rows where something goes wrong in the middle of a write, and of batches of odd sizes."""

import contextlib
import decimal
import re
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import thalweg

NUMBERS = pa.schema([("n", pa.int64())])


def numbered(first, rows=10, bad=False):
    numbers = list(range(first, first + rows))
    return pa.record_batch([pa.array([None, *numbers[1:]] if bad else numbers, pa.int64())], NUMBERS)


def stored_by(failure):
    """How many rows an error says are stored, and of how many it says that nobody knows."""
    texts = " ".join([str(failure), *getattr(failure, "__notes__", [])])
    found = [re.search(pattern, texts) for pattern in (r"([\d,]+) rows of this call", r"of ([\d,]+) more")]
    return [int(each[1].replace(",", "")) if each else 0 for each in found]


@pytest.mark.parametrize("rows", [10, 5_000])
def test_a_refused_batch_leaves_the_others_counted(connection, name, rows):
    table = connection.create_table(name, {"n": "BIGINT NOT NULL"})

    def batches():
        for at in range(14):
            yield numbered(at * rows, rows, bad=at == 3)
            connection.table(name).count()  # so that the server's refusal meets the next write

    with pytest.raises(thalweg.SchemaError, match="NOT NULL") as refused:
        table.append(pa.RecordBatchReader.from_batches(NUMBERS, batches()))
    assert stored_by(refused.value) == [3 * rows, 0]
    assert sorted(table.scan().to_arrow()["n"].to_pylist()) == list(range(3 * rows))
    table.append({"n": range(3 * rows, 4 * rows)})  # what a user does then
    assert sorted(table.scan().to_arrow()["n"].to_pylist()) == list(range(4 * rows))


def test_a_refused_batch_among_buckets_is_bounded(connection, name):
    table = connection.create_table(name, {"n": "BIGINT NOT NULL"}, buckets=4)

    def batches():
        for at in range(30):
            yield numbered(at * 10, bad=at == 7)
            connection.table(name).count()

    with pytest.raises(thalweg.SchemaError, match="NOT NULL") as refused:
        table.append(pa.RecordBatchReader.from_batches(NUMBERS, batches()))
    stored, unknown = stored_by(refused.value)
    assert stored <= table.count() <= stored + unknown


@pytest.mark.parametrize("kind", [OSError, ValueError, KeyboardInterrupt])
def test_a_source_that_fails_keeps_its_exception(connection, name, kind):
    table = connection.create_table(name, {"n": "BIGINT"})

    def batches():
        yield from (numbered(at * 10) for at in range(6))
        raise kind("the source's own")

    with pytest.raises(kind, match="the source's own") as failed:
        table.append(pa.RecordBatchReader.from_batches(NUMBERS, batches()))
    stored, unknown = stored_by(failed.value)
    assert stored <= table.count() <= stored + unknown
    if kind is not KeyboardInterrupt:
        assert (stored, unknown) == (60, 0)


def test_a_value_that_is_no_json_says_what_is_stored(connection, name):
    table = connection.create_table(name, {"v": "VARIANT"})
    batches = [
        pa.record_batch({"v": pa.array([{"x": float("nan") if at == 5 else 1.0}] * 10)}) for at in range(8)
    ]
    with pytest.raises(thalweg.SchemaError, match="column 'v' is VARIANT: row 0: nan is a float") as failed:
        table.append(pa.Table.from_batches(batches))
    assert stored_by(failed.value) == [50, 0]
    assert table.count() == 50


def test_a_source_may_pause_longer_than_the_timeout(own_server, monkeypatch):
    late = 0.0
    real = time.monotonic
    with thalweg.connect(own_server.uri, timeout=60) as connection:
        table = connection.create_table("t", {"n": "BIGINT"})
        monkeypatch.setattr("thalweg._calls.time.monotonic", lambda: real() + late)

        def batches():
            nonlocal late
            yield numbered(0)
            late += 1_000
            own_server.kill()
            own_server.start()
            yield numbered(10)

        assert table.append(pa.RecordBatchReader.from_batches(NUMBERS, batches())).rows == 20
        assert sorted(table.scan().to_arrow()["n"].to_pylist()) == list(range(20))


def test_dicts_mean_the_columns_that_they_name(connection, name):
    columns = {"k": "BIGINT", "city": "STRING", "n": "BIGINT"}
    table = connection.create_table(name, columns, primary_key=["k"], buckets=2)
    table.upsert([{"k": k, "city": f"c{k}", "n": k} for k in range(4)])
    written = table.upsert(
        [
            {"k": 1, "city": "Berlin"},
            {"k": 2, "n": 21},
            {"n": 31, "k": 3},
            {"k": 1, "n": 11},
            {"k": 2, "n": 22, "city": None},
            {"k": 2, "city": "Kyoto"},
        ]
    )
    assert written.rows == 6
    assert sorted(table.scan().to_pylist(), key=lambda row: row["k"]) == [
        {"k": 0, "city": "c0", "n": 0},
        {"k": 1, "city": "Berlin", "n": 11},
        {"k": 2, "city": "Kyoto", "n": 22},
        {"k": 3, "city": "c3", "n": 31},
    ]


def test_tables_of_whole_rows_take_nulls_for_what_dicts_lack(connection, name):
    table = connection.create_table(
        name,
        {"k": "BIGINT", "a": "INT", "b": "INT"},
        primary_key=["k"],
        properties={"table.merge-engine": "first_row"},
    )
    table.upsert([{"k": 1, "a": 1}, {"k": 2, "b": 2}])
    assert table.lookup(2) == {"k": 2, "a": None, "b": 2}


def test_a_failure_counts_the_groups_before_it(connection, name):
    columns = {"k": "BIGINT", "city": "STRING", "n": "INT"}
    table = connection.create_table(name, columns, primary_key=["k"])
    with pytest.raises(thalweg.SchemaError, match="does not fit INT") as refused:
        table.upsert([{"k": 1, "city": "a"}, {"k": 2, "city": "b"}, {"k": 3, "n": 2**40}])
    assert stored_by(refused.value) == [2, 0]
    with pytest.raises(thalweg.SchemaError, match="has no column 'm'"):
        table.upsert([{"k": 4}, {"k": 5, "m": 1}])  # before anything is sent
    assert sorted(row["k"] for row in table.scan().to_pylist()) == [1, 2]


def test_dicts_of_a_log_leave_the_others_null(connection, name):
    table = connection.create_table(name, {"a": "BIGINT", "b": "STRING"})
    table.append([{"a": 1}, {"b": "x"}])
    assert table.scan().to_pylist() == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


@pytest.mark.parametrize(
    "rows",
    [
        pa.table({"s": pa.array([b"x"] * 50_000 + [b"y" * 1_000_000] * 40, pa.binary())}),
        pa.table({"s": pa.DictionaryArray.from_arrays(np.zeros(12_000, np.int32), [b"z" * 10_000])}),
        pa.table({"s": pa.array([None] * 100 + [b"v" * 3_000_000] * 12, pa.binary_view())}),
        pd.DataFrame({"s": [b"p" * 2_000_000] * 16}),
    ],
    ids=["skewed", "dictionary", "view", "pandas"],
)
def test_batches_are_cut_by_what_their_rows_take(connection, name, rows):
    table = connection.create_table(name, {"s": "BYTES"})
    assert table.append(rows).rows == len(rows)
    wanted = sorted(
        len(value or b"")
        for value in list(rows["s"].to_pylist() if isinstance(rows, pa.Table) else rows["s"])
    )
    found = [len(row["s"] or b"") for batch in table.scan().to_batches() for row in batch.to_pylist()]
    assert sorted(found) == wanted


def test_nulls_take_the_width_of_the_tables_types(connection, name):
    table = connection.create_table(name, {"n": "BIGINT", "e": "VECTOR(2000)"})
    assert table.append({"n": range(20_000)}).rows == 20_000
    assert table.append({"n": range(20_000), "e": [None] * 20_000}).rows == 20_000


def test_a_row_over_the_limit_is_named_before_it_is_sent(connection, name):
    table = connection.create_table(name, {"n": "BIGINT", "s": "BYTES"})
    for size in (17 << 20, 70 << 20):
        with pytest.raises(
            thalweg.SchemaError, match=r"TOO_LARGE: row 1 takes .*'s', and a row may"
        ) as large:
            table.append([{"n": 0, "s": b"x"}, {"n": 1, "s": b"y" * size}])
        assert stored_by(large.value)[0] == 1
    assert table.count() == 2


def test_decimal_keys_of_all_digits(connection, name):
    table = connection.create_table(name, {"k": "DECIMAL(38, 3)", "v": "INT"}, primary_key=["k"], buckets=8)
    keys = [
        decimal.Decimal(f"{sign}1234567890123456789012345678901234{i}.678")
        for sign in "+-"
        for i in range(10)
    ]
    table.upsert([{"k": key, "v": i} for i, key in enumerate(keys)])
    assert [row["v"] for row in table.lookup_many(keys).to_pylist()] == list(range(20))
    table.delete(keys[:5])
    assert table.count() == 15


def test_deletes_count_what_was_asked_for(connection, name):
    table = connection.create_table(name, {"k": "BIGINT", "v": "INT"}, primary_key=["k"])
    assert table.delete([12345]).rows == 1
    assert table.count() == 0


def test_a_stopped_server_leaves_no_untruth(own_server):
    with thalweg.connect(own_server.uri, timeout=1) as connection:
        table = connection.create_table("t", {"n": "BIGINT"})

        def batches():
            for at in range(10):
                if at == 5:
                    own_server.kill()
                yield numbered(at * 10)

        with pytest.raises(thalweg.ThalwegError) as failed:
            table.append(pa.RecordBatchReader.from_batches(NUMBERS, batches()))
    own_server.start()
    stored, unknown = stored_by(failed.value)
    with thalweg.connect(own_server.uri) as connection, contextlib.closing(connection):
        assert stored <= connection.table("t").count() <= stored + unknown
