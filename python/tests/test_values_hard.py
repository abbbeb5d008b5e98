"""Values of all libraries go in unchanged, or are refused by a message that names the column."""

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import thalweg
from thalweg import types

D = decimal.Decimal
NANO, MICRO = pd.Timestamp("2026-01-01T00:00:00.123456789"), pd.Timestamp("2026-01-01T00:00:00.123456")
EAST = datetime.timezone(datetime.timedelta(hours=5))


def made(rows, kind):
    """The one column of rows as it is sent into a column of a type."""
    return types.reader(rows, pa.schema([pa.field("a", kind)])).read_all()["a"].combine_chunks()


def test_keys_keep_their_nanoseconds(connection, name):
    table = connection.create_table(name, {"k": "TIMESTAMP(9)", "v": "STRING"}, primary_key=["k"], buckets=4)
    table.upsert(pd.DataFrame({"k": pd.Series([NANO, MICRO]).astype("datetime64[ns]"), "v": ["A", "B"]}))
    assert [table.lookup(key)["v"] for key in (NANO, MICRO, NANO.to_datetime64())] == ["A", "B", "A"]
    assert table.lookup_many([NANO, MICRO])["v"].to_pylist() == ["A", "B"]
    assert table.lookup_many({"k": pd.Series([NANO])})["v"].to_pylist() == ["A"]
    as_read = next(row for row in table.scan().to_pylist() if row["v"] == "A")
    table.upsert([{**as_read, "v": "A2"}])
    assert (table.count(), table.lookup(NANO)["v"]) == (2, "A2")
    table.delete([NANO])
    assert table.scan().to_arrow()["v"].to_pylist() == ["B"]


def test_nanoseconds_are_not_cut(connection, name):
    table = connection.create_table(name, {"fine": "TIMESTAMP_LTZ(9)", "coarse": "TIMESTAMP(6)"})
    table.append([{"fine": NANO.tz_localize("Asia/Tokyo"), "coarse": MICRO}])
    moment = table.scan().to_arrow()["fine"].cast(pa.int64()).to_pylist()
    assert moment == [NANO.tz_localize("Asia/Tokyo").value]
    for value in (NANO, NANO.to_datetime64()):
        with pytest.raises(thalweg.SchemaError, match=r"column 'coarse'.*finer"):
            table.append([{"coarse": value}])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([NANO, None, pd.NaT], pa.timestamp("ns")),
        ([NANO, datetime.datetime(1969, 12, 31), datetime.date(2026, 1, 1)], pa.timestamp("ns")),
        ([np.datetime64("2026-01-01T00:00:00.000000001"), np.datetime64("NaT")], pa.timestamp("ns")),
        ([np.datetime64("1900-01-01", "D"), np.datetime64("2026", "Y")], pa.timestamp("us")),
        (
            [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)],
            pa.timestamp("us"),
        ),
        ([datetime.datetime(2026, 1, 1, tzinfo=EAST), NANO.tz_localize("UTC")], pa.timestamp("ns", "UTC")),
    ],
)
def test_datetimes_become_what_they_are(values, kind):
    found = made({"a": values}, kind)
    assert found.type == kind
    units = {"ns": 1, "us": 1_000}
    for given, kept in zip(values, found.cast(pa.int64()).to_pylist()):
        if kept is None:
            assert given is None or pd.isna(given)
        else:
            wanted = pd.Timestamp(given) if kind.unit == "ns" else None
            if wanted is not None:
                assert kept * units[kind.unit] == wanted.value
            else:
                assert (
                    datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=kept)
                    == pd.Timestamp(given).to_pydatetime()
                )


