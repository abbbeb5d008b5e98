import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import thalweg

EVERYTHING = pa.table(
    {
        "b": pa.array([True, None, False]),
        "i8": pa.array([-128, None, 127], pa.int8()),
        "i16": pa.array([1, None, 3], pa.int16()),
        "i32": pa.array([1, None, 3], pa.int32()),
        "i64": pa.array([2**63 - 1, None, -(2**63)]),
        "f32": pa.array([0.5, None, float("inf")], pa.float32()),
        "f64": pa.array([0.1, None, -0.0]),
        "dec": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-9.99")], pa.decimal128(9, 2)),
        "s": pa.array(["é", None, ""]),
        "bin": pa.array([b"\x00", None, b""]),
        "fix": pa.array([b"ab", None, b"cd"], pa.binary(2)),
        "day": pa.array([datetime.date(2026, 11, 29), None, datetime.date(1, 1, 1)]),
        "t": pa.array([1, None, 86_399_999_999_999], pa.time64("ns")),
        "ts": pa.array([1, None, -1], pa.timestamp("ns")),
        "tz": pa.array([1, None, -1], pa.timestamp("us", "UTC")),
        "list": pa.array([[1, None], None, []], pa.list_(pa.int32())),
        "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        "row": pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": None}]),
        "vec": pa.array([[0.5, 1.0], None, [2.0, 3.0]], pa.list_(pa.field("item", pa.float32(), False), 2)),
    }
)


def test_every_type_goes_in_and_comes_out_equal(connection, name):
    table = connection.create_table(name, EVERYTHING)
    assert table.append(EVERYTHING).rows == 3
    found = table.scan().to_arrow()
    assert found.to_pylist() == EVERYTHING.to_pylist()
    assert table.append(found).rows == 3  # and goes back in
    assert table.scan().to_arrow().slice(3).to_pylist() == EVERYTHING.to_pylist()


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: rows,
        lambda rows: pa.table(rows),
        lambda rows: pd.DataFrame(rows),
        lambda rows: pl.DataFrame(rows),
        lambda rows: [dict(zip(rows, values)) for values in zip(*rows.values())],
        lambda rows: pa.table(rows).to_reader(max_chunksize=1),
        lambda rows: pa.table(rows).to_batches()[0],
    ],
    ids=["dict", "arrow", "pandas", "polars", "dicts", "reader", "batch"],
)
def test_frames_of_all_kinds(connection, name, make):
    rows = {
        "id": [1, 2, 3],
        "kind": ["a", None, "c"],
        "at": [datetime.datetime(2026, 1, d) for d in (1, 2, 3)],
    }
    table = connection.create_table(name, {"id": "BIGINT", "kind": "STRING", "at": "TIMESTAMP(9)"}, buckets=2)
    written = table.append(make(rows))
    assert (written.rows, sum(written.next_offsets.values())) == (3, 3)
    assert (
        sorted(table.scan().to_pylist(), key=lambda row: row["id"])
        == pa.table(rows).cast(table.schema).to_pylist()
    )


def test_empty_frames(connection, name):
    table = connection.create_table(name, {"id": "BIGINT"})
    for empty in ([], pd.DataFrame({"id": []}), pa.table({"id": pa.array([], pa.int64())}), {"id": []}):
        assert table.append(empty).rows == 0
    assert table.scan().to_arrow().equals(table.schema.empty_table())


def test_variants_are_dicts(connection, name):
    table = connection.create_table(name, {"id": "BIGINT", "event": "VARIANT"})
    events = [{"kind": "a", "n": 1}, [1, "x", None], '"text"', 2.5, None]
    table.append([{"id": i, "event": event} for i, event in enumerate(events)])
    table.append(pd.DataFrame({"id": [5], "event": [{"kind": "b"}]}))
    found = table.scan(
        columns=["id", "variant_get(event, '$.kind', 'STRING') AS kind"], filter="id IN (0, 5)"
    )
    assert sorted(row["kind"] for row in found.to_pylist()) == ["a", "b"]


def test_vectors_are_arrays(connection, name):
    table = connection.create_table(name, {"id": "BIGINT", "e": "VECTOR(3)"})
    table.append([{"id": 1, "e": np.array([1, 2, 3], np.float32)}, {"id": 2, "e": [4.0, 5.0, 6.0]}])
    assert table.scan(filter="id = 2").to_pylist() == [{"id": 2, "e": [4.0, 5.0, 6.0]}]
    with pytest.raises(thalweg.SchemaError):
        table.append([{"id": 1, "e": [1.0]}])


def test_mistakes_say_what_was_meant(connection, name):
    table = connection.create_table(name, {"origin": "STRING", "delay": "INT"})
    with pytest.raises(thalweg.SchemaError, match="has no column 'delya'; did you mean 'delay'"):
        table.append([{"delya": 1}])
    with pytest.raises(thalweg.SchemaError, match="has no column 'orgin'; did you mean 'origin'"):
        table.scan(columns=["orgin"]).to_arrow()
    with pytest.raises(thalweg.SchemaError, match="column 'delay' is INT"):
        table.append([{"delay": "late"}])
    with pytest.raises(thalweg.InvalidRequest, match="has no primary key"):
        table.upsert([{"delay": 1}])
    with pytest.raises(thalweg.InvalidRequest, match="list of names"):
        connection.create_table("other", {"a": "INT"}, primary_key="a")
    with pytest.raises(thalweg.NotFound) as missing:
        connection.table("nowhere")
    assert (missing.value.code, missing.value.retryable) == ("TABLE_NOT_FOUND", False)
    with pytest.raises(thalweg.AlreadyExists):
        connection.create_table(name, {"a": "INT"})
    assert table.append([{"delay": 5}]).rows == 1  # nothing else suffered
    assert table.count() == 1


