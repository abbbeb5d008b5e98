"""The native protocol, spoken by plain pyarrow.

Runs against a server whose address stands in THALWEG_ADDRESS, for example
grpc://127.0.0.1:9420, and needs nothing of ours installed.
"""

import json
import os
import uuid

import pyarrow as pa
import pyarrow.flight as fl
import pytest

ADDRESS = os.environ.get("THALWEG_ADDRESS")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="THALWEG_ADDRESS names no server")

SCHEMA = "id BIGINT NOT NULL, origin STRING, delay INT, tags ARRAY<STRING>"


@pytest.fixture(scope="module")
def client():
    with fl.connect(ADDRESS) as connection:
        yield connection


def action(client, name, **body):
    results = client.do_action(fl.Action(name, json.dumps(body).encode()))
    return [json.loads(result.body.to_pybytes()) for result in results]


@pytest.fixture
def table(client):
    name = "default.t_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, schema=SCHEMA, buckets=2)
    yield name
    action(client, "drop-table", table=name, if_exists=True)


def rows(first, count):
    ids = list(range(first, first + count))
    return pa.record_batch(
        {
            "id": pa.array(ids, pa.int64()),
            "origin": pa.array(["SFO" if i % 2 else "JFK" for i in ids]),
            "delay": pa.array([i if i % 5 else None for i in ids], pa.int32()),
            "tags": pa.array([["a", str(i)] for i in ids], pa.list_(pa.string())),
        }
    )


def append(client, descriptor, batches, notes=None):
    writer, acks = client.do_put(descriptor, batches[0].schema)
    for i, batch in enumerate(batches):
        if notes:
            writer.write_with_metadata(batch, json.dumps(notes[i]).encode())
        else:
            writer.write_batch(batch)
    writer.done_writing()
    got = []
    while (ack := acks.read()) is not None:
        got.append(json.loads(ack.to_pybytes()))
    writer.close()
    return got


def command(table, **more):
    return fl.FlightDescriptor.for_command(json.dumps({"table": table, **more}))


def scan(client, table, **more):
    ticket = fl.Ticket(json.dumps({"table": table, **more}))
    return client.do_get(ticket)


def code(error):
    return str(error.value).split(":")[0].split()[-1]


def test_actions_are_listed(client):
    names = {known.type for known in client.list_actions()}
    assert {"create-table", "drop-table", "open-writer", "offsets"} <= names


def test_describes_a_table(client, table):
    (info,) = action(client, "describe-table", table=table)
    assert info["buckets"] == 2
    assert [column["type"] for column in info["columns"]] == [
        "BIGINT NOT NULL",
        "STRING",
        "INT",
        "ARRAY<STRING>",
    ]
    assert table in [t["table"] for t in action(client, "list-tables", database="default")]


def test_messages_have_a_version(client, table):
    """Version 1 may be left out; a later one is refused, whatever it says."""
    assert action(client, "offsets", v=1, table=table) == action(client, "offsets", table=table)
    with pytest.raises(pa.ArrowException, match="UNSUPPORTED: the request has the version 2.*versions up to 1"):
        action(client, "offsets", v=2, table=table, later=True)
    with pytest.raises(pa.ArrowException, match="UNSUPPORTED: a ticket has the version 2"):
        scan(client, table, v=2).read_all()
    with pytest.raises(pa.ArrowException, match="UNSUPPORTED: a DoPut command has the version 2"):
        append(client, command(table, v=2), [rows(0, 1)])


def test_appends_and_scans(client, table):
    acks = append(client, command(table, bucket=1), [rows(0, 10), rows(10, 5)])
    assert acks == [
        {"v": 1, "parts": [{"bucket": 1, "base_offset": 0, "count": 10, "duplicate": False}]},
        {"v": 1, "parts": [{"bucket": 1, "base_offset": 10, "count": 5, "duplicate": False}]},
    ]
    got = scan(client, table).read_all()
    assert got.sort_by("id").equals(
        pa.Table.from_batches([rows(0, 10), rows(10, 5)]).cast(got.schema)
    )


def test_a_path_names_the_table(client, table):
    database, name = table.split(".")
    append(client, fl.FlightDescriptor.for_path(database, name), [rows(0, 3)])
    info = client.get_flight_info(fl.FlightDescriptor.for_path(database, name))
    assert info.schema.names == ["id", "origin", "delay", "tags"]
    assert len(info.endpoints) == 2
    total = sum(client.do_get(e.ticket).read_all().num_rows for e in info.endpoints)
    assert total == 3


def test_columns_filter_and_limit(client, table):
    append(client, command(table, bucket=0), [rows(0, 100)])
    got = scan(client, table, columns=["delay", "id", "__offset"], filter="delay > 60", limit=7)
    read = got.read_all()
    assert read.schema.names == ["delay", "id", "__offset"]
    assert read.column("delay").to_pylist() == [61, 62, 63, 64, 66, 67, 68]
    assert read.column("__offset").to_pylist() == read.column("id").to_pylist()


