"""Aggregates on the server, by plain pyarrow and tickets written by hand; see test_pyarrow.py."""

import json
import math
import os
import uuid
from decimal import Decimal

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


def make(client, **options):
    name = "default.a_" + uuid.uuid4().hex[:12]
    action(client, "create-table", table=name, **options)
    return name


@pytest.fixture
def log(client):
    name = make(client, schema="id BIGINT, carrier STRING, delay INT, rate DOUBLE", buckets=3)
    yield name
    action(client, "drop-table", table=name, if_exists=True)


def put(client, table, batch, bucket=None):
    command = {"table": table} if bucket is None else {"table": table, "bucket": bucket}
    while True:
        writer, acks = client.do_put(fl.FlightDescriptor.for_command(json.dumps(command)), batch.schema)
        try:
            writer.write_batch(batch)
            writer.done_writing()
            ack = acks.read()
            writer.close()
            return json.loads(ack.to_pybytes())
        except fl.FlightUnavailableError as opening:
            assert "being restored" in str(opening)


def rows(first, count):
    ids = range(first, first + count)
    return pa.record_batch(
        {
            "id": pa.array(ids, pa.int64()),
            "carrier": pa.array([[None, "LH", "AA"][i % 3] for i in ids]),
            "delay": pa.array([i if i % 5 else None for i in ids], pa.int32()),
            "rate": pa.array([math.nan if i == 7 else i / 2 for i in ids], pa.float64()),
        }
    )


def aggregate(client, table, select, group_by=None, **ticket):
    """The partial results with their metadata, and the summary."""
    asked = {"select": select}
    if group_by is not None:
        asked["group_by"] = group_by
    ticket = fl.Ticket(json.dumps({"table": table, "aggregate": asked, **ticket}))
    got = [(json.loads(c.app_metadata.to_pybytes()), c.data) for c in client.do_get(ticket)]
    assert got[-1][1].num_rows == 0
    return got[:-1], got[-1][0]["scanned"]


def test_each_bucket_answers_with_one_batch(client, log):
    for bucket in range(2):
        put(client, log, rows(bucket * 100, 100), bucket)
    parts, scanned = aggregate(client, log, ["count(*)", "count(delay)", "min(delay)", "max(delay)", "sum(delay)"])
    assert [p[0]["bucket"] for p in parts] == [0, 1, 2]
    assert [(p[0]["base_offset"], p[0]["next_offset"]) for p in parts] == [(0, 100), (0, 100), (0, 0)]
    assert parts[0][1].schema.names == ["count(*)", "count(delay)", "min(delay)", "max(delay)", "sum(delay)"]
    assert parts[0][1].to_pylist() == [
        {"count(*)": 100, "count(delay)": 80, "min(delay)": 1, "max(delay)": 99, "sum(delay)": Decimal(4000)}
    ]
    assert parts[2][1].to_pylist()[0]["count(*)"] == 0
    assert parts[2][1].to_pylist()[0]["sum(delay)"] is None
    assert scanned["next_offsets"] == {"0": 100, "1": 100, "2": 0}
    assert scanned["rows"] == 200


def test_groups_filter_and_offsets(client, log):
    put(client, log, rows(0, 100), 1)
    parts, scanned = aggregate(
        client, log, ["count(*)", "max(id)"], ["carrier"], bucket=1, filter="id < 31", start=10, stop=60
    )
    ((meta, batch),) = parts
    assert (meta["base_offset"], meta["next_offset"]) == (10, 60)
    expected = {}
    for i in range(10, 31):
        carrier = [None, "LH", "AA"][i % 3]
        count, most = expected.get(carrier, (0, -1))
        expected[carrier] = (count + 1, max(most, i))
    assert {r["carrier"]: (r["count(*)"], r["max(id)"]) for r in batch.to_pylist()} == expected
    assert scanned["rows_returned"] == 3
    # No row matches: no group, but an answer all the same.
    parts, _ = aggregate(client, log, ["count(*)"], ["carrier"], bucket=1, filter="id < 0")
    assert [(p[0]["next_offset"], p[1].num_rows) for p in parts] == [(100, 0)]


def test_statistics_answer_what_they_can(client, log):
    put(client, log, rows(0, 100), 0)
    put(client, log, rows(100, 100), 0)
    _, scanned = aggregate(client, log, ["count(*)"], bucket=0)
    assert scanned["batches_by_statistics"] > 0
    assert scanned["batches_by_statistics"] == scanned["batches"]
    parts, scanned = aggregate(client, log, ["count(rate)", "min(delay)", "max(delay)"], bucket=0)
    assert parts[0][1].to_pylist() == [{"count(rate)": 200, "min(delay)": 1, "max(delay)": 199}]
    assert scanned["batches_by_statistics"] == scanned["batches"] == 2
    # A column with NaN, and texts, have no bounds to trust.
    parts, scanned = aggregate(client, log, ["max(rate)", "min(carrier)"], bucket=0)
    assert math.isnan(parts[0][1].to_pylist()[0]["max(rate)"])
    assert parts[0][1].to_pylist()[0]["min(carrier)"] == "AA"
    assert scanned["batches_by_statistics"] == 0


