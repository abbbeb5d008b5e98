"""The virtual tables t$changelog and t$binlog, by plain pyarrow; see test_pyarrow.py."""

import json
import os
import uuid

import pyarrow as pa
import pyarrow.flight as fl
import pytest

from test_keyed import action, scan, write

ADDRESS = os.environ.get("THALWEG_ADDRESS")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="THALWEG_ADDRESS names no server")

SYSTEM = ["_change_type", "_log_offset", "_commit_timestamp"]


@pytest.fixture(scope="module")
def client():
    with fl.connect(ADDRESS) as connection:
        yield connection


@pytest.fixture
def table(client):
    name = "default.v_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema="id BIGINT, city STRING, score INT", primary_key=["id"])
    write(client, name, id=[1, 2], city=["a", "b"], score=[10, 20])
    write(client, name, id=[1, 3], city=["A", "c"], score=[11, 30])
    write(client, name, id=[2], __change_type=["-D"])
    yield name
    action(client, "drop-table", table=name, if_exists=True)


def test_the_changelog(client, table):
    got = scan(client, table=table + "$changelog")
    assert got.schema.names == SYSTEM + ["id", "city", "score"]
    assert got.schema.field("_commit_timestamp").type == pa.timestamp("ms", "UTC")
    assert got.column("_change_type").to_pylist() == [
        "insert",
        "insert",
        "update_before",
        "update_after",
        "insert",
        "delete",
    ]
    assert got.column("_log_offset").to_pylist() == list(range(6))
    assert got.column("city").to_pylist() == ["a", "b", "a", "A", "c", "b"]
    some = scan(
        client,
        table=table + "$changelog",
        columns=["city", "_log_offset"],
        filter="_change_type IN ('insert', 'update_after') AND score > 10",
    )
    assert some.to_pydict() == {"city": ["b", "A", "c"], "_log_offset": [1, 3, 4]}


def test_the_binlog(client, table):
    got = scan(client, table=table + "$binlog").to_pylist()
    assert [row["_change_type"] for row in got] == ["insert", "insert", "update", "insert", "delete"]
    assert [row["_log_offset"] for row in got] == [0, 1, 2, 4, 5]
    assert got[0]["before"] is None and got[4]["after"] is None
    assert got[2]["before"] == {"id": 1, "city": "a", "score": 10}
    assert got[2]["after"] == {"id": 1, "city": "A", "score": 11}
    for row in range(len(got)):
        after = scan(client, table=table + "$binlog", start=got[row]["_log_offset"] + 1).to_pylist()
        assert after == got[row + 1 :]


def test_batches_say_where_to_go_on(client, table):
    ticket = {"table": table + "$binlog", "limit": 3, "columns": ["_log_offset"]}
    notes = [json.loads(c.app_metadata.to_pybytes()) for c in client.do_get(fl.Ticket(json.dumps(ticket)))]
    offsets = notes[-1]["scanned"]["next_offsets"]
    rest = scan(client, table=table + "$binlog", start=offsets)
    assert rest.column("_log_offset").to_pylist() == [4, 5]


def test_the_tail_is_followed(client, table):
    ticket = {"table": table + "$binlog", "start": "latest", "stop": "never", "columns": ["before", "after"]}
    stream = client.do_get(fl.Ticket(json.dumps(ticket)))
    assert stream.schema.names == ["before", "after"]  # the start is resolved by now
    write(client, table, id=[3], score=[31])
    row = stream.read_chunk().data.to_pylist()[0]
    assert (row["before"]["score"], row["after"]["score"]) == (30, 31)
    stream.cancel()