def test_columns_are_computed(client, table):
    append(client, command(table, bucket=0), [rows(0, 10)])
    columns = ["id", "lower(origin) AS low", "abs(delay)"]
    read = scan(client, table, columns=columns, filter="id < 6 AND id > 2").read_all()
    assert read.to_pydict() == {"id": [3, 4, 5], "low": ["sfo", "jfk", "sfo"], "abs(delay)": [3, 4, None]}
    with pytest.raises(pa.ArrowException, match="INVALID_REQUEST.*there is no function lowest"):
        scan(client, table, columns=["lowest(origin)"]).read_all()


def test_columns_of_long_messages_are_aligned(client, table):
    """So a client may use them where they are. Short messages share the memory of their frames."""
    append(client, command(table, bucket=1), [rows(0, 200_000)])
    long = 0
    for columns in (["id"], ["origin", "delay"], ["id", "tags"], ["delay AS ddddddddd"]):
        for chunk in scan(client, table, columns=columns):
            if chunk.data.nbytes > 1 << 18:
                long += 1
                buffers = [b for column in chunk.data.columns for b in column.buffers() if b]
                assert all(buffer.address % 8 == 0 for buffer in buffers)
    assert long >= 4


def test_progress_and_summary(client, table):
    append(client, command(table, bucket=0), [rows(0, 100), rows(100, 50)])
    notes = []
    for chunk in scan(client, table, bucket=0, filter="id > 120", start=50):
        notes.append(json.loads(chunk.app_metadata.to_pybytes()))
    assert notes[-2]["next_offset"] == 150
    assert notes[-1]["scanned"]["rows_returned"] == 29
    assert notes[-1]["scanned"]["next_offsets"] == {"0": 150}


def test_stores_once(client, table):
    (writer,) = action(client, "open-writer")
    descriptor = command(table, bucket=0, writer=writer)
    first = append(client, descriptor, [rows(0, 4)], [{"sequence": 0}])
    again = append(
        client, descriptor, [rows(0, 4), rows(4, 2)], [{"sequence": 0}, {"sequence": 4}]
    )
    assert first[0]["parts"][0]["duplicate"] is False
    assert again[0]["parts"][0] == {**first[0]["parts"][0], "duplicate": True}
    assert again[1]["parts"][0]["base_offset"] == 4
    assert scan(client, table).read_all().num_rows == 6


def test_subscription_follows_the_tail(client, table):
    append(client, command(table, bucket=0), [rows(0, 2)])
    subscription = scan(client, table, stop="never")
    assert subscription.read_chunk().data.num_rows == 2
    append(client, command(table, bucket=1), [rows(2, 3)])
    chunk = subscription.read_chunk()
    assert chunk.data.num_rows == 3
    assert json.loads(chunk.app_metadata.to_pybytes())["bucket"] == 1
    subscription.cancel()


def test_offsets(client, table):
    append(client, command(table, bucket=0), [rows(0, 9)])
    assert action(client, "offsets", table=table, bucket=0, at="latest") == [{"v": 1, "offset": 9}]
    assert action(client, "offsets", table=table, bucket=0, at=0) == [{"v": 1, "offset": 0}]


def test_errors_name_their_code(client, table):
    with pytest.raises(pa.ArrowException) as error:
        scan(client, "default.nope").read_all()
    assert "TABLE_NOT_FOUND" in str(error.value)
    with pytest.raises(pa.ArrowException, match="TABLE_EXISTS"):
        action(client, "create-table", table=table, schema="id INT")
    with pytest.raises(pa.ArrowException, match="INVALID_REQUEST.*colums"):
        scan(client, table, colums=["id"]).read_all()
    with pytest.raises(pa.ArrowException, match="INVALID_FILTER"):
        scan(client, table, filter="nope > 1").read_all()
    with pytest.raises(pa.ArrowException, match="SCHEMA_MISMATCH"):
        append(client, command(table), [pa.record_batch({"id": pa.array(["x"])})])
    with pytest.raises(pa.ArrowException, match="NULL_VALUE"):
        append(client, command(table), [pa.record_batch({"id": pa.array([None], pa.int64())})])


def test_a_failed_batch_ends_its_stream_after_the_earlier_acks(client, table):
    good = pa.record_batch({"id": pa.array([1], pa.int64())})
    bad = pa.record_batch({"id": pa.array([None], pa.int64())})
    writer, acks = client.do_put(command(table, bucket=0), good.schema)
    writer.write_batch(good)
    writer.write_batch(bad)
    writer.done_writing()
    assert json.loads(acks.read().to_pybytes())["parts"][0]["count"] == 1
    with pytest.raises(pa.ArrowException, match="NULL_VALUE"):
        acks.read()
        writer.close()
    assert scan(client, table).read_all().num_rows == 1
