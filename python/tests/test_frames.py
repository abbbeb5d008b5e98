"""What pandas, Polars, DuckDB and NumPy hand over by default: in without a cast, out, and in again."""

import datetime
import decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import thalweg

MOMENTS = pd.to_datetime(["2026-01-01 10:00:00.123456789", "1969-12-31 23:59:59", None], format="ISO8601")

PANDAS = pd.DataFrame(
    {
        "i": [1, 2, 3],
        "i32": np.array([1, 2, 3], np.int32),
        "u64": np.array([1, 2**64 - 1, 3], np.uint64),
        "f": [0.5, None, float("inf")],
        "f32": np.array([0.5, np.nan, 1], np.float32),
        "nullable": pd.array([1, None, 3], "Int64"),
        "b": [True, False, True],
        "maybe": pd.array([True, None, False], "boolean"),
        "s": ["a", None, "ä€😀"],
        "cat": pd.Categorical(["x", "y", None]),
        "at": MOMENTS,
        "zoned": MOMENTS.tz_localize("Europe/Zurich"),
        "dec": [decimal.Decimal("1.25"), None, decimal.Decimal("-9.50")],
        "day": [datetime.date(2026, 1, 1), None, datetime.date(1, 1, 1)],
        "list": [[1, 2], None, []],
        "dict": [{"x": 1, "y": "a"}, None, {"x": None, "y": None}],
        "bytes": [b"\x00", None, b"abc"],
    }
)

POLARS = pl.DataFrame(
    {
        "i": [1, None, 3],
        "u8": pl.Series([1, 2, 255], dtype=pl.UInt8),
        "f": [0.5, None, float("nan")],
        "s": ["a", None, "ä€😀"],
        "cat": pl.Series(["x", "y", None], dtype=pl.Categorical),
        "enum": pl.Series(["x", "y", None], dtype=pl.Enum(["x", "y"])),
        "at": [datetime.datetime(2026, 1, 1, 10, 0, 0, 123456), None, datetime.datetime(1, 1, 1)],
        "zoned": pl.Series([datetime.datetime(2026, 1, 1), None, None]).dt.replace_time_zone("Europe/Zurich"),
        "day": [datetime.date(2026, 1, 1), None, datetime.date(9999, 12, 31)],
        "time": [datetime.time(23, 59, 59, 999999), None, datetime.time(0)],
        "dec": pl.Series(["1.25", None, "-9.50"]).str.to_decimal(scale=2),
        "list": [[1, 2], None, []],
        "array": pl.Series([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=pl.Array(pl.Float32, 2)),
        "struct": [{"x": 1, "y": "a"}, {"x": None, "y": None}, {"x": 3, "y": "c"}],
        "bytes": [b"\x00", None, b"abc"],
        "b": [True, None, False],
        "none": [None, None, None],
    }
)


def there_and_back(connection, name, frame, out):
    """The frame as it comes out, once, and of all rows after that went in again."""
    table = connection.create_table(name, frame)
    assert table.append(frame).rows == 3
    once = out(table.scan())
    assert table.append(once).rows == 3
    return once, out(table.scan())


def test_pandas(connection, name):
    once, twice = there_and_back(connection, name, PANDAS, lambda scan: scan.to_pandas())
    for column in PANDAS.columns:
        given, came = pa.array(PANDAS[column], from_pandas=True), pa.array(once[column], from_pandas=True)
        if pa.types.is_dictionary(given.type):
            given = given.dictionary_decode()
        if column == "u64":
            came = came.cast(pa.uint64())
        assert came.to_pylist() == given.to_pylist(), column
    pd.testing.assert_frame_equal(twice, pd.concat([once, once], ignore_index=True))


def test_polars(connection, name):
    once, twice = there_and_back(connection, name, POLARS, lambda scan: scan.to_polars())
    for column in POLARS.columns:
        given, came = POLARS[column], once[column]
        if column == "zoned":
            came = came.dt.convert_time_zone("Europe/Zurich")
        if column in ("cat", "enum"):
            given = given.cast(pl.String)
        assert str(came.to_list()) == str(given.to_list()), column
    assert str(twice.to_dicts()) == str(pl.concat([once, once]).to_dicts())


def test_duckdb(connection, name):
    relation = duckdb.sql(
        """SELECT range AS i, range::HUGEINT AS h, 'x' || range AS s, [range] AS l, {'a': range} AS r,
           DATE '2026-01-01' AS d, TIMESTAMP '2026-01-01 10:00:00.123456' AS t,
           TIMESTAMPTZ '2026-01-01 10:00:00+00' AS z, 1.25::DECIMAL(9, 2) AS m,
           MAP {'k': range} AS map, TIME '10:00:00' AS time, '\\x00'::BLOB AS b, true AS yes FROM range(3)"""
    )
    once, _ = there_and_back(connection, name, relation.to_arrow_table(), lambda scan: scan.to_arrow())
    assert duckdb.from_arrow(once).fetchall() == relation.fetchall()


def test_numpy(connection, name):
    columns = {
        "f": np.array([0.5, np.nan, 1.0]),
        "i": np.array([1, 2, 3], np.int16),
        "t": np.array(["2026-01-01T00:00:00.000000001", "NaT", "1970-01-01"], "datetime64[ns]"),
        "e": np.arange(6, dtype=np.float32).reshape(3, 2),
        "s": np.array(["a", "bc", ""]),
    }
    table = connection.create_table(
        name, {"f": "DOUBLE", "i": "SMALLINT", "t": "TIMESTAMP(9)", "e": "VECTOR(2)", "s": "STRING"}
    )
    assert table.append(columns).rows == 3
    rows = table.scan().to_arrow()
    assert rows["e"].to_pylist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert rows["t"].cast(pa.int64()).to_pylist() == [1767225600000000001, None, 0]
    assert rows["s"].to_pylist() == ["a", "bc", ""]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pd.DataFrame({"n": pd.to_timedelta([1], "s")}), "no table holds|n"),
        ("text", "rows cannot come from a str"),
        ([1, 2], "a row is a dict"),
        (pd.DataFrame({0: [1]}), "columns must have texts as names"),
        ({"n": [2**63]}, "column 'n' is BIGINT"),
        ({"n": [1.5]}, "column 'n'.*1.5"),
        ({"n": [1, "x"]}, "column 'n' is BIGINT"),
        ({"day": [datetime.datetime(2026, 1, 1, 5)]}, "column 'day'.*time of day"),
        ({"ms": [datetime.datetime(2026, 1, 1, 0, 0, 0, 1)]}, "column 'ms'.*finer"),
        ({"r": [{"x": 1.5}]}, "1.5"),
        ({"r": [{"x": None, "y": 1}]}, "column 'r'.*'y'"),
        ({"r": [{"y": 1}]}, "column 'r'.*'y'"),
        ({"map": [{"k": 1.5}]}, "column 'map.value'.*1.5"),
        ({"list": [[1.5], []]}, "column 'list.element'.*1.5"),
        ({"f": [2**53 + 1]}, "column 'f'.*9007199254740993"),
    ],
)
def test_what_does_not_fit_is_refused(connection, name, rows, message):
    columns = {
        "n": "BIGINT",
        "day": "DATE",
        "ms": "TIMESTAMP(3)",
        "r": "ROW<x INT>",
        "map": "MAP<STRING, INT>",
        "list": "ARRAY<INT>",
        "f": "DOUBLE",
    }
    table = connection.create_table(name, columns)
    with pytest.raises(thalweg.SchemaError, match=message):
        table.append(rows)
    assert table.count() == 0