def test_nested_nanoseconds_are_kept():
    kind = pa.list_(pa.struct([("t", pa.timestamp("ns"))]))
    found = made([{"a": [{"t": NANO}, {"t": None}, None]}, {"a": None}], kind)
    assert found.type == kind
    assert found.flatten().field("t").cast(pa.int64()).to_pylist() == [NANO.value, None, None]
    assert found.is_null().to_pylist() == [False, True]
    pairs = made([{"a": {"x": NANO}}, {"a": None}, {"a": []}], pa.map_(pa.string(), pa.timestamp("ns")))
    assert pairs.items.cast(pa.int64()).to_pylist() == [NANO.value]
    assert [None if each is None else len(each) for each in pairs.to_pylist()] == [1, None, 0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"a": [datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=EAST)]}, "are mixed"),
        ({"a": [datetime.time(1, tzinfo=EAST)]}, "a TIME has no zone"),
        ({"a": [[datetime.datetime(2026, 1, 1), NANO.tz_localize("UTC")]]}, "are mixed"),
        ({"a": [NANO, datetime.datetime(1, 1, 1)]}, "from 1677 to 2262"),
        ({"a": [NANO, "x"]}, "'x' is among datetimes"),
        ({"a": [np.datetime64("2026-01-01T00:00:00.000000000001")]}, "finer than nanoseconds"),
        (pd.DataFrame({"a": pd.period_range("2026-01", periods=2, freq="M")}), "to_timestamp"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' is there twice"),
        (pd.DataFrame({"a": [1j]}), "column 'a' is complex128"),
        (pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}), "column 'a'"),
        (pd.DataFrame({"a": pd.Series(["\ud83d"], dtype=object)}), "column 'a'.*surrogates"),
        (pd.DataFrame({"a": pd.Series([2**70], dtype=object)}), "column 'a'.*decimal.Decimal"),
        (pd.Series([1], name="a"), "to_frame"),
        (pl.Series("a", [1]), "to_frame"),
        (pl.LazyFrame({"a": [1]}), "collect"),
        (pl.DataFrame({"a": pl.Series([1], dtype=pl.Int128)}), "column 'a' is Int128"),
        (pl.DataFrame({"a": pl.Series(["x", 5], dtype=pl.Object)}), "column 'a' is Object"),
        ({"a": [1, 2], "b": [1]}, "as many values"),
        ([{"a": {}}], "column 'a'.*without entries"),
        ([{1: 2}], "texts as names"),
        (pd.DataFrame({"a": [1]}, index=["x"]), r"reset_index.*rename_axis"),
        (pd.DataFrame({"a": [1, 2, 3]}).iloc[[2, 0, 1]], r"reset_index"),
        (pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")), "index and a column"),
        (pd.DataFrame({"a": pd.to_timedelta([1], "s")}), "column 'a'.*duration"),
        (pa.table({"a": pa.array([{}], pa.struct([]))}), "column 'a'.*struct<>"),
        (pa.table({"a": pa.array([[1.0, None]], pa.list_(pa.float32(), 2))}), "column 'a'.*VECTOR"),
    ],
)
def test_new_tables_refuse_what_none_holds(connection, name, rows, message):
    with pytest.raises(thalweg.InvalidRequest, match=message):
        connection.create_table(name, rows)


def test_nulls_alone_go_into_any_type(connection, name):
    kinds = [
        "ROW<v VECTOR(2)>",
        "VARIANT",
        "VECTOR(2)",
        "MAP<STRING, INT>",
        "DATE",
        "BINARY(2)",
        "ARRAY<INT>",
    ]
    table = connection.create_table(name, {f"c{i}": kind for i, kind in enumerate(kinds)})
    for i in range(len(kinds)):
        table.append([{f"c{i}": None}])
        table.append(pa.table({f"c{i}": pa.nulls(1)}))
    assert {value for row in table.scan().to_pylist() for value in row.values()} == {None}


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("TIMESTAMP_LTZ(6)", [datetime.datetime(2026, 1, 1), NANO.tz_localize("UTC")], "are mixed"),
        ("TIMESTAMP(6)", [datetime.datetime(2026, 1, 1, tzinfo=EAST), MICRO], "are mixed"),
        ("TIME(6)", [datetime.time(1, tzinfo=EAST)], "a TIME has no zone"),
        ("BIGINT", [2**70], "column 'a' is BIGINT"),
        ("DECIMAL(20, 0)", [2**70], "column 'a' is DECIMAL"),
        ("BIGINT", [datetime.timedelta(seconds=1)], "column 'a' is BIGINT"),
        ("MAP<STRING, INT>", [[1, 2]], "is no pair"),
        ("STRING", [object()], "column 'a' is STRING"),
        ("STRING", "abc", "a list of values"),
        ("DOUBLE", [1j], "column 'a' is DOUBLE"),
    ],
)
def test_tables_refuse_what_they_cannot_hold(connection, name, kind, value, message):
    table = connection.create_table(name, {"a": kind})
    with pytest.raises(thalweg.SchemaError, match=message):
        table.append({"a": value})


