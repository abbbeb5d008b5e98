"""Every Arrow form that says the same without loss is taken; whatever would lose something is refused.

Runs against a server whose address stands in THALWEG_ADDRESS, as test_pyarrow.py does. What pandas, polars and DuckDB
hand over by default is tried where they are installed.
"""

import datetime as dt
import decimal
import json
import os
import uuid

import pyarrow as pa
import pyarrow.flight as fl
import pytest

ADDRESS = os.environ.get("THALWEG_ADDRESS")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="THALWEG_ADDRESS names no server")


@pytest.fixture(scope="module")
def client():
    with fl.connect(ADDRESS) as connection:
        yield connection


def action(client, name, **body):
    results = client.do_action(fl.Action(name, json.dumps(body).encode()))
    return [json.loads(result.body.to_pybytes()) for result in results]


def stored(client, schema, data, **ticket):
    """What is read back after ``data``, a table or record batch, went into a new table of ``schema``."""
    name = "default.f_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema=schema)
    try:
        descriptor = fl.FlightDescriptor.for_command(json.dumps({"table": name}))
        batches = data.to_batches() if isinstance(data, pa.Table) else [data]
        writer, acks = client.do_put(descriptor, data.schema)
        for batch in batches:
            writer.write_batch(batch)
        writer.done_writing()
        while acks.read() is not None:
            pass
        writer.close()
        return client.do_get(fl.Ticket(json.dumps({"table": name, **ticket}))).read_all()
    finally:
        action(client, "drop-table", table=name, if_exists=True)


TEXTS = ["a", None, "", "longer than twelve bytes, with ü"]
BYTES = [b"a", None, b"", b"\0longer than twelve bytes"]
MOMENT = dt.datetime(2024, 2, 29, 12, 30, 1, 123000, tzinfo=dt.timezone.utc)