@pytest.mark.parametrize("view", ["$changelog", "$binlog"])
def test_they_are_found_but_not_listed(client, table, view):
    (info,) = action(client, "describe-table", table=table + view)
    assert [column["name"] for column in info["columns"]][:3] == SYSTEM
    database, name = table.split(".")
    for descriptor in [
        fl.FlightDescriptor.for_path(database, name + view),
        fl.FlightDescriptor.for_command(json.dumps({"table": table + view})),
    ]:
        found = client.get_flight_info(descriptor)
        whole = scan(client, table=table + view)
        assert found.schema.equals(whole.schema)
        assert client.get_schema(descriptor).schema.equals(whole.schema)
        assert client.do_get(found.endpoints[0].ticket).read_all().equals(whole)
    assert action(client, "offsets", table=table + view, at="latest") == [{"v": 1, "bucket": 0, "offset": 6}]
    assert not [t for t in action(client, "list-tables", database=database) if "$" in t["table"]]


@pytest.mark.parametrize("view", ["$changelog", "$binlog"])
def test_they_can_only_be_read(client, table, view):
    batch = pa.record_batch({"id": pa.array([1], pa.int64())})
    database, name = table.split(".")
    for descriptor in [
        fl.FlightDescriptor.for_path(database, name + view),
        fl.FlightDescriptor.for_command(json.dumps({"table": table + view})),
    ]:
        with pytest.raises(pa.ArrowInvalid, match="INVALID_NAME.*can only be read"):
            writer, acks = client.do_put(descriptor, batch.schema)
            writer.write_batch(batch)
            writer.done_writing()
            acks.read()
            writer.close()
    for call in [
        lambda: action(client, "drop-table", table=table + view),
        lambda: action(client, "create-table", table=table + view, schema="id INT"),
        lambda: action(client, "files", table=table + view),
    ]:
        with pytest.raises(pa.ArrowInvalid, match="INVALID_NAME.*can only be read"):
            call()


def test_a_log_table_has_a_changelog_only(client):
    name = "default.v_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema="id BIGINT")
    write(client, name, id=[7, 8])
    got = scan(client, table=name + "$changelog", filter="_log_offset = 1").to_pylist()
    assert [(row["_change_type"], row["_log_offset"], row["id"]) for row in got] == [("insert", 1, 8)]
    with pytest.raises(pa.ArrowInvalid, match="has no primary key"):
        scan(client, table=name + "$binlog")
    action(client, "drop-table", table=name)


def test_vectors_and_variants_in_every_view(client):
    name = "default.v_" + uuid.uuid4().hex[:12]
    schema = "id BIGINT, vec VECTOR(2), var VARIANT"
    types = {"id": pa.int64(), "vec": pa.list_(pa.float32(), 2), "var": pa.string()}
    action(client, "create-table", table=name, schema=schema, primary_key=["id"])
    try:
        write(client, name, types, id=[1, 2], vec=[[1, 2], None], var=['{"a": 1}', None])
        write(client, name, types, id=[1], vec=[[3, 4]], var=["[2]"])
        write(client, name, types, id=[2], var=["null"])
        one, two, null = (
            {"metadata": b"\x11\x01\0\x01a", "value": b"\x02\x01\0\0\x02\x0c\x01"},
            {"metadata": b"\x11\0\0", "value": b"\x03\x01\0\x02\x0c\x02"},
            {"metadata": b"\x11\0\0", "value": b"\0"},
        )
        log = scan(client, table=name + "$changelog").to_pylist()
        assert [row["vec"] for row in log] == [[1, 2], None, [1, 2], [3, 4], None, None]
        assert [row["var"] for row in log] == [one, None, one, two, None, null]
        log = scan(client, table=name + "$binlog").to_pylist()
        assert log[2]["before"] == {"id": 1, "vec": [1, 2], "var": one}
        assert log[2]["after"] == {"id": 1, "vec": [3, 4], "var": two}
        some = "_change_type <> 'delete' AND variant_get(var, '$.a', 'INT') = 1"
        assert scan(client, table=name + "$changelog", filter=some)["_log_offset"].to_pylist() == [0, 2]
        rows = scan(client, table=name, filter="variant_get(var, '$[0]', 'INT') = 2 AND vec IS NOT NULL")
        assert rows.to_pylist() == [{"id": 1, "vec": [3, 4], "var": two}]
    finally:
        action(client, "drop-table", table=name, if_exists=True)
