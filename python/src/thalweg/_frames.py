"""DataFrames as streams of record batches. Internal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from . import errors
from ._values import is_missing

_STRANGE: Final = {
    "Int128": "cast it to Int64 or Decimal",
    "UInt128": "cast it to UInt64 or Decimal",
    "Object": "its values are Python's own; make a list of dicts of the rows, or cast it",
}


def of_pandas(frame: Any, column: Callable[[str, Any], pa.Array]) -> pa.RecordBatchReader:
    """The columns of a pandas DataFrame, and before them its index where it has a name.

    :param column: makes an array of a column's name and Python values
    """
    if not hasattr(frame, "columns"):
        raise refused(f"rows cannot come from a pandas {type(frame).__name__}; give a DataFrame: to_frame()")
    columns = {}
    series = [*_index(frame), *((name, frame.iloc[:, i]) for i, name in enumerate(frame.columns))]
    for name, values in series:
        if not isinstance(name, str):
            raise refused(f"columns must have texts as names, not {name!r:.100}")
        if name in columns:
            raise refused(f"column '{name}' is there twice; rename one of them")
        columns[name] = _of_series(name, values, column)
    if not columns and len(frame):
        raise refused("the frame has rows and no columns")
    return pa.table(columns).to_reader()


def _index(frame: Any) -> list[tuple[Any, Any]]:
    index = frame.index
    levels = [(index.names[i], index.get_level_values(i)) for i in range(index.nlevels)]
    named = [name is not None for name, _ in levels]
    if not any(named) and (type(index).__name__ == "RangeIndex" or not len(frame)):
        return []
    if not all(named):
        raise refused(
            "the frame's index has no name, so no column can be made of it; leave it out with"
            " reset_index(drop=True), or name it with rename_axis('name')"
        )
    double = next((name for name, _ in levels if name in frame.columns), None)
    if double is not None:
        raise refused(
            f"'{double}' names the frame's index and a column; leave the index out with"
            " reset_index(drop=True), or rename it with rename_axis('name')"
        )
    return levels


def _of_series(name: str, values: Any, column: Callable[[str, Any], pa.Array]) -> pa.Array:
    kind = str(values.dtype)
    if kind.startswith("period["):
        raise refused(
            f"column '{name}' holds periods ({kind}), and no table does; make timestamps of them with"
            " .dt.to_timestamp(), or texts with .astype(str)"
        )
    if values.dtype == object:
        return column(name, [None if is_missing(value) else value for value in values])
    try:
        made = pa.Array.from_pandas(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as misfit:
        raise refused(f"column '{name}' is {kind} in pandas: {misfit}; cast it") from misfit
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def check_polars(frame: Any) -> None:
    """Refuses what Polars has and Arrow cannot take."""
    name = type(frame).__name__
    if name == "LazyFrame":
        raise refused("rows cannot come from a LazyFrame; give collect() of it")
    if name == "Series":
        raise refused("rows cannot come from a Polars Series; give a DataFrame: to_frame()")
    for column, kind in frame.schema.items():
        hint = _STRANGE.get(str(kind))
        if hint:
            raise refused(f"column '{column}' is {kind} in Polars, which no table holds; {hint}")


def refused(message: str) -> errors.ThalwegError:
    """The error for rows that cannot be taken."""
    return errors.error("SCHEMA_MISMATCH", message)