TAKEN = [
    ("STRING", pa.array(TEXTS, pa.large_string()), TEXTS),
    ("STRING", pa.array(TEXTS, pa.string_view()), TEXTS),
    ("STRING", pa.array(TEXTS).dictionary_encode(), TEXTS),
    ("STRING", pa.array(TEXTS, pa.large_string()).dictionary_encode(), TEXTS),
    ("STRING", pa.nulls(3), [None] * 3),
    ("CHAR(3)", pa.array(["abc", None], pa.large_string()), ["abc", None]),
    ("BYTES", pa.array(BYTES, pa.large_binary()), BYTES),
    ("BYTES", pa.array(BYTES, pa.binary_view()), BYTES),
    ("BINARY(2)", pa.array([b"ab", None]), [b"ab", None]),
    ("BIGINT", pa.array([1, None], pa.int8()), [1, None]),
    ("BIGINT", pa.array([1, None], pa.int32()), [1, None]),
    ("BIGINT", pa.array([2**32 - 1, None], pa.uint32()), [2**32 - 1, None]),
    ("BIGINT", pa.array([2**63 - 1], pa.uint64()), [2**63 - 1]),
    ("BIGINT", pa.array([1.0, None], pa.float64()), [1, None]),
    ("INT", pa.array([7, 8, 7]).dictionary_encode(), [7, 8, 7]),
    ("TINYINT", pa.array([-128], pa.int64()), [-128]),
    ("DOUBLE", pa.array([0.5, None], pa.float32()), [0.5, None]),
    ("DOUBLE", pa.array([1.5], pa.float16()), [1.5]),
    ("DECIMAL(20, 2)", pa.array([7], pa.int64()), [decimal.Decimal("7.00")]),
    ("DECIMAL(20, 2)", pa.array([decimal.Decimal("1.5")], pa.decimal128(3, 1)), [decimal.Decimal("1.50")]),
    ("DECIMAL(20, 2)", pa.array([decimal.Decimal("1.50")], pa.decimal256(40, 2)), [decimal.Decimal("1.50")]),
    ("DATE", pa.array([dt.date(1969, 7, 20)], pa.date64()), [dt.date(1969, 7, 20)]),
    ("TIME(6)", pa.array([dt.time(12, 1)], pa.time32("s")), [dt.time(12, 1)]),
    ("TIMESTAMP(3)", pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns")), [MOMENT.replace(tzinfo=None)]),
    ("TIMESTAMP_LTZ(3)", pa.array([MOMENT], pa.timestamp("us", "+00:00")), [MOMENT]),
    ("TIMESTAMP_LTZ(6)", pa.array([MOMENT], pa.timestamp("us", "Etc/UTC")), [MOMENT]),
    ("TIMESTAMP_LTZ(9)", pa.array([MOMENT], pa.timestamp("ms", "Asia/Kolkata")), [MOMENT]),
    ("ARRAY<BIGINT>", pa.array([[1, None], None, []], pa.large_list(pa.int32())), [[1, None], None, []]),
    ("ARRAY<DOUBLE>", pa.array([[1, 2]], pa.list_(pa.int32())), [[1.0, 2.0]]),
    ("ARRAY<INT>", pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), [[1, 2], None]),
    ("ARRAY<INT>", pa.array([[1, 2], None, []], pa.list_view(pa.int32())), [[1, 2], None, []]),
    ("VECTOR(2)", pa.array([[1.5, float("-inf")], None], pa.list_(pa.float32(), 2)), [[1.5, float("-inf")], None]),
    ("VECTOR(2)", pa.array([[1, 2], None], pa.list_(pa.int64())), [[1.0, 2.0], None]),
    ("VECTOR(2, DOUBLE)", pa.array([[0.1, 2], None], pa.large_list(pa.float64())), [[0.1, 2.0], None]),
    ("VECTOR(3, TINYINT)", pa.array([[-128, 0, 127]], pa.list_(pa.field("x", pa.int8(), False), 3)), [[-128, 0, 127]]),
    ("ARRAY<ROW<v VECTOR(1)>>", pa.array([[{"v": [1]}, {"v": None}, None]]), [[{"v": [1.0]}, {"v": None}, None]]),
    ("ARRAY<FLOAT>", pa.array([[1, 2]], pa.list_(pa.float32(), 2)), [[1.0, 2.0]]),
    ("ARRAY<STRING>", pa.array([["a"], None], pa.large_list_view(pa.string_view())), [["a"], None]),
    ("ARRAY<STRING>", pa.array([["a", "b"]], pa.list_(pa.large_string())), [["a", "b"]]),
    ("MAP<STRING, BIGINT>", pa.array([[("k", 1)]], pa.map_(pa.large_string(), pa.int16())), [[("k", 1)]]),
    (
        "MAP<STRING, BIGINT>",
        pa.array([[{"value": 1, "key": "k"}]], pa.list_(pa.struct({"value": pa.int64(), "key": pa.string()}))),
        [[("k", 1)]],
    ),
    (
        "ROW<a BIGINT, b STRING, c INT>",
        pa.array([{"b": "x", "a": 1}, None], pa.struct({"b": pa.large_string(), "a": pa.int32()})),
        [{"a": 1, "b": "x", "c": None}, None],
    ),
]


@pytest.mark.parametrize("sql, array, values", TAKEN, ids=[f"{a.type} into {s}" for s, a, _ in TAKEN])
def test_what_loses_nothing_is_taken(client, sql, array, values):
    got = stored(client, f"c {sql}", pa.record_batch({"c": array}))
    assert got["c"].to_pylist() == values


def test_a_vector_is_a_list_of_a_fixed_size(client):
    got = stored(client, "v VECTOR(2), q VECTOR(1, TINYINT) NOT NULL", pa.record_batch({"q": pa.array([[7]])}))
    assert got.schema.field("v").type == pa.list_(pa.field("element", pa.float32(), nullable=False), 2)
    assert got.schema.field("q").type == pa.list_(pa.field("element", pa.int8(), nullable=False), 1)
    assert got.to_pylist() == [{"v": None, "q": [7]}]
    again = stored(client, "v VECTOR(2), q VECTOR(1, TINYINT)", got)
    assert again.to_pylist() == got.to_pylist()


def variant(metadata, value):
    return {"metadata": bytes(metadata), "value": bytes(value)}