def test_values_that_need_the_tables_type(connection, name):
    table = connection.create_table(
        name, {"d": "DECIMAL(20, 0)", "r": "ROW<x INT, y STRING>", "m": "MAP<STRING, INT>", "u": "STRING"}
    )
    rows = [
        {"d": 2**63, "r": {}, "m": {}, "u": uuid.UUID(int=5)},
        {"d": 1, "r": {"y": "b"}, "m": {"a": None}, "u": None},
        {"d": None, "r": None, "m": None, "u": None},
    ]
    table.append(rows)
    table.append([{"r": {}}])
    table.append(pa.table({"u": pa.nulls(1)}))
    assert table.scan().to_pylist() == [
        {"d": D(2**63), "r": {"x": None, "y": None}, "m": [], "u": str(uuid.UUID(int=5))},
        {"d": D(1), "r": {"x": None, "y": "b"}, "m": [("a", None)], "u": None},
        {"d": None, "r": None, "m": None, "u": None},
        {"d": None, "r": {"x": None, "y": None}, "m": None, "u": None},
        {"d": None, "r": None, "m": None, "u": None},
    ]


def test_whole_numbers_with_nulls_stay_exact_in_pandas(connection, name):
    table = connection.create_table(name, {"n": "BIGINT"})
    table.append(pd.DataFrame({"n": pd.array([2**53 + 1, None], dtype="Int64")}))
    table.append(table.scan().to_pandas(types_mapper=pd.ArrowDtype))
    assert table.scan().to_arrow()["n"].to_pylist() == [2**53 + 1, None] * 2


def test_arrow_columns_that_no_table_holds(connection, name):
    table = connection.create_table(name, {"n": "BIGINT", "r": "ROW<x INT>"})
    periods = pa.Table.from_pandas(pd.DataFrame({"n": pd.period_range("2026-01", periods=2, freq="M")}))
    for rows in (periods, pa.table({"r": pa.array([{}], pa.struct([]))})):
        with pytest.raises(thalweg.SchemaError, match="no table holds"):
            table.append(rows)
        with pytest.raises(thalweg.InvalidRequest, match="no table holds"):
            connection.create_table(name + "_other", rows)


def test_arrays_of_all_shapes():
    assert made([{"a": np.array(1.5)}, {"a": None}], pa.float64()).to_pylist() == [1.5, None]
    assert made({"a": np.ones((1, 2, 2))}, pa.list_(pa.list_(pa.float64()))).to_pylist() == [[[1, 1], [1, 1]]]
    mixed = made([{"a": np.array([1.5])}, {"a": (2,)}, {"a": np.array([])}], pa.list_(pa.float64()))
    assert mixed.to_pylist() == [[1.5], [2.0], []]


def test_names_of_indexes_are_columns(connection, name):
    days = pd.date_range("2026-01-01", periods=2, name="day")
    frame = pd.DataFrame({"v": [1.5, 2.5]}, index=days)
    table = connection.create_table(name, frame, primary_key=["day"])
    table.upsert(frame)
    assert table.scan().to_arrow().sort_by("day")["v"].to_pylist() == [1.5, 2.5]
    assert table.lookup_many(frame).num_rows == 2
    table.delete(frame.iloc[:1])
    assert [row["day"] for row in table.scan().to_pylist()] == [days[1]]
    both = types.reader(frame.assign(w="x").set_index("w", append=True))
    assert both.schema.names == ["day", "w", "v"]
    assert types.reader(frame.reset_index()[1:]).schema.names == ["day", "v"]


@pytest.mark.parametrize("layout", ["log", "partitions", "keyed"])
def test_polars_frames_go_into_tables_of_all_layouts(connection, name, layout):
    frame = pl.DataFrame(
        {
            "k": [f"a key that is no longer inlined {i}" for i in range(8)],
            "l": [["x", None, "text"]] * 4 + [None] * 4,
            "s": [{"b": b"bytes", "t": ["y"]}] * 8,
            "c": pl.Series(["u", "v"] * 4, dtype=pl.Categorical),
        }
    )
    options = {
        "log": {"buckets": 4, "bucket_key": ["k"]},
        "partitions": {"partition_by": ["c"]},
        "keyed": {"primary_key": ["k"], "buckets": 4},
    }
    table = connection.create_table(name, frame, **options[layout])
    write = table.upsert if layout == "keyed" else table.append
    assert write(frame).rows == 8
    found = table.scan().to_polars().sort("k")
    assert found.to_dicts() == frame.sort("k").to_dicts()
    if layout == "keyed":
        assert table.lookup_many(frame.select("k")).num_rows == 8
        table.delete(frame.select("k"))
        assert table.count() == 0


