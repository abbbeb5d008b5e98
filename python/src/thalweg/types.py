"""Arrow types as the texts in which tables are declared, and rows in the types of a table."""

from __future__ import annotations

import datetime
import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, Union, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from . import errors

VARIANT: Final = "arrow.parquet.variant"
_WORDS: Final = {"s": 0, "ms": 3, "us": 6, "ns": 9}


@runtime_checkable
class ArrowStream(Protocol):
    """What pandas, Polars, DuckDB and others offer: rows through Arrow's stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Rows: TypeAlias = Union[
    pa.Table,
    pa.RecordBatch,
    pa.RecordBatchReader,
    ds.Dataset,
    ArrowStream,
    Sequence[Mapping[str, Any]],
    Mapping[str, Sequence[Any]],
    Any,  # a pandas DataFrame, which is not imported here
]


def text(kind: pa.DataType, nullable: bool = True) -> str:
    """The type of a column that holds ``kind``, such as ``DECIMAL(9, 2) NOT NULL``."""
    return _text(kind) + ("" if nullable else " NOT NULL")


def _text(kind: pa.DataType) -> str:
    if isinstance(kind, pa.BaseExtensionType):
        return _extension(kind)
    if pa.types.is_dictionary(kind):
        return _text(kind.value_type)
    if pa.types.is_run_end_encoded(kind):
        return _text(kind.value_type)
    simple = _SIMPLE.get(str(kind))
    if simple:
        return simple
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pa.types.is_fixed_size_binary(kind):
        return f"BINARY({kind.byte_width})"
    if pa.types.is_time(kind):
        return f"TIME({_WORDS[kind.unit]})"
    if pa.types.is_timestamp(kind):
        return f"TIMESTAMP{'_LTZ' if kind.tz else ''}({_WORDS[kind.unit]})"
    if pa.types.is_fixed_size_list(kind):
        item = {"float": "", "double": ", DOUBLE", "int8": ", TINYINT"}.get(str(kind.value_type))
        if item is not None:
            return f"VECTOR({kind.list_size}{item})"
    if _is_list(kind):
        return f"ARRAY<{text(kind.value_type, kind.value_field.nullable)}>"
    if pa.types.is_map(kind):
        value = text(kind.item_type, kind.item_field.nullable)
        return f"MAP<{_text(kind.key_type)}, {value}>"
    if pa.types.is_struct(kind):
        fields = (f"{quoted(f.name)} {text(f.type, f.nullable)}" for f in kind)
        return f"ROW<{', '.join(fields)}>"
    raise errors.error("INVALID_SCHEMA", f"no table holds values of the Arrow type {kind}; cast them first")


_SIMPLE: Final = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INT",
    "int64": "BIGINT",
    "uint8": "SMALLINT",
    "uint16": "INT",
    "uint32": "BIGINT",
    "uint64": "DECIMAL(20, 0)",
    "halffloat": "FLOAT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "STRING",
    "large_string": "STRING",
    "string_view": "STRING",
    "null": "STRING",
    "binary": "BYTES",
    "large_binary": "BYTES",
    "binary_view": "BYTES",
    "date32[day]": "DATE",
    "date64[ms]": "DATE",
}


def _extension(kind: pa.BaseExtensionType) -> str:
    if kind.extension_name in (VARIANT, "arrow.json"):
        return "VARIANT"
    return _text(kind.storage_type)


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )


def quoted(name: str) -> str:
    """A name as types, filters and changes of tables have it: in backquotes unless it is a word."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and not name[:1].isdigit()
    return name if plain else "`" + name.replace("`", "``") + "`"


def is_variant(field: pa.Field) -> bool:
    """Whether a column holds VARIANTs."""
    if isinstance(field.type, pa.BaseExtensionType):
        return bool(field.type.extension_name == VARIANT)
    name = (field.metadata or {}).get(b"ARROW:extension:name", b"")
    return bool(name.decode() == VARIANT)


def schema_of(rows: Any) -> pa.Schema:
    """The Arrow schema of a schema, a frame or rows."""
    if isinstance(rows, pa.Schema):
        return rows
    return reader(rows).schema