def test_lance(connection, name, tmp_path):
    lance = pytest.importorskip("lance")
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    rows = pa.table(
        {
            "n": range(4),
            "text": ["a", None, "ä€😀", ""],
            "vector": pa.FixedSizeListArray.from_arrays(vectors.ravel(), 3),
            "at": pa.array([0, 1, None, 2**40], pa.timestamp("us", "UTC")),
            "price": pa.array([decimal.Decimal("1.25"), None, None, None], pa.decimal128(9, 2)),
            "tags": [["a"], [], None, ["b", "c"]],
        }
    )
    table = connection.create_table(name, rows)
    table.append(rows)
    scan = table.scan()
    made = scan.to_lance(tmp_path / "rows.lance")
    assert made.to_table().to_pylist() == scan.to_arrow().to_pylist()
    assert [str(t) for t in made.schema.types if "list" not in str(t)] == [
        "int64",
        "string",
        "timestamp[us, tz=UTC]",
        "decimal128(9, 2)",
    ]
    table.append(rows.slice(0, 1))
    more = table.scan(start=scan.next_offsets).to_lance(tmp_path / "rows.lance", mode="append")
    assert more.count_rows() == 5
    assert table.append(lance.dataset(tmp_path / "rows.lance")).rows == 5
    assert table.count() == 10


def test_datasets(connection, name, tmp_path):
    rows = pa.table({"n": range(1000), "text": ["x"] * 1000})
    pq.write_table(rows, tmp_path / "rows.parquet")
    table = connection.create_table(name, ds.dataset(tmp_path / "rows.parquet"))
    assert table.append(ds.dataset(tmp_path / "rows.parquet")).rows == 1000
    assert table.append(table.dataset()).rows == 1000
    assert table.count() == 2000