def test_arrow_forms_that_servers_do_not_know(connection, name):
    rows = pa.table(
        {
            "i": range(4),
            "run": pc.run_end_encode(pa.array(["a", "a", None, "b"])),
            "small": pa.array([D("1.5"), None, D("-2.25"), D(0)], pa.decimal32(5, 2)),
            "middle": pa.array([D("1.5"), None, D("-2.25"), D(0)], pa.decimal64(12, 2)),
            "views": pa.array([["x"], None, [None], []], pa.list_view(pa.string_view())),
            "pairs": pa.array([[("x", "y")], None, [], []], pa.map_(pa.string_view(), pa.string_view())),
            "coded": pa.DictionaryArray.from_arrays([0, None, 1, 0], pa.array(["p", "q"], pa.string_view())),
            "id": pa.array([uuid.UUID(int=i).bytes for i in range(4)], pa.uuid()),
        }
    )
    table = connection.create_table(name, rows, buckets=3, bucket_key=["i"])
    table.append(rows)
    found = table.scan().to_arrow().sort_by("i").to_pydict()
    wanted = {**rows.to_pydict(), "id": [str(uuid.UUID(int=i)) for i in range(4)]}
    assert found == wanted


def variant(connection, name, rows):
    """One VARIANT as JSON, written alone into a new table."""
    connection.drop_table(name, if_exists=True)
    table = connection.create_table(name, {"v": "VARIANT"})
    table.append(rows)
    return table.scan(columns=["variant_get(v, '$', 'STRING') AS s"]).to_pylist()[0]["s"]


@pytest.mark.parametrize(
    ("value", "json"),
    [
        ({"x": np.int64(2), "y": np.float32(1.5), "z": np.bool_(True)}, '{"x":2,"y":1.5,"z":true}'),
        (np.arange(5), "[0,1,2,3,4]"),
        ({"x": np.array([[1.5], [2.5]])}, '{"x":[[1.5],[2.5]]}'),
        ({"x": pd.NA, "y": pd.NaT, "z": None}, '{"x":null,"y":null,"z":null}'),
        ({"x": D("1.10")}, '{"x":1.10}'),
        ({"x": D("12345678901234567890123456789012345678")}, '{"x":12345678901234567890123456789012345678}'),
        ((1, "2", {"x": "\u00e9"}), '[1,"2",{"x":"\u00e9"}]'),
        (
            {"x": NANO, "y": datetime.date(2026, 1, 1)},
            '{"x":"2026-01-01T00:00:00.123456789","y":"2026-01-01"}',
        ),
        ('{"a": 1}', '{"a":1}'),
        ('"a text"', "a text"),
    ],
)
def test_variants_hold_what_was_given(connection, name, value, json):
    assert variant(connection, name, [{"v": value}]) == json


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"x": b"ab"}, "b'ab' is a bytes"),
        ({"x": {1, 2}}, "is a set"),
        ({"x": object()}, "is a object"),
        ({"x": float("inf")}, "neither NaN nor infinities"),
        ({"x": 2**200}, "38 digits"),
        ({"x": D("1e-40")}, "38 digits"),
        ({1: 2}, "names in an object are texts"),
        ("no json", "column 'v'"),
    ],
)
def test_variants_refuse_what_json_lacks(connection, name, value, message):
    with pytest.raises(thalweg.SchemaError, match=message):
        variant(connection, name, [{"v": value}])


def test_texts_in_variants_mean_the_same_everywhere(connection, name):
    text = '{"a": [1, "x"]}'
    forms = [
        [{"v": text}],
        {"v": [text]},
        pd.DataFrame({"v": pd.Series([text], dtype=object)}),
        pd.DataFrame({"v": pd.Series([text], dtype="string")}),
        pd.DataFrame({"v": pd.Categorical([text])}),
        pl.DataFrame({"v": [text]}),
        pa.table({"v": pa.array([text], pa.large_string())}),
        pa.table({"v": pa.array([text]).dictionary_encode()}),
    ]
    assert {variant(connection, name, rows) for rows in forms} == {'{"a":[1,"x"]}'}
    pairs = pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))
    assert variant(connection, name, pa.table({"v": pairs})) == '{"a":1}'
    assert variant(connection, name, pa.table({"v": pa.array([D("1.10")])})) == "1.10"
    with pytest.raises(thalweg.SchemaError, match="is a bytes"):
        variant(connection, name, pa.table({"v": [b"x"]}))