def reader(rows: Rows, schema: pa.Schema | None = None) -> pa.RecordBatchReader:
    """Rows of any form as a stream of record batches; no more of them is in memory than it was.

    ``schema`` is the table's: it tells the types of rows that are Python objects.
    """
    if isinstance(rows, pa.RecordBatchReader):
        return rows
    if isinstance(rows, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(rows.schema, [rows])
    if isinstance(rows, pa.Table):
        return rows.to_reader()
    if type(rows).__module__.partition(".")[0] == "pandas":
        return _of_pandas(rows, schema)
    if isinstance(rows, ds.Dataset):  # Parquet, Lance, another table
        return rows.scanner().to_reader()
    if hasattr(rows, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(rows)
    if isinstance(rows, Mapping):
        columns = {name: _column(name, values, schema) for name, values in rows.items()}
        return pa.table(columns).to_reader()
    if isinstance(rows, Iterable) and not isinstance(rows, (str, bytes)):
        return _of_dicts(list(rows), schema)
    raise errors.error(
        "SCHEMA_MISMATCH",
        f"rows cannot come from a {type(rows).__name__}; give a pandas or Polars DataFrame, a pyarrow"
        " Table, RecordBatch or RecordBatchReader, a list of dicts or a dict of lists",
    )


def _of_pandas(frame: Any, schema: pa.Schema | None) -> pa.RecordBatchReader:
    named = [name for name in frame.columns if not isinstance(name, str)]
    if named:
        raise errors.error("SCHEMA_MISMATCH", f"columns must have texts as names, not {named[:5]}")
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            values = [None if _is_missing(value) else value for value in column]
            columns[name] = _column(name, values, schema)
        else:
            columns[name] = pa.Array.from_pandas(column)
    return pa.table(columns).to_reader()


def _is_missing(value: Any) -> bool:
    kind = type(value).__name__
    return value is None or (isinstance(value, float) and math.isnan(value)) or kind in ("NaTType", "NAType")


def _of_dicts(rows: list[Any], schema: pa.Schema | None) -> pa.RecordBatchReader:
    names: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise errors.error(
                "SCHEMA_MISMATCH", f"a row is a dict of its values by column, not {row!r:.100}"
            )
        names.update(dict.fromkeys(row))
    columns = {name: _column(name, [row.get(name) for row in rows], schema) for name in names}
    return pa.table(columns).to_reader()


def _column(name: str, values: Any, schema: pa.Schema | None) -> pa.Array:
    """Python's values as Arrow says they are; the table's type is for those that do not say it."""
    at = -1 if schema is None else schema.get_field_index(name)
    if schema is None or at < 0:
        return _array(values)
    field = schema.field(at)
    try:
        if is_variant(field):
            return pa.array([_json(value) for value in values], pa.string())
        if not _has_map(field.type):
            try:
                found = _array(values)
                if "null" not in str(found.type):
                    return found
            except pa.ArrowException:  # values of several types
                pass
        return _typed([_plain(value) for value in values], field.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as misfit:
        raise errors.error(
            "SCHEMA_MISMATCH", f"column '{name}' is {text(field.type, field.nullable)}: {misfit}"
        ) from misfit


def _array(values: Any) -> pa.Array:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    return pa.array(values if isinstance(values, (np.ndarray, range)) else list(values))


def _has_map(kind: pa.DataType) -> bool:
    """Whether dicts are meant as maps, which Arrow takes for structs unless it is told."""
    return pa.types.is_map(kind) or any(_has_map(kind.field(i).type) for i in range(kind.num_fields))


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
    if isinstance(given, datetime.datetime) != isinstance(kept, datetime.datetime):
        return False
    return bool(given == kept) or (isinstance(given, float) and isinstance(kept, float))


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, allow_nan=False, default=str)


def fitted(batches: Iterable[pa.RecordBatch], schema: pa.Schema, table: str) -> Iterator[pa.RecordBatch]:
    """Batches whose columns the table has, with JSON where the table has VARIANTs."""
    checked: pa.Schema | None = None
    for batch in batches:
        if batch.schema is not checked:
            check_names(batch.schema.names, schema.names, table)
            checked = batch.schema
        columns = [_variants(batch, i, schema) for i in range(batch.num_columns)]
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _variants(batch: pa.RecordBatch, at: int, schema: pa.Schema) -> pa.Array:
    column, given = batch.column(at), batch.schema.field(at)
    wanted = schema.field(given.name)
    if not is_variant(wanted) or is_variant(given):
        return column
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_string(column.type) or pa.types.is_null(column.type):
        return column
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return pc.cast(column, pa.string())
    return pa.array([_json(value) for value in column.to_pylist()], pa.string())


def check_names(given: Iterable[str], known: Sequence[str], table: str) -> None:
    """Refuses names of columns that a table does not have, with those that may be meant."""
    seen: set[str] = set()
    for name in given:
        if name in seen:
            raise errors.error("SCHEMA_MISMATCH", f"column '{name}' is there twice")
        seen.add(name)
        if name not in known:
            raise unknown(name, known, table)


def unknown(name: str, known: Sequence[str], table: str) -> errors.ThalwegError:
    """The error for a column that a table does not have."""
    near = difflib.get_close_matches(name, known, 1) or [k for k in known if k.lower() == name.lower()]
    meant = f"; did you mean '{near[0]}'?" if near else f"; its columns are {list(known[:50])}"
    return errors.error("SCHEMA_MISMATCH", f"table {table} has no column '{name}'{meant}")
