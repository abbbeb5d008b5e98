"""Python's values as Arrow arrays, none of them changed. Internal."""

from __future__ import annotations

import datetime
import itertools
import math
import uuid
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

_EPOCH: Final = datetime.datetime(1970, 1, 1)
_EPOCH_UTC: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_LISTS: Final = (list, tuple, np.ndarray)


def array(values: Any, kind: pa.DataType | None = None) -> pa.Array:
    """Values in the type that they say themselves; ``kind`` is for those that do not say one."""
    given = found(values)
    return _built(list(values), kind) if given is None else given


def is_missing(value: Any) -> bool:
    """Whether pandas takes a value for a missing one."""
    return value is None or _is_gap(type(value)) or (isinstance(value, float) and math.isnan(value))


def nulls(count: int, kind: pa.DataType | None) -> pa.Array:
    """Nulls for a column of a type; a VECTOR's are lists, as its items may not be null."""
    if kind is None:
        return pa.nulls(count)
    return pa.nulls(count, pa.list_(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind)


def _is_gap(kind: type) -> bool:
    return kind.__name__ in ("NaTType", "NAType")


def found(values: Any) -> pa.Array | None:
    """Values that are an array already, of whatever library."""
    library = type(values).__module__.partition(".")[0]
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, pa.ChunkedArray):
        return _whole(values)
    if isinstance(values, range):
        return pa.array(values, pa.int64()) if not values else pa.array(values)
    if library == "polars":
        return _whole(values.to_arrow())
    if library == "pandas":
        return None if values.dtype == object else _whole(pa.Array.from_pandas(values))
    if isinstance(values, np.ndarray) and values.dtype != object:
        if values.ndim == 2:
            return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
        return pa.array(values) if values.ndim == 1 else None
    return None


