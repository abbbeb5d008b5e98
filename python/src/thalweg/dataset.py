"""Tables as Arrow datasets: DuckDB and others ask one for the columns and rows that they need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

if TYPE_CHECKING:
    from .table import Table


class TableScanner:
    """Some columns and rows of a table, as ``pyarrow.dataset.Scanner`` gives them."""

    def __init__(self, table: Table, columns: list[str] | None, filter: pc.Expression | None) -> None:
        self._table, self._columns, self._filter = table, columns, filter
        self._scan = table.scan(columns=columns, filter=filter)

    @property
    def projected_schema(self) -> pa.Schema:
        """The schema of the rows."""
        return self._scan.schema

    def to_reader(self) -> pa.RecordBatchReader:
        """The rows as a stream."""
        return self._scan.to_reader()

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as batches."""
        return self._scan.to_batches()

    def to_table(self) -> pa.Table:
        """The rows as a table."""
        return self._scan.to_arrow()

    def head(self, num_rows: int) -> pa.Table:
        """The first rows that come."""
        return self._table.scan(columns=self._columns, filter=self._filter, limit=num_rows).to_arrow()

    def count_rows(self) -> int:
        """How many rows there are."""
        return self._table.count(self._filter)


class TableDataset(ds.Dataset):  # type: ignore[misc]
    """A table as a dataset, whose projections and filters reach the servers."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @property
    def schema(self) -> pa.Schema:
        """The table's schema."""
        return self._table.schema

    def scanner(
        self, columns: list[str] | None = None, filter: pc.Expression | None = None, **options: Any
    ) -> TableScanner:
        """What reads some columns and rows; other options are about files, and have no effect."""
        return TableScanner(self._table, columns, filter)

    def count_rows(self, filter: pc.Expression | None = None, **options: Any) -> int:
        """How many rows there are."""
        return self._table.count(filter)

    def head(
        self,
        num_rows: int,
        columns: list[str] | None = None,
        filter: pc.Expression | None = None,
        **options: Any,
    ) -> pa.Table:
        """The first rows that come."""
        return self.scanner(columns, filter).head(num_rows)

    def to_table(
        self, columns: list[str] | None = None, filter: pc.Expression | None = None, **options: Any
    ) -> pa.Table:
        """Some columns and rows as a table."""
        return self.scanner(columns, filter).to_table()

    def to_batches(
        self, columns: list[str] | None = None, filter: pc.Expression | None = None, **options: Any
    ) -> Iterator[pa.RecordBatch]:
        """Some columns and rows as batches."""
        return self.scanner(columns, filter).to_batches()
