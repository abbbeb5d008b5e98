"""Tables with a primary key, by plain pyarrow; see test_pyarrow.py."""

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


@pytest.fixture
def table(client):
    name = "default.k_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema="id BIGINT, city STRING, score INT", primary_key=["id"], buckets=3)
    yield name
    action(client, "drop-table", table=name, if_exists=True)


TYPES = {"id": pa.int64(), "city": pa.string(), "score": pa.int32(), "__change_type": pa.string()}


def write(client, table, types=TYPES, **columns):
    """Writes until the buckets' owner has opened them."""
    batch = pa.record_batch({name: pa.array(values, types[name]) for name, values in columns.items()})
    while True:
        writer, acks = client.do_put(fl.FlightDescriptor.for_command(json.dumps({"table": table})), batch.schema)
        try:
            writer.write_batch(batch)
            writer.done_writing()
            ack = acks.read()
            writer.close()
            return json.loads(ack.to_pybytes())
        except fl.FlightUnavailableError as opening:
            assert "being restored" in str(opening)


def look(client, table, ids, columns):
    command = json.dumps({"lookup": table, "columns": columns})
    writer, reader = client.do_exchange(fl.FlightDescriptor.for_command(command))
    keys = pa.record_batch({"id": pa.array(ids, pa.int64())})
    with writer:
        writer.begin(keys.schema)
        writer.write_batch(keys)
        return reader.read_chunk().data.to_pydict()


def scan(client, **ticket):
    return client.do_get(fl.Ticket(json.dumps(ticket).encode())).read_all()


def test_rows_are_written_by_key_and_looked_up(client, table):
    write(client, table, id=list(range(100)), city=["c%d" % i for i in range(100)], score=list(range(100)))
    write(client, table, id=[7, 200], score=[70, 2000])
    write(client, table, id=[8], __change_type=["-D"])
    assert look(client, table, [7, 8, 9, 200], ["city", "score"]) == {
        "__key_index": [0, 2, 3],
        "city": ["c7", "c9", None],
        "score": [70, 9, 2000],
    }


@pytest.fixture
def orders(client):
    name = "default.o_" + uuid.uuid4().hex[:12]
    action(
        client,
        "create-table",
        table=name,
        schema="shop STRING, day INT, id BIGINT",
        primary_key=["shop", "day", "id"],
        bucket_key=["shop"],
        buckets=3,
    )
    yield name
    action(client, "drop-table", table=name, if_exists=True)


def find(client, table, **keys):
    writer, reader = client.do_exchange(fl.FlightDescriptor.for_command(json.dumps({"lookup": table})))
    batch = pa.record_batch(keys)
    with writer:
        writer.begin(batch.schema)
        writer.write_batch(batch)
        return reader.read_chunk().data.to_pydict()


def test_the_first_columns_of_a_key_find_all_rows_that_begin_with_them(client, orders):
    rows = {"shop": ["b", "a", "ab", "a", "a"], "day": [1, 2, 1, 1, 1], "id": [1, 2, 3, 5, 4]}
    types = {"shop": pa.string(), "day": pa.int32(), "id": pa.int64()}
    write(client, orders, types=types, **rows)
    assert find(client, orders, shop=pa.array(["a", "c", "ab"])) == {
        "__key_index": [0, 0, 0, 2],
        "shop": ["a", "a", "a", "ab"],
        "day": [1, 1, 2, 1],
        "id": [4, 5, 2, 3],
    }
    found = find(client, orders, day=pa.array([1], pa.int32()), shop=pa.array(["a"]))
    assert found["id"] == [4, 5]
    with pytest.raises(pa.ArrowInvalid, match="INVALID_REQUEST.*give all of it, or its first columns"):
        find(client, orders, day=pa.array([1], pa.int32()))


def test_a_scan_without_positions_gives_rows_and_where_the_changelog_goes_on(client, table):
    write(client, table, id=[1, 2, 3], city=["a", "b", "c"], score=[1, 2, 3])
    write(client, table, id=[2], city=["B"])
    info = client.get_flight_info(fl.FlightDescriptor.for_path("default", table.split(".")[1]))
    assert info.schema.names == ["id", "city", "score"]
    rows = scan(client, table=table, filter="score > 1")
    assert rows.schema.names == ["id", "city", "score"]
    assert sorted(zip(*rows.to_pydict().values())) == [(2, "B", 2), (3, "c", 3)]

    reader = client.do_get(fl.Ticket(json.dumps({"table": table}).encode()))
    summary = None
    for chunk in reader:
        summary = json.loads(chunk.app_metadata.to_pybytes()).get("scanned", summary)
    offsets = summary["next_offsets"]
    write(client, table, id=[3], __change_type=["-D"])
    changes = scan(client, table=table, start=offsets).to_pydict()
    assert (changes["id"], changes["city"], changes["__change_type"]) == ([3], ["c"], [3])


def test_the_limit_of_a_scan_counts_over_all_buckets(client, table):
    write(client, table, id=list(range(100)), city=["c%d" % i for i in range(100)], score=list(range(100)))
    for limit in (0, 1, 50, 99, 100, 101):
        rows = scan(client, table=table, limit=limit)
        assert len(set(rows["id"].to_pylist())) == rows.num_rows == min(limit, 100)
    assert scan(client, table=table, limit=7, filter="score >= 90").num_rows == 7


