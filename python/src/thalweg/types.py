"""Arrow types as the texts in which tables are declared, and rows in the types of a table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, Union, runtime_checkable

import pyarrow as pa
import pyarrow.dataset as ds

from . import _frames, _partial, _plain, _values, _variants, errors

VARIANT: Final = "arrow.parquet.variant"
_UUID: Final = pa.uuid()
_PERIOD: Final = "pandas.period"
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
    if pa.types.is_struct(kind) and kind.num_fields:
        fields = (f"{quoted(f.name)} {text(f.type, f.nullable)}" for f in kind)
        return f"ROW<{', '.join(fields)}>"
    raise _no_type(kind)


def _no_type(kind: pa.DataType) -> errors.ThalwegError:
    return errors.error("INVALID_SCHEMA", f"no table holds values of the Arrow type {kind}; cast them first")


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
    if kind.extension_name == _PERIOD:
        raise _no_type(kind)
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
    """The Arrow schema of a table for a schema, a frame or rows.

    :raises InvalidRequest: where a table cannot have a column, or not these values
    """
    if isinstance(rows, pa.Schema):
        given, held = rows, None
    else:
        stream = reader(rows)
        given = stream.schema
        held = stream.read_all() if _is_held(rows) else None
    fields = [_declared(field, held) for field in given]
    return pa.schema(fields)


def _is_held(rows: Any) -> bool:
    """Whether rows are in memory, so that it costs nothing to look at them."""
    library = type(rows).__module__.partition(".")[0]
    held = (pa.Table, pa.RecordBatch, Mapping, list)
    return library in ("pandas", "polars") or isinstance(rows, held)


def _declared(field: pa.Field, held: pa.Table | None) -> pa.Field:
    """A column of a new table for one of rows."""
    if field.type == _UUID:
        return field.with_type(pa.string())
    if pa.types.is_run_end_encoded(field.type):
        field = field.with_type(field.type.value_type)
    try:
        declared = text(field.type)
    except errors.ThalwegError as misfit:
        raise errors.error(misfit.code, f"column '{field.name}': {misfit.message}") from misfit
    if held is not None and declared.startswith("VECTOR(") and _has_null_items(held[field.name]):
        raise errors.error(
            "SCHEMA_MISMATCH",
            f"column '{field.name}' would be {declared}, and a list of it has a null, which no VECTOR has;"
            " fill it, or cast the column to lists of any length, which become an ARRAY",
        )
    return field


def _has_null_items(column: pa.ChunkedArray) -> bool:
    return any(chunk.flatten().null_count > 0 for chunk in column.chunks)


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
    library = type(rows).__module__.partition(".")[0]
    if library == "pandas":
        return _frames.of_pandas(rows, lambda name, values: _column(name, values, schema))
    if library == "polars":
        _frames.check_polars(rows)
    if isinstance(rows, ds.Dataset):  # Parquet, Lance, another table
        return rows.scanner().to_reader()
    if hasattr(rows, "__arrow_c_stream__"):
        return _of_stream(rows)
    if isinstance(rows, Mapping):
        return _of_lists(rows, schema)
    dicts = _dicts(rows)
    if dicts is not None:
        return _of_dicts(dicts, schema)
    raise errors.error(
        "SCHEMA_MISMATCH",
        f"rows cannot come from a {type(rows).__name__}; give a pandas or Polars DataFrame, a pyarrow"
        " Table, RecordBatch or RecordBatchReader, a list of dicts or a dict of lists",
    )


def partial_readers(rows: Rows, schema: pa.Schema, key: Sequence[str]) -> list[pa.RecordBatchReader]:
    """Rows as :func:`reader` gives them, but that each dict stands for the columns that it names."""
    dicts = None if _is_held(rows) and not isinstance(rows, list) else _dicts(rows)
    if dicts is None:
        return [reader(rows, schema)]
    return [_of_dicts(group, schema) for group in _partial.groups(dicts, key)]


def _dicts(rows: Any) -> list[Mapping[str, Any]] | None:
    """Rows that are dicts; None where they are of another form."""
    others = (pa.RecordBatchReader, pa.RecordBatch, pa.Table, ds.Dataset, Mapping, str, bytes)
    if isinstance(rows, others) or hasattr(rows, "__arrow_c_stream__") or not isinstance(rows, Iterable):
        return None
    found = list(rows)
    wrong = next((row for row in found if not isinstance(row, Mapping)), None)
    if wrong is not None:
        raise errors.error("SCHEMA_MISMATCH", f"a row is a dict of its values by column, not {wrong!r:.100}")
    return found


def _of_stream(rows: ArrowStream) -> pa.RecordBatchReader:
    try:
        return pa.RecordBatchReader.from_stream(rows)
    except pa.ArrowException as misfit:
        raise errors.error(
            "SCHEMA_MISMATCH", f"rows cannot come from this {type(rows).__name__}: {misfit}"
        ) from misfit


def _of_lists(rows: Mapping[str, Any], schema: pa.Schema | None) -> pa.RecordBatchReader:
    single = next((name for name, values in rows.items() if isinstance(values, (str, bytes))), None)
    if single is not None:
        raise errors.error("SCHEMA_MISMATCH", f"column '{single}' is one text; give a list of values")
    columns = {name: _column(name, values, schema) for name, values in rows.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise errors.error("SCHEMA_MISMATCH", f"columns must have as many values each, not {lengths}")
    return pa.table(columns).to_reader()


def _of_dicts(rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None) -> pa.RecordBatchReader:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise errors.error("SCHEMA_MISMATCH", f"columns must have texts as names, not {wrong!r:.100}")
    columns = {name: _column(name, [row.get(name) for row in rows], schema) for name in names}
    return pa.table(columns).to_reader()


def _column(name: str, values: Any, schema: pa.Schema | None) -> pa.Array:
    """Python's values as Arrow says they are; the table's type is for those that do not say it."""
    at = -1 if schema is None else schema.get_field_index(name)
    field = None if schema is None or at < 0 else schema.field(at)
    try:
        if field is not None and is_variant(field):
            given = _values.found(values)
            return _json(given) if given is not None else _variants.texts(values)
        return _values.array(values, None if field is None else field.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as misfit:
        said = "" if field is None else f" is {_said(field)}"
        raise errors.error("SCHEMA_MISMATCH", f"column '{name}'{said}: {misfit}") from misfit


def _said(field: pa.Field) -> str:
    return "VARIANT" if is_variant(field) else text(field.type, field.nullable)


def fitted(batches: Iterable[pa.RecordBatch], schema: pa.Schema, table: str) -> Iterator[pa.RecordBatch]:
    """Batches whose columns the table has, with JSON where the table has VARIANTs."""
    checked: pa.Schema | None = None
    for batch in batches:
        if batch.schema is not checked:
            check_names(batch.schema.names, schema.names, table)
            checked = batch.schema
        columns = [_fitted(batch, i, schema) for i in range(batch.num_columns)]
        yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _fitted(batch: pa.RecordBatch, at: int, schema: pa.Schema) -> pa.Array:
    column, given = batch.column(at), batch.schema.field(at)
    wanted = schema.field(given.name)
    if str(given.type) == "struct<>" or getattr(given.type, "extension_name", "") == _PERIOD:
        raise errors.error("SCHEMA_MISMATCH", f"column '{given.name}': {_no_type(given.type).message}")
    if given.type == _UUID:
        return _uuids(column, wanted.type)
    if pa.types.is_null(given.type):
        return _values.nulls(len(column), pa.string() if is_variant(wanted) else wanted.type)
    if not is_variant(wanted) or is_variant(given):
        return column
    try:
        return _json(column)
    except (pa.ArrowException, TypeError, ValueError) as misfit:
        raise errors.error("SCHEMA_MISMATCH", f"column '{given.name}' is VARIANT: {misfit}") from misfit


def _uuids(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if not pa.types.is_string(wanted):
        return column.storage
    return pa.array([None if each is None else str(each) for each in column.to_pylist()], pa.string())


def _json(column: pa.Array) -> pa.Array:
    """The JSON of a column: that of texts are they themselves."""
    if isinstance(column, pa.ExtensionArray) and column.type != _UUID:
        column = column.storage
    kind = _plain.kind_of(column.type)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _plain.array("", column, kind).cast(pa.string())
    pairs = {"maps_as_pydicts": "strict"} if _has_map(kind) else {}
    return _variants.texts(column.to_pylist(**pairs))


def _has_map(kind: pa.DataType) -> bool:
    return pa.types.is_map(kind) or any(_has_map(kind.field(i).type) for i in range(kind.num_fields))


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