def test_what_was_stored_before_a_mistake_is_said(connection, name):
    table = connection.create_table(name, {"n": "TINYINT"})
    batches = [pa.record_batch({"n": [n] * 10}) for n in (1, 2, 3)] + [pa.record_batch({"n": [300]})]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    with pytest.raises(
        thalweg.SchemaError, match=r"300 does not fit TINYINT.*; 30 rows of this call are stored"
    ):
        table.append(reader)
    assert table.count() == 30
    assert table.append({"n": [4]}).rows == 1  # the next call has a new writer
    assert table.count() == 31


def test_rows_by_key(connection, name):
    table = connection.create_table(
        name, {"k": "BIGINT", "city": "STRING", "n": "INT"}, primary_key=["k"], buckets=3
    )
    table.upsert({"k": range(100), "city": [f"c{k}" for k in range(100)], "n": [1] * 100})
    table.upsert({"k": [7], "n": [2]})  # the city stays
    table.delete([8, 9])
    assert table.lookup(7) == {"k": 7, "city": "c7", "n": 2}
    assert table.lookup(8) is None
    found = table.lookup_many([50, 9, 3, 3], columns=["k", "n"])
    assert found.to_pylist() == [{"k": 50, "n": 1}, {"k": 3, "n": 1}, {"k": 3, "n": 1}]
    scan = table.scan(filter="k < 10")
    assert sorted(row["k"] for row in scan.to_pylist()) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert (table.count(), set(scan.next_offsets)) == (98, {0, 1, 2})
    changes = table.changelog(columns=["_change_type", "k"], filter="k IN (7, 8)").to_pylist()
    assert [c["_change_type"] for c in changes if c["k"] == 8] == ["insert", "delete"]
    pairs = table.binlog(columns=["before.n AS was", "after.n AS is_now"], filter="after.k = 7").to_pylist()
    assert pairs == [{"was": None, "is_now": 1}, {"was": 1, "is_now": 2}]


def test_prefixes(connection, name):
    table = connection.create_table(
        name,
        {"shop": "STRING", "id": "INT", "n": "INT"},
        primary_key=["shop", "id"],
        bucket_key=["shop"],
        buckets=4,
    )
    table.upsert([{"shop": s, "id": i, "n": i * i} for s in ("a", "b") for i in range(5)])
    assert [row["n"] for row in table.lookup_prefix("b").to_pylist()] == [0, 1, 4, 9, 16]


def test_partitions(connection, name):
    table = connection.create_table(name, {"day": "DATE", "n": "BIGINT"}, partition_by=["day"], buckets=2)
    days = [datetime.date(2026, 11, d) for d in range(1, 11)]
    table.append({"day": [*days, None] * 10, "n": list(range(110))})
    assert len(table.partitions()) == 11
    assert table.scan(filter="day = '2026-11-03'").count() == 10
    assert sorted(table.scan().to_arrow()["n"].to_pylist()) == list(range(110))


def test_a_dropped_partition_is_heard_of_once(connection, name):
    table = connection.create_table(name, {"day": "STRING", "n": "BIGINT"}, partition_by=["day"])
    table.append([{"day": "a", "n": 1}, {"day": "b", "n": 2}])
    table.drop_partition({"day": "a"})
    other = connection.table(name)
    assert other.append([{"day": "a", "n": 3}]).rows == 1  # made anew
    other.drop_partition({"day": "b"})
    with pytest.raises(thalweg.NotFound):
        table.append([{"day": "b", "n": 4}])
    table.append([{"day": "b", "n": 5}])
    assert sorted(table.scan().to_arrow()["n"].to_pylist()) == [3, 5]


def test_tables_change(connection, name):
    table = connection.create_table(name, {"id": "BIGINT"})
    table.append([{"id": 1}])
    table.alter("ADD COLUMN kind STRING DEFAULT 'none'")
    table.append([{"id": 2, "kind": "x"}])
    assert [column.name for column in table.columns] == ["id", "kind"]
    rows = sorted(table.scan().to_pylist(), key=lambda row: row["id"])
    assert rows == [{"id": 1, "kind": "none"}, {"id": 2, "kind": "x"}]


def test_aggregates(connection, name):
    table = connection.create_table(name, {"kind": "STRING", "n": "BIGINT"}, buckets=3)
    table.append({"kind": ["a", "b", "a", None] * 25, "n": range(100)})
    found = table.aggregate(["count(*)", "sum(n)", "max(n)"], group_by=["kind"], filter="n >= 4")
    assert {row["kind"]: (row["count(*)"], row["max(n)"]) for row in found.to_pylist()} == {
        "a": (48, 98),
        "b": (24, 97),
        None: (24, 99),
    }
    assert table.count() == 100
    assert table.statistics()["rows"] == 100
