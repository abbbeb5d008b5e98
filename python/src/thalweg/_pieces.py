"""Batches cut by what their rows take. Internal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from . import _plain, errors

_BATCH_BYTES: Final = 4 << 20
_BATCH_ROWS: Final = 262_144
# The default of the servers' write.batch.max.
_MOST_BYTES: Final = 16 << 20

_Sizes = npt.NDArray[np.int64]


def pieces(given: pa.RecordBatch, schema: pa.Schema, first: int) -> Iterator[pa.RecordBatch]:
    """A batch in plain types, in pieces that a message holds easily.

    :param schema: the table's: a server gives a row the width of these types, also where it has nulls
    :param first: the number of the batch's first row, for messages
    """
    width = sum(_width(field.type) for field in schema)
    for start in range(0, given.num_rows, _BATCH_ROWS):
        part = _plain.batch(given.slice(start, _BATCH_ROWS))
        step = max(1, int(part.num_rows * _BATCH_BYTES / max(1, part.nbytes, part.num_rows * width)))
        for at in range(0, part.num_rows, step):
            piece = part.slice(at, step)
            # Rows of about one size need no look at each of them.
            if max(piece.nbytes, piece.num_rows * width) <= _MOST_BYTES // 4:
                yield piece
            else:
                yield from _cut(piece, schema, first + start + at)


def _cut(part: pa.RecordBatch, schema: pa.Schema, first: int) -> Iterator[pa.RecordBatch]:
    """A plain batch in pieces by what each of its rows takes."""
    ends = np.cumsum(row_bytes(part, schema))
    at = 0
    while at < part.num_rows:
        before = int(ends[at - 1]) if at else 0
        end = max(at + 1, int(np.searchsorted(ends, before + _BATCH_BYTES, "right")))
        if ends[end - 1] - before > _MOST_BYTES:
            raise _too_large(first + at, part.slice(at, 1), int(ends[end - 1]) - before)
        yield part.slice(at, end - at)
        at = end


def _too_large(row: int, given: pa.RecordBatch, taken: int) -> errors.ThalwegError:
    sizes = {name: int(_sizes(column).sum()) for name, column in zip(given.schema.names, given.columns)}
    largest = max(sizes, key=lambda name: sizes[name])
    return errors.error(
        "TOO_LARGE",
        f"row {row} takes {taken:,} bytes, {sizes[largest]:,} of them in column '{largest}', and a row"
        f" may take {_MOST_BYTES:,}; store a value of that size elsewhere",
    )


def row_bytes(given: pa.RecordBatch, schema: pa.Schema) -> _Sizes:
    """What each row takes, in the types given or those of the table, whichever take more."""
    widths = {field.name: _width(field.type) for field in schema}
    whole = np.full(given.num_rows, sum(w for name, w in widths.items() if name not in given.schema.names))
    for name, column in zip(given.schema.names, given.columns):
        whole = whole + np.maximum(_sizes(column), widths.get(name, 0))
    return whole.astype(np.int64)


def _width(kind: pa.DataType) -> int:
    """What a null of a type takes."""
    if isinstance(kind, pa.BaseExtensionType):
        return _width(kind.storage_type)
    if pa.types.is_struct(kind):
        return 1 + sum(_width(field.type) for field in kind)
    if pa.types.is_fixed_size_list(kind):
        return 1 + kind.list_size * _width(kind.value_type)
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind):
        return 1 + (kind.bit_width + 7) // 8
    return 5


def _sizes(column: Any) -> _Sizes:
    """What each value of a plain column takes."""
    kind, rows = column.type, len(column)
    if isinstance(column, pa.ExtensionArray):
        return _sizes(column.storage)
    if pa.types.is_struct(kind):
        parts = [_sizes(column.field(i)) for i in range(kind.num_fields)]
        return np.sum([np.ones(rows, np.int64), *parts], axis=0)
    if pa.types.is_fixed_size_list(kind):
        items = column.values.slice(column.offset * kind.list_size, rows * kind.list_size)
        return 1 + _sizes(items).reshape(rows, kind.list_size).sum(axis=1)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        starts = _numbers(column.offsets)[:rows]
        return _between(column.values, starts, starts + _numbers(column.sizes)[:rows])
    if pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        ends = _numbers(column.offsets)
        parts = [column.keys, column.items] if pa.types.is_map(kind) else [column.values]
        return np.sum([_between(values, ends[:-1], ends[1:]) for values in parts], axis=0)
    if _is_bytes(kind):
        return 5 + np.diff(_ends(column))
    return np.full(rows, _width(kind), np.int64)


def _between(values: pa.Array, starts: _Sizes, ends: _Sizes) -> _Sizes:
    """What the values of each list take, of those that all lists share."""
    if not len(starts):
        return np.zeros(0, np.int64)
    low, high = int(starts.min()), int(ends.max())
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(_sizes(values.slice(low, high - low)))])
    return 5 + sums[ends - low] - sums[starts - low]


def _is_bytes(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _ends(column: pa.Array) -> _Sizes:
    """The offsets of texts or bytes, one more than there are values."""
    if not len(column):
        return np.zeros(1, np.int64)
    wide = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    offsets = np.frombuffer(column.buffers()[1], np.int64 if wide else np.int32)
    return offsets[column.offset : column.offset + len(column) + 1].astype(np.int64)


def _numbers(column: pa.Array) -> _Sizes:
    return np.asarray(column).astype(np.int64)