NAMES = [0x11, 1, 0, 1, ord("a")]
BYTES = pa.struct([pa.field("metadata", pa.binary(), False), pa.field("value", pa.binary(), False)])


def test_a_variant_comes_of_json_and_is_a_struct_of_bytes(client):
    rows = pa.record_batch({"v": pa.array(['{"a": -1}', None, "null"]), "l": pa.array([["true"], [], None])})
    got = stored(client, "v VARIANT, l ARRAY<VARIANT>", rows)
    field = got.schema.field("v")
    if hasattr(field.type, "extension_name"):
        assert field.type.extension_name == "arrow.parquet.variant"
    else:
        assert field.metadata[b"ARROW:extension:name"] == b"arrow.parquet.variant"
        assert field.type == BYTES
    minus_one = variant(NAMES, [2, 1, 0, 0, 2, 3 << 2, 0xFF])
    empty = [0x11, 0, 0]
    assert got.to_pylist() == [
        {"v": minus_one, "l": [variant(empty, [1 << 2])]},
        {"v": None, "l": []},
        {"v": variant(empty, [0]), "l": None},
    ]
    again = stored(client, "v VARIANT, l ARRAY<VARIANT>", got)
    assert again.to_pylist() == got.to_pylist()


def test_a_variant_may_come_as_any_struct_of_its_bytes(client):
    other = pa.struct([("value", pa.large_binary()), ("metadata", pa.binary_view())])
    rows = pa.array([{"value": b"\0", "metadata": bytes(NAMES)}, None], other)
    assert stored(client, "c VARIANT", pa.record_batch({"c": rows})).to_pylist() == [
        {"c": variant(NAMES, [0])},
        {"c": None},
    ]


def test_filters_reach_into_variants(client):
    rows = pa.record_batch({"i": pa.array(range(4)), "v": pa.array(['{"n": 5}', '{"n": "7"}', "[]", None])})
    filter = "variant_get(v, '$.n', 'BIGINT') > 5 OR v IS NULL"
    assert stored(client, "i BIGINT, v VARIANT", rows, filter=filter)["i"].to_pylist() == [1, 3]


def json_refused(text, why):
    return ("VARIANT", pa.array(["1", text]), "row 1 of the batch, column 'c': " + why)