def test_a_scan_that_broke_goes_on_in_the_same_rows(client, table):
    count = 50_000
    for first in range(0, count, 10_000):
        ids = list(range(first, first + 10_000))
        write(client, table, id=ids, city=["c"] * len(ids), score=ids)
    reader = client.do_get(fl.Ticket(json.dumps({"table": table, "columns": ["id"], "bucket": 0}).encode()))
    chunk = reader.read_chunk()
    said = json.loads(chunk.app_metadata.to_pybytes())
    got = chunk.data["id"].to_pylist()
    reader.cancel()
    write(client, table, id=list(range(0, count, 7)), __change_type=["-D"] * len(range(0, count, 7)))
    while True:
        try:
            rest = client.do_get(
                fl.Ticket(json.dumps({"table": table, "columns": ["id"], "bucket": 0, "resume": said["resume"]}).encode())
            ).read_all()
            break
        except fl.FlightUnavailableError as busy:
            assert "another stream reads" in str(busy)
    got += rest["id"].to_pylist()
    assert got == sorted(set(got)) and len(got) == said["base_offset"]
    # All of it was sent and, who knows, did not arrive: it is there once more, until the client says that it is done.
    again = dict(table=table, bucket=0, columns=["id"], resume=said["resume"])
    assert scan(client, **again)["id"].to_pylist() == rest["id"].to_pylist()
    scan(client, **again, limit=0)
    with pytest.raises(pa.ArrowInvalid, match="SCAN_EXPIRED.*begin the scan anew"):
        scan(client, table=table, resume=said["resume"])
    with pytest.raises(pa.ArrowInvalid, match="INVALID_REQUEST.*is no token"):
        scan(client, table=table, resume="made up")


def test_owners_are_told(client, table):
    owners = action(client, "owners", table=table)
    assert [owner["bucket"] for owner in owners] == [0, 1, 2]
    assert all(owner["endpoints"]["flight"].startswith("grpc://") for owner in owners)


@pytest.mark.parametrize(
    "columns, said",
    [
        ({"id": [None], "city": ["x"]}, "NULL_VALUE"),
        ({"city": ["x"]}, "NULL_VALUE"),
        ({"id": [1], "__change_type": ["?"]}, "+I, -U, +U or -D"),
    ],
)
def test_bad_rows_are_refused(client, table, columns, said):
    with pytest.raises(pa.ArrowInvalid, match=said.replace("+", r"\+")):
        write(client, table, **columns)


@pytest.mark.parametrize(
    "columns, said",
    [
        ({"id": [1], "city": ["x"], "score": [None]}, "NULL_VALUE.*'score'"),
        ({"id": [1], "city": ["x"]}, "NULL_VALUE.*'score' is NOT NULL and missing"),
        ({"id": [1], "score": [1], "more": [1]}, "SCHEMA_MISMATCH.*'more'"),
        ({"id": [1], "score": [2**40]}, "SCHEMA_MISMATCH.*'score': 1099511627776 does not fit INT"),
        ({"id": ["x" * 5000], "score": [1]}, "SCHEMA_MISMATCH.*'id' is BIGINT"),
    ],
)
def test_bad_rows_of_a_versioned_table_are_refused(client, columns, said):
    name = "default.v_" + uuid.uuid4().hex[:12]
    versioned = {"table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "score"}
    schema = "id BIGINT, city STRING, score INT NOT NULL"
    action(client, "create-table", table=name, schema=schema, primary_key=["id"], properties=versioned)
    types = {"id": None, "city": None, "score": pa.int64() if columns.get("score") == [2**40] else pa.int32(), "more": None}
    types["id"] = pa.string() if isinstance(columns["id"][0], str) else pa.int64()
    with pytest.raises(pa.ArrowInvalid, match=said):
        write(client, name, types=types, **columns)
    action(client, "drop-table", table=name)


def test_a_version_column_of_a_wrong_type_is_refused(client):
    versioned = {"table.merge-engine": "versioned", "table.merge-engine.versioned.ver-column": "city"}
    schema = "id BIGINT, city STRING NOT NULL"
    with pytest.raises(pa.ArrowInvalid, match="INVALID_PROPERTY.*city"):
        action(client, "create-table", table="default.never", schema=schema, primary_key=["id"], properties=versioned)


def test_keys_have_a_limit_and_log_tables_have_none(client, orders):
    rows = {"shop": ["x" * 4096], "day": [1], "id": [1]}
    with pytest.raises(pa.ArrowInvalid, match="TOO_LARGE.*limit of 4096"):
        write(client, orders, types={"shop": pa.string(), "day": pa.int32(), "id": pa.int64()}, **rows)
    name = "default.l_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema="shop STRING")
    with pytest.raises(pa.ArrowInvalid, match="INVALID_REQUEST.*no primary key"):
        find(client, name, shop=pa.array(["a"]))
    action(client, "drop-table", table=name)
