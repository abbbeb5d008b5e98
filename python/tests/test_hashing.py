"""The same buckets as the server computes, which refuses rows in others."""

import datetime
import decimal
import random

import numpy as np
import pyarrow as pa
import pytest

import thalweg
from thalweg import hashing

COLUMNS = {
    "i BIGINT": lambda r: r.randrange(-(2**63), 2**63),
    "i TINYINT": lambda r: r.randrange(-128, 128),
    "s STRING": lambda r: "".join(chr(r.choice([0, 65, 228, 8364, 128512])) for _ in range(r.randrange(12))),
    "s CHAR(9)": lambda r: "x" * r.randrange(10),
    "b BYTES": lambda r: r.randbytes(r.randrange(20)),
    "b BINARY(5)": lambda r: r.randbytes(5),
    "d DECIMAL(30, 4)": lambda r: decimal.Decimal(r.randrange(-(10 ** r.randrange(1, 30)), 10**29)).scaleb(
        -4
    ),
    "d DATE": lambda r: datetime.date.fromordinal(r.randrange(1, 3_000_000)),
    "t TIMESTAMP(3)": lambda r: (
        datetime.datetime(2026, 1, 1) + datetime.timedelta(milliseconds=r.randrange(-(10**12), 10**12))
    ),
    "t TIMESTAMP_LTZ(6)": lambda r: (
        datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
        + datetime.timedelta(microseconds=r.randrange(10**15))
    ),
    "t TIME(0)": lambda r: datetime.time(r.randrange(24), r.randrange(60), r.randrange(60)),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_rows_go_where_the_server_has_them(connection, name, column):
    seeded = random.Random(column)
    key, kind = column.split(" ", 1)
    table = connection.create_table(name, f"n BIGINT, `{key}` {kind}", buckets=7, bucket_key=[key])
    values = [None if seeded.randrange(9) == 0 else COLUMNS[column](seeded) for _ in range(500)]
    field = table.schema.field(key)
    rows = pa.table({"n": range(500), key: pa.array(values, field.type)})
    written = table.append(rows)  # a row in a wrong bucket would be refused
    assert written.rows == 500
    assert sorted(table.scan().to_arrow()["n"].to_pylist()) == list(range(500))
    assert len({part.bucket for part in written.parts}) > 4


KAFKA = ["s STRING", "b BYTES", "i SMALLINT", "i INT", "i BIGINT"]


@pytest.mark.parametrize("column", KAFKA)
def test_rows_go_where_kafkas_partitioner_has_them(connection, name, column):
    seeded = random.Random(column)
    key, kind = column.split(" ", 1)
    bits = {"SMALLINT": 16, "INT": 32, "BIGINT": 64}.get(kind, 0)
    values = [
        seeded.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1)) if bits else COLUMNS[column](seeded)
        for _ in range(300)
    ]
    table = connection.create_table(
        name, f"n BIGINT, {column}", primary_key=[key], buckets=7, properties={"bucket.function": "kafka"}
    )
    field = table.schema.field(key)
    table.upsert(pa.table({"n": range(300), key: pa.array(values, field.type)}))
    rows = table.scan().to_arrow()
    assert sorted(map(repr, rows[key].to_pylist())) == sorted(map(repr, set(values)))
    for value in values[:9]:
        assert table.lookup(value)[key] == value


def test_kafkas_hashes():
    """What Kafka's Java client gives for these keys."""
    texts = ["21", "foobar", "a-little-bit-long-string", None, "a-little-bit-longer-string", "abc", ""]
    hashed = hashing._kafka_hash(pa.array(texts)).view(np.int32)
    assert list(hashed[:6]) == [-973932308, -790332482, -985981536, 0, -1486304829, 479470107]
    for start in range(len(texts)):
        assert list(hashing._kafka_hash(pa.array(texts)[start:]).view(np.int32)) == list(hashed[start:])


def test_a_function_that_is_not_known():
    with pytest.raises(thalweg.ThalwegError, match=r"bucket\.function = other"):
        hashing.buckets([pa.array(["a"])], 7, "other")


def test_known_hashes():
    """Iceberg's: the hashes of 34 and of "iceberg", as its specification lists them."""
    number = hashing._of_longs(np.array([34], np.int64))
    text = hashing._of_bytes(pa.array([b"iceberg"]))
    assert [int(number[0]), int(text[0])] == [2017239379, 1210000089]


def test_slices_and_nulls():
    whole = pa.array(["a", None, "abcd", "", "abcdefg", None, "x"])
    hashed = hashing._hash(whole)
    for start in range(len(whole)):
        assert list(hashing._hash(whole[start:])) == list(hashed[start:])
    assert hashed[1] == hashed[5] == 0