def test_the_schema_is_known_before(client, log):
    ticket = {"table": log, "aggregate": {"group_by": ["carrier"], "select": ["sum(rate)"]}}
    info = client.get_flight_info(fl.FlightDescriptor.for_command(json.dumps(ticket)))
    assert info.schema.names == ["carrier", "sum(rate)"]
    assert len(info.endpoints) == 3
    assert client.do_get(info.endpoints[0].ticket).read_all().schema.names == ["carrier", "sum(rate)"]


def test_rows_of_a_keyed_table(client):
    table = make(client, schema="id BIGINT, city STRING, score INT", primary_key=["id"], buckets=3)
    ids = list(range(50))
    for score in (1, 2):
        put(
            client,
            table,
            pa.record_batch(
                {
                    "id": pa.array(ids, pa.int64()),
                    "city": pa.array(["a" if i % 2 else "b" for i in ids]),
                    "score": pa.array([score * i for i in ids], pa.int32()),
                }
            ),
        )
    parts, scanned = aggregate(client, table, ["count(*)", "sum(score)"], ["city"], filter="id < 40")
    total = {}
    for meta, batch in parts:
        assert meta["base_offset"] == meta["next_offset"] == scanned["next_offsets"][str(meta["bucket"])]
        for row in batch.to_pylist():
            count, score = total.get(row["city"], (0, 0))
            total[row["city"]] = (count + row["count(*)"], score + row["sum(score)"])
    assert total == {"a": (20, 2 * sum(range(1, 40, 2))), "b": (20, 2 * sum(range(0, 40, 2)))}
    parts, _ = aggregate(client, table, ["count(*)"])
    assert sum(p[1].to_pylist()[0]["count(*)"] for p in parts) == 50
    # With a start it is the changelog: 50 inserts, and 49 updates of two records each (id 0 stays the same).
    changes, _ = aggregate(client, table + "$changelog", ["count(*)"], ["_change_type"])
    kinds = {}
    for _, batch in changes:
        for row in batch.to_pylist():
            kinds[row["_change_type"]] = kinds.get(row["_change_type"], 0) + row["count(*)"]
    assert kinds["insert"] == 50
    assert kinds["update_before"] == kinds["update_after"]
    parts, _ = aggregate(client, table, ["count(*)"], start="earliest")
    assert sum(p[1].to_pylist()[0]["count(*)"] for p in parts) == sum(kinds.values())
    action(client, "drop-table", table=table)


def test_old_rows_under_the_schema_of_the_ticket(client, log):
    before = action(client, "describe-table", table=log)[0]["schema_id"]
    put(client, log, rows(0, 10), 0)
    action(client, "alter-table", table=log, changes="ADD COLUMN class STRING DEFAULT 'eco', RENAME COLUMN delay TO late")
    parts, _ = aggregate(client, log, ["count(*)", "max(late)"], ["class"], bucket=0)
    assert parts[0][1].to_pylist() == [{"class": "eco", "count(*)": 10, "max(late)": 9}]
    parts, _ = aggregate(client, log, ["max(delay)"], bucket=0, schema_id=before)
    assert parts[0][1].to_pylist() == [{"max(delay)": 9}]
    assert parts[0][0]["newer_schema_id"] > before


@pytest.mark.parametrize(
    "change, code, message",
    [
        ({"columns": ["id"]}, "INVALID_REQUEST", "columns"),
        ({"limit": 3}, "INVALID_REQUEST", "max_groups"),
        ({"stop": "never"}, "INVALID_REQUEST", "needs an end"),
        ({"resume": "x"}, "INVALID_REQUEST", "resume"),
        ({"aggregate": {"select": []}}, "INVALID_REQUEST", "needs something to select"),
        ({"aggregate": {"select": ["avg(id)"]}}, "INVALID_REQUEST", "count, min, max or sum"),
        ({"aggregate": {"select": ["sum(carrier)"]}}, "INVALID_REQUEST", "sum takes numbers"),
        ({"aggregate": {"select": ["count(x)"]}}, "INVALID_REQUEST", "'x'"),
        ({"aggregate": {"select": ["count(*)"], "by": []}}, "INVALID_REQUEST", '"by"'),
        ({"aggregate": {"select": ["count(*)"], "max_groups": 0}}, "INVALID_REQUEST", "max_groups"),
        ({"aggregate": {"select": ["count(*)"], "max_groups": 2000000000}}, "LIMIT_REACHED", "server.aggregate.groups.max"),
        ({"filter": "x = 1"}, "INVALID_FILTER", "x"),
    ],
)
def test_what_is_refused(client, log, change, code, message):
    ticket = {"table": log, "aggregate": {"select": ["count(*)"]}, **change}
    with pytest.raises(Exception) as refused:
        client.do_get(fl.Ticket(json.dumps(ticket))).read_all()
    assert code in str(refused.value)
    assert message in str(refused.value)


def test_too_many_groups(client, log):
    put(client, log, rows(0, 100), 0)
    ticket = {"table": log, "aggregate": {"group_by": ["id"], "select": ["count(*)"], "max_groups": 99}}
    with pytest.raises(Exception) as refused:
        client.do_get(fl.Ticket(json.dumps(ticket))).read_all()
    assert "LIMIT_REACHED" in str(refused.value)
    assert "more than 99 groups; filter, or group by fewer columns" in str(refused.value)