REFUSED = [
    json_refused("{", "no JSON"),
    json_refused("[" * 1000 + "]" * 1000, "a variant has at most 100 objects and arrays within each other"),
    json_refused('"' + "x" * (1 << 20) + '"', "a variant takes at most 1048576 bytes"),
    json_refused('{"a": 1, "a": 1}', "an object has the name 'a' twice"),
    ("VARIANT", pa.array([variant(NAMES, [2, 1, 1, 0, 1, 0])], BYTES), "value 0 of the batch, column 'c': .* name 1 of 1"),
    ("VARIANT", pa.array([variant([], [0])], BYTES), "value 0 of the batch"),
    ("VARIANT", pa.array([{"value": b"\0", "metadata": None}]), "value 0 of the batch lacks its bytes"),
    ("VARIANT", pa.array([{"value": b"\0", "metadata": b"", "typed_value": 1}]), "shredded"),
    ("VARIANT", pa.array([1]), "'c' is VARIANT"),
    ("BIGINT", pa.array([1, 2.7]), "row 1 of the batch, column 'c': 2.7"),
    ("TINYINT", pa.array([1, 300]), "row 1 .*300"),
    ("BIGINT", pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
    ("FLOAT", pa.array([0.1]), "0.1 does not fit FLOAT"),
    ("DOUBLE", pa.array([2**53 + 1]), "9007199254740993"),
    ("DECIMAL(4, 1)", pa.array([decimal.Decimal("1.25")]), "1.25"),
    ("VECTOR(2)", pa.array([[1, 2], [3]], pa.list_(pa.float32())), "row 1 .*VECTOR.2. has 2 numbers, this value has 1"),
    ("VECTOR(3)", pa.array([[1, 2]], pa.list_(pa.float32(), 2)), "row 0 .*VECTOR.3. has 3 numbers, this value has 2"),
    ("VECTOR(2)", pa.array([[1, None]], pa.list_(pa.float32(), 2)), "numbers are not null; value 0 .* null at 1"),
    ("VECTOR(2)", pa.array([[1, 0.1]], pa.list_(pa.float64())), "row 0 .*0.1 does not fit FLOAT"),
    ("STRING", pa.array([1]), "'c' is STRING"),
    ("BIGINT", pa.array(["1"]), "'c' is BIGINT"),
    ("TIMESTAMP(3)", pa.array([MOMENT]), "'c' is TIMESTAMP"),
    ("TIMESTAMP(3)", pa.array([1], pa.timestamp("us")), "finer than the type"),
    ("TIMESTAMP_LTZ(6)", pa.array([1], pa.timestamp("us")), "'c' is TIMESTAMP_LTZ"),
    ("BINARY(2)", pa.array([b"abc"]), "3 bytes"),
    ("ARRAY<INT>", pa.array([[1], [2**40]]), "row 1 .*'c.element'"),
    ("ROW<a INT>", pa.array([{"x": 1}]), "'c' has no field 'x'"),
    ("STRING", pa.array([["a"]]), "'c' is STRING"),
    ("BIGINT NOT NULL", pa.nulls(1), "NULL_VALUE"),
]


@pytest.mark.parametrize("sql, array, said", REFUSED, ids=[f"{a.type} into {s}" for s, a, _ in REFUSED])
def test_what_would_lose_something_is_refused(client, sql, array, said):
    with pytest.raises(pa.ArrowException, match=said):
        stored(client, f"c {sql}", pa.record_batch({"c": array}))


def test_a_batch_that_shows_one_value_many_times_is_bounded(client):
    values = pa.array(["x" * 1_000_000])
    indexes = pa.array([0] * 10_000, pa.int32())
    with pytest.raises(pa.ArrowException, match="TOO_LARGE"):
        stored(client, "c STRING", pa.record_batch({"c": pa.DictionaryArray.from_arrays(indexes, values)}))


def test_other_dictionaries_may_follow(client):
    data = pa.table({"c": pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["c"]).dictionary_encode()])})
    assert stored(client, "c STRING", data)["c"].to_pylist() == ["a", "b", "c"]


WIDE = "id BIGINT NOT NULL, name STRING, kind STRING, score DOUBLE, at TIMESTAMP_LTZ(6), tags ARRAY<STRING>"
EXPECTED = {
    "id": [1, 2],
    "name": ["a", None],
    "kind": ["x", "y"],
    "score": [0.5, None],
    "at": [MOMENT, None],
    "tags": [["p", "q"], []],
}


def test_what_pandas_hands_over(client):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "id": [1, 2],
            "name": ["a", None],
            "kind": pandas.Categorical(["x", "y"]),
            "score": [0.5, None],
            "at": pandas.to_datetime([MOMENT, None], utc=True),
            "tags": [["p", "q"], []],
        }
    )
    got = stored(client, WIDE, pa.Table.from_pandas(frame, preserve_index=False))
    assert got.to_pydict() == EXPECTED


def test_what_polars_hands_over(client):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {"id": [1, 2], "name": ["a", None], "kind": ["x", "y"], "score": [0.5, None], "at": [MOMENT, None], "tags": [["p", "q"], []]}
    ).with_columns(polars.col("kind").cast(polars.Categorical))
    assert stored(client, WIDE, frame.to_arrow()).to_pydict() == EXPECTED
    newest = polars.CompatLevel.newest()
    assert stored(client, WIDE, frame.to_arrow(compat_level=newest)).to_pydict() == EXPECTED


def test_what_duckdb_hands_over(client):
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql(
        "SELECT * FROM (VALUES (1, 'a', 'x'::ENUM('x', 'y'), 0.5::DOUBLE, TIMESTAMPTZ '2024-02-29 12:30:01.123+00', ['p', 'q']),"
        " (2, NULL, 'y', NULL, NULL, [])) t(id, name, kind, score, \"at\", tags)"
    )
    assert stored(client, WIDE, relation.to_arrow_table()).to_pydict() == EXPECTED
