import asyncio
import datetime
import decimal
import random

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import thalweg
from thalweg import aio, filters

f = pc.field

ROWS = pa.table(
    {
        "id": pa.array(range(200), pa.int64()),
        "s": pa.array([None if i % 7 == 0 else "abc_%!'"[: i % 8] for i in range(200)]),
        "x": pa.array([None if i % 11 == 0 else i / 4 for i in range(200)], pa.float64()),
        "g": pa.array([i / 3 for i in range(200)], pa.float32()),
        "d": pa.array([datetime.date(2026, 1, 1) + datetime.timedelta(i) for i in range(200)]),
        "m": pa.array([decimal.Decimal(i).scaleb(-2) for i in range(200)], pa.decimal128(9, 2)),
        "t": pa.array([i * 3_600_000_000 for i in range(200)], pa.timestamp("us", "UTC")),
        "flag": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in range(200)]),
        "r": pa.array([None if i % 13 == 0 else {"n": i} for i in range(200)]),
    }
)


@pytest.fixture(scope="module")
def table(connection):
    made = connection.create_table("reading", ROWS, buckets=2)
    made.append(ROWS)
    yield made
    connection.drop_table("reading")


def test_a_topic_with_columns_of_its_values(connection):
    records = (
        "key BYTES, value BYTES, headers ARRAY<ROW<key STRING NOT NULL, value BYTES> NOT NULL> NOT NULL,"
        " timestamp TIMESTAMP_LTZ(3) NOT NULL"
    )
    options = {"table.log.format": "kafka", "table.kafka.value-format": "json"}
    made = connection.create_table(
        "typed_topic", f"{records}, id BIGINT, tags ARRAY<STRING>", properties=options
    )
    own = ["key", "value", "headers", "timestamp"]
    assert made.schema.names == [*own, "id", "tags"]
    assert made.scan(["id", "tags"], f("id") > 1).to_arrow().schema.types == [
        pa.int64(),
        pa.list_(pa.string()),
    ]
    rejected = made.rejected(filter="_reason LIKE 'column%'").to_arrow()
    assert rejected.schema.names == ["_log_offset", "_commit_timestamp", *own, "_reason"]
    connection.drop_table("typed_topic")
    plain = connection.create_table("no_topic", "id BIGINT")
    with pytest.raises(thalweg.InvalidRequest, match="so it rejects none"):
        plain.rejected().to_arrow()
    connection.drop_table("no_topic")


def atom(seeded: random.Random) -> pc.Expression:
    """A random test of one column."""
    i = seeded.randrange(200)
    compare = seeded.choice(
        [
            lambda a, b: a == b,
            lambda a, b: a != b,
            lambda a, b: a < b,
            lambda a, b: a <= b,
            lambda a, b: a > b,
            lambda a, b: a >= b,
        ]
    )
    return seeded.choice(
        [
            lambda: compare(f("id"), i),
            lambda: compare(f("s"), "abc_%!'"[: i % 8]),
            lambda: compare(f("x"), i / 8),
            lambda: compare(f("g"), i / 3),
            lambda: compare(f("d"), datetime.date(2026, 1, 1) + datetime.timedelta(i)),
            lambda: compare(f("m"), decimal.Decimal(i).scaleb(-2)),
            lambda: compare(f("t"), datetime.datetime(1970, 1, 1, i % 24, tzinfo=datetime.timezone.utc)),
            lambda: compare(f("r", "n"), i),
            lambda: f("flag"),
            lambda: f(seeded.choice(ROWS.column_names)).is_null(),
            lambda: f("s").is_valid(),
            lambda: f("id").isin([i, i + 1, 5]),
            lambda: f("s").isin(["a", None]),
            lambda: pc.starts_with(f("s"), "abc_"[: i % 5]),
            lambda: f("x").is_nan(),
            lambda: f("id") + 1 > i,
        ]
    )()


def expression(seeded: random.Random, depth: int) -> pc.Expression:
    if depth == 0:
        return atom(seeded)
    kind = seeded.randrange(4)
    if kind == 0:
        return ~expression(seeded, depth - 1)
    left, right = expression(seeded, depth - 1), expression(seeded, depth - 1)
    return left & right if kind < 3 else left | right


def test_expressions_select_what_arrow_selects(table):
    """Random ones, each against Arrow itself; most of them reach the server."""
    reached = 0
    for seed in range(150):
        asked = expression(random.Random(seed), seed % 4)
        pushed = filters.pushed(asked, table.schema)
        reached += pushed is not None
        expected = ROWS.filter(asked)["id"].to_pylist()
        found = table.scan(columns=["id"], filter=asked).to_arrow()
        assert sorted(found["id"].to_pylist()) == expected, f"seed {seed}: {asked} as {pushed}"
        if pushed is not None:  # the server alone selects no less
            alone = table.scan(columns=["id"], filter=pushed).to_arrow()["id"].to_pylist()
            assert set(alone) >= set(expected), f"seed {seed}: {asked} as {pushed}"
    assert reached > 100