def _whole(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _built(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    kinds = set(map(type, values)) - {type(None)}
    if any(map(_is_gap, kinds)):
        values = [None if _is_gap(type(value)) else value for value in values]
        kinds = {each for each in kinds if not _is_gap(each)}
    if np.ndarray in kinds:
        values = [v[()] if isinstance(v, np.ndarray) and not v.ndim else v for v in values]
        kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return nulls(len(values), kind)
    listed = all(issubclass(each, _LISTS) for each in kinds)
    named = all(issubclass(each, Mapping) for each in kinds)
    if kind is not None and pa.types.is_map(kind) and (listed or named):
        return _maps(values, kind)
    if listed:
        return _lists(values, kind)
    if named:
        return _structs(values, kind)
    return _scalars(values, kinds, kind)


def _lists(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    inner = kind.value_type if kind is not None and _is_list(kind) else None
    parts = [value for value in values if value is not None]
    arrays = all(isinstance(part, np.ndarray) and part.ndim == 1 for part in parts)
    if arrays and len({part.dtype for part in parts}) == 1 and parts[0].dtype != object:
        items = array(np.concatenate(parts))
    else:
        items = _built(list(itertools.chain.from_iterable(parts)), inner)
    return pa.ListArray.from_arrays(_offsets(values), items)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)


def _maps(values: list[Any], kind: pa.DataType) -> pa.Array:
    entries = [
        None if value is None else list(value.items() if isinstance(value, Mapping) else value)
        for value in values
    ]
    pairs = [pair for each in entries if each is not None for pair in each]
    wrong = next((pair for pair in pairs if not isinstance(pair, _LISTS) or len(pair) != 2), None)
    if wrong is not None:
        raise ValueError(f"a MAP takes a dict or a list of pairs; {wrong!r:.100} is no pair")
    keys = _built([key for key, _ in pairs], kind.key_type)
    items = _built([item for _, item in pairs], kind.item_type)
    return pa.MapArray.from_arrays(_offsets(entries), keys, items)


def _offsets(values: list[Any]) -> pa.Array:
    ends = itertools.accumulate((0 if value is None else len(value) for value in values), initial=0)
    gaps = [value is None for value in values] + [False]
    return pa.array(list(ends), pa.int32(), mask=np.array(gaps))


def _structs(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    wanted = {} if kind is None or not pa.types.is_struct(kind) else {f.name: f.type for f in kind}
    names = dict.fromkeys(name for value in values if value is not None for name in value)
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise ValueError(f"the fields of a ROW have texts as names, not {wrong!r:.100}")
    # A struct without fields says nothing of its rows: one of the table's fields stands for all.
    chosen = list(names) or list(wanted)[:1]
    if not chosen:
        raise ValueError("a dict without entries does not say the fields of a ROW")
    columns = [
        _built([None if value is None else value.get(name) for value in values], wanted.get(name))
        for name in chosen
    ]
    gaps = pa.array([value is None for value in values], pa.bool_())
    return pa.StructArray.from_arrays(columns, names=chosen, mask=gaps)


def _scalars(values: list[Any], kinds: set[type], kind: pa.DataType | None) -> pa.Array:
    if any(issubclass(each, (datetime.datetime, np.datetime64)) for each in kinds):
        return _datetimes(values) if kinds == {datetime.datetime} else _moments(values)
    if datetime.time in kinds:
        zoned = next((v for v in values if isinstance(v, datetime.time) and v.tzinfo), None)
        if zoned is not None:
            raise ValueError(f"a TIME has no zone, and {zoned} has one; take it off: replace(tzinfo=None)")
    if kinds == {uuid.UUID}:
        raw = kind is not None and (pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind))
        return pa.array([v if v is None else v.bytes if raw else str(v) for v in values])
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError) as unclear:
        if kind is None and isinstance(unclear, OverflowError):
            raise ValueError("a whole number needs more than 64 bits; give decimal.Decimal") from unclear
        if kind is None:
            raise ValueError(f"{unclear}; give values of one type") from unclear
    return _typed([_plain(value) for value in values], kind)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _typed(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Values in a type, which Arrow itself would cut silently to fit it."""
    loose = pa.list_(kind.value_type) if pa.types.is_fixed_size_list(kind) else kind
    made = pa.array(values, loose)
    for given, kept in zip(values, made.to_pylist()):
        if not _is_kept(given, kept):
            raise ValueError(f"{given!r:.100} would become {kept!r:.100}")
    return made


def _is_kept(given: Any, kept: Any) -> bool:
    if given is None or kept is None:
        return given is None and kept is None
    if isinstance(given, Mapping):
        kept = dict(kept)
        return all(_is_kept(value, kept.get(key)) for key, value in given.items())
    if isinstance(given, (list, tuple)):
        return len(given) == len(kept) and all(map(_is_kept, given, kept))
    if isinstance(given, float) and math.isnan(given):
        return isinstance(kept, float) and math.isnan(kept)
    return bool(given == kept) or (isinstance(given, float) and isinstance(kept, float))


def _datetimes(values: list[Any]) -> pa.Array:
    zoned = {value.tzinfo is not None for value in values if value is not None}
    if len(zoned) == 2:
        return _moments(values)
    return pa.array(values, pa.timestamp("us", "UTC" if True in zoned else None))


def _moments(values: list[Any]) -> pa.Array:
    """Datetimes of all libraries, in microseconds, or in nanoseconds where one has some."""
    nanos = [None if value is None else _nanos(value) for value in values]
    zoned = {_is_zoned(value) for value, at in zip(values, nanos) if at is not None}
    if len(zoned) == 2:
        raise ValueError("times with and without a zone are mixed; give all of them a zone, or none")
    zone = "UTC" if True in zoned else None
    if all(at is None or at % 1_000 == 0 for at in nanos):
        micros = [None if at is None else at // 1_000 for at in nanos]
        return pa.array(micros, pa.int64()).view(pa.timestamp("us", zone))
    far = next((v for v, at in zip(values, nanos) if at is not None and abs(at) >= 2**63), None)
    if far is not None:
        raise ValueError(f"{far} is beside a time with nanoseconds, which reach from 1677 to 2262 only")
    return pa.array(nanos, pa.int64()).view(pa.timestamp("ns", zone))


def _is_zoned(value: Any) -> bool:
    return isinstance(value, datetime.datetime) and value.utcoffset() is not None


def _nanos(value: Any) -> int | None:
    """Nanoseconds since 1970; None for numpy's NaT."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else _nanos_of_numpy(value)
    if isinstance(value, datetime.datetime):
        nanosecond = getattr(value, "nanosecond", 0)
        if hasattr(value, "to_pydatetime"):  # pandas, whose differences may overflow
            value = value.to_pydatetime(warn=False)
        past = value - (_EPOCH_UTC if _is_zoned(value) else _EPOCH.replace(tzinfo=value.tzinfo))
        return (past // datetime.timedelta(microseconds=1)) * 1_000 + int(nanosecond)
    if isinstance(value, datetime.date):
        return (value.toordinal() - _EPOCH.toordinal()) * 86_400_000_000_000
    raise ValueError(f"{value!r:.100} is among datetimes and is none")


def _nanos_of_numpy(value: np.datetime64) -> int:
    unit, step = np.datetime_data(value.dtype)
    if unit in ("ps", "fs", "as"):
        raise ValueError(f"{value} is finer than nanoseconds; cast it to datetime64[ns]")
    if unit == "ns":
        return int(value.astype(np.int64)) * int(step)
    return int(value.astype("datetime64[us]").astype(np.int64)) * 1_000
