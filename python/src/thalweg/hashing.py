"""Which bucket a row goes to, as ``format.batch.BucketFunction`` defines it, over whole columns.

``murmur3``: MurmurHash3 x86 32 bits, seed 0, of each value; ``31 * h + hash`` over the columns.
``kafka``: MurmurHash2 with Kafka's seed of the one column's value, as Kafka's serializers write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from . import errors

_U32 = npt.NDArray[np.uint32]
_I64 = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]


def buckets(columns: Sequence[pa.Array], count: int, function: str = "murmur3") -> npt.NDArray[np.int64]:
    """The bucket of each row; ``columns`` are the bucket key's, in the types of the table.

    :param function: the table's ``bucket.function``
    """
    hashes = {"murmur3": _hash, "kafka": _kafka_hash}.get(function.lower())
    if hashes is None:
        raise errors.error(
            "UNSUPPORTED", f"this client does not know bucket.function = {function}; use a newer one"
        )
    rows = len(columns[0])
    if count == 1:
        return np.zeros(rows, np.int64)
    whole = np.zeros(rows, np.uint32)
    with np.errstate(over="ignore"):
        for column in columns:
            whole = np.uint32(31) * whole + hashes(column)
    return (whole & np.uint32(0x7FFFFFFF)).astype(np.int64) % count


def _hash(column: pa.Array) -> _U32:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_temporal(kind):
        hashes = _of_longs(_longs(column))
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        hashes = _of_bytes(column.cast(pa.binary()))
    else:
        hashes = _of_values(column)
    if column.null_count:
        hashes[np.asarray(column.is_null())] = 0
    return hashes


def _kafka_hash(column: pa.Array) -> _U32:
    kind = column.type
    if pa.types.is_integer(kind):
        width = kind.bit_width // 8
        big_endian = _longs(column).astype(f">i{width}")
        hashes = _murmur2(
            np.frombuffer(big_endian.tobytes(), np.uint8),
            np.arange(len(column), dtype=np.int64) * width,
            np.full(len(column), width, np.int64),
        )
    else:
        hashes = _murmur2(*_contents(column.cast(pa.binary())))
    if column.null_count:
        hashes[np.asarray(column.is_null())] = 0
    return hashes


def _murmur2(data: _Bytes, starts: _I64, lengths: _I64) -> _U32:
    """Block by block of all values together: a column takes as many steps as its longest value."""
    factor = np.uint32(0x5BD1E995)
    padded = _padded(data)
    hashes = np.uint32(0x9747B28C) ^ lengths.astype(np.uint32)
    full, rest = lengths // 4, lengths % 4
    with np.errstate(over="ignore"):
        for block in range(int(full.max(initial=0))):
            at = np.nonzero(full > block)[0]
            mixed = _block(padded, starts[at] + 4 * block) * factor
            hashes[at] = hashes[at] * factor ^ (mixed ^ (mixed >> np.uint32(24))) * factor
        with_rest = np.nonzero(rest)[0]
        tail = _rest(padded, starts + 4 * full, rest)[with_rest]
        hashes[with_rest] = (hashes[with_rest] ^ tail) * factor
        hashes = (hashes ^ (hashes >> np.uint32(13))) * factor
    return hashes ^ (hashes >> np.uint32(15))


def _longs(column: pa.Array) -> npt.NDArray[np.int64]:
    kind = column.type
    if pa.types.is_temporal(kind):
        column = column.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    filled = column.fill_null(0) if column.null_count else column
    return np.asarray(filled.cast(pa.int64()))


def _of_longs(values: npt.NDArray[np.int64]) -> _U32:
    bits = values.view(np.uint64)
    low = (bits & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    high = (bits >> np.uint64(32)).astype(np.uint32)
    hashes = _rotated(_mixed(low), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    hashes = _rotated(hashes ^ _mixed(high), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    return _ended(hashes, np.full(len(values), 8, np.uint32))


def _of_bytes(column: pa.Array) -> _U32:
    """Block by block of all values together: a column takes as many steps as its longest value."""
    data, starts, lengths = _contents(column)
    padded = _padded(data)
    hashes = np.zeros(len(column), np.uint32)
    full = lengths // 4
    for block in range(int(full.max(initial=0))):
        at = np.nonzero(full > block)[0]
        mixed = _mixed(_block(padded, starts[at] + 4 * block))
        hashes[at] = _rotated(hashes[at] ^ mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    hashes ^= _mixed(_rest(padded, starts + 4 * full, lengths % 4))
    return _ended(hashes, lengths.astype(np.uint32))


def _contents(column: pa.Array) -> tuple[_Bytes, _I64, _I64]:
    """The bytes in which the values of a binary column lie, where each begins, and its length; 0 for null."""
    rows = len(column)
    if not rows:
        return np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + rows + 1].astype(np.int64)
    lengths = np.diff(ends)
    if column.null_count:
        lengths = np.where(np.asarray(column.is_null()), 0, lengths)
    stored = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return stored, ends[:-1], lengths


def _padded(data: _Bytes) -> _Bytes:
    """Behind the last value there may be nothing: four bytes more can always be read."""
    return np.concatenate([data, np.zeros(8, np.uint8)])


def _rest(padded: _Bytes, starts: _I64, lengths: _I64) -> _U32:
    """Up to three bytes as a number, little-endian."""
    keep = (np.uint64(1) << (np.uint64(8) * lengths.astype(np.uint64))) - np.uint64(1)
    return (_block(padded, starts).astype(np.uint64) & keep).astype(np.uint32)


def _block(data: _Bytes, at: _I64) -> _U32:
    block = data[at].astype(np.uint32)
    for byte in range(1, 4):
        block |= data[at + byte].astype(np.uint32) << np.uint32(8 * byte)
    return block


def _of_values(column: pa.Array) -> _U32:
    """Decimals and fixed bytes: once for each distinct value."""
    coded = pc.dictionary_encode(column)
    known = np.array([_of_value(value.as_py()) for value in coded.dictionary] + [0], np.uint32)
    return known[np.asarray(coded.indices.fill_null(len(coded.dictionary)))]


def _of_value(value: Any) -> int:
    if isinstance(value, bytes):
        raw = value
    else:
        # Not by decimal's own arithmetic, which rounds to the digits of its context.
        sign, digits, _ = value.as_tuple()
        unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
        raw = unscaled.to_bytes((unscaled + (unscaled < 0)).bit_length() // 8 + 1, "big", signed=True)
    return int(_of_bytes(pa.array([raw], pa.binary()))[0])


def _mixed(block: _U32) -> _U32:
    return _rotated(block * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _rotated(value: _U32, by: int) -> _U32:
    return (value << np.uint32(by)) | (value >> np.uint32(32 - by))


def _ended(mixed: _U32, lengths: _U32) -> _U32:
    hashes = mixed ^ lengths
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))