def test_columns_limit_and_streams(table):
    scan = table.scan(columns=["id", "upper(s) AS big"], filter="id < 50", limit=7)
    assert scan.schema.names == ["id", "big"]
    assert scan.count() == 7
    assert pl.DataFrame(table.scan(columns=["id"])).height == 200
    assert duckdb.from_arrow(table.scan().to_reader()).aggregate("count(*)").fetchall() == [(200,)]
    assert table.scan(columns=["id"], filter="id = 3").to_pandas()["id"].tolist() == [3]
    assert repr(scan) == "<scan of default.reading: id, upper(s) AS big where id < 50>"


def test_duckdb_pushes_columns_and_filters(table, monkeypatch):
    asked = []
    scan = thalweg.Table.scan

    def spy(self, columns=None, filter=None, **more):
        asked.append((list(columns), filter))
        return scan(self, columns, filter, **more)

    monkeypatch.setattr(thalweg.Table, "scan", spy)
    reading = table.dataset()
    found = duckdb.sql("SELECT sum(id), count(*) FROM reading WHERE id > 100 AND s = 'abc'").fetchall()[0]
    expected = ROWS.filter((f("id") > 100) & (f("s") == "abc"))["id"]
    assert found == (pc.sum(expected).as_py(), len(expected))
    ((columns, filter),) = asked
    assert set(columns) <= {"id", "s"}
    assert "id > 100" in filters.pushed(filter, table.schema)
    assert reading.count_rows() == 200


def test_positions(connection, name):
    table = connection.create_table(name, {"n": "BIGINT"}, buckets=2)
    first = table.append({"n": range(10)})
    table.append({"n": range(10, 20)})
    assert sorted(table.scan(stop=first.next_offsets).to_arrow()["n"].to_pylist())[:10] == list(range(10))
    later = table.scan(start=first.next_offsets).to_arrow()["n"].to_pylist()
    assert set(later) <= set(range(10, 20))


def test_a_table_is_followed_and_resumed(connection, name):
    table = connection.create_table(name, {"n": "BIGINT"}, buckets=2)
    seen = []
    with table.follow(start="earliest", idle=10) as follow:
        for at in range(5):
            table.append({"n": [at]})
            for batch in follow:
                seen += batch["n"].to_pylist()
                break
        positions = dict(follow.positions)
    assert sorted(seen) == [0, 1, 2, 3, 4]
    table.append({"n": [5]})
    with table.follow(start=positions, idle=10) as follow:
        assert next(follow)["n"].to_pylist() == [5]
    assert list(table.follow(start="latest", idle=0.2)) == []


def test_the_async_twin(server, name):
    async def main() -> list[int]:
        async with await aio.connect(server) as connection:
            table = await connection.create_table(name, {"n": "BIGINT"})
            await table.append({"n": range(5)})
            scan = await table.scan()
            seen = [n async for batch in scan for n in batch["n"].to_pylist()]
            async with await table.follow(start="earliest", idle=5) as follow:
                async for batch in follow:
                    seen += batch["n"].to_pylist()
                    break
            return seen

    assert asyncio.run(main()) == [*range(5), *range(5)]


@pytest.mark.parametrize(
    ("twin", "of"),
    [
        (aio.Connection, thalweg.Connection),
        (aio.Table, thalweg.Table),
        (aio.Scan, thalweg.Scan),
        (aio.Follow, thalweg.Follow),
    ],
)
def test_the_async_twin_has_every_method(twin, of):
    def public(kind):
        return {each for each in dir(kind) if not each.startswith("_")}

    # What another library pulls rows out of waits for them in that library.
    assert public(of) - public(twin) <= {"to_reader", "dataset"}


def test_the_async_twin_asks_while_others_go_on(server, name):
    async def main() -> tuple[int, int, str]:
        async with await aio.connect(server) as connection:
            table = await connection.create_table(name, {"n": "BIGINT"})
            await table.append({"n": range(5)})
            await table.alter("ADD COLUMN text STRING")
            scans = await asyncio.gather(*(table.scan(filter=pc.field("n") > n) for n in range(5)))
            counts = await asyncio.gather(*(scan.count() for scan in scans))
            return sum(counts), await table.count(), str(table.schema.names)

    assert asyncio.run(main()) == (10, 5, "['n', 'text']")
