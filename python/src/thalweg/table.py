"""A table: writes, reads, lookups."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as fl

from . import errors, types
from ._calls import Deadline, Servers, read_options
from ._query import Position, Query, place, resolved
from ._targets import Targets, partition_text
from ._writing import Writer, Written
from .reading import Follow, Scan
from .types import Rows

if TYPE_CHECKING:
    from .dataset import TableDataset

_CHANGE: Final = "__change_type"
_KEYS: Final = 10_000
# The merge engines that know no partial updates.
_WHOLE_ROWS: Final = ("first_row", "versioned")


@dataclass(frozen=True)
class Column:
    """A column of a table: its type is a text, such as ``BIGINT NOT NULL``."""

    name: str
    type: str
    comment: str = ""


class Table:
    """A table of a cluster, as it was when it was opened. Any thread; writes take turns."""

    def __init__(self, servers: Servers, described: dict[str, Any]) -> None:
        self._servers: Final = servers
        self._described = described
        self._schema: pa.Schema | None = None
        self._lock: Final = threading.Lock()
        self._writers: dict[str, Writer] = {}
        self._owners: dict[int, str] = {}
        self._finding: Targets | None = None

    @property
    def name(self) -> str:
        """Its name with that of its database."""
        return str(self._described["table"])

    @property
    def columns(self) -> list[Column]:
        """Its columns in order."""
        return [
            Column(column["name"], column["type"], column.get("comment") or "")
            for column in self._described["columns"]
        ]

    @property
    def primary_key(self) -> list[str]:
        """The columns of its primary key; empty for a log."""
        return list(self._described["primary_key"])

    @property
    def properties(self) -> dict[str, str]:
        """Its options."""
        return dict(self._described["properties"])

    @property
    def schema(self) -> pa.Schema:
        """Its Arrow schema."""
        if self._schema is None:
            meant = {"table_id": self._described["table_id"], "schema_id": self._described["schema_id"]}
            descriptor = fl.FlightDescriptor.for_command(json.dumps({"table": self.name, **meant}))
            self._schema = self._servers.again(
                lambda at: self._servers.client(at).get_schema(descriptor).schema
            )
        return self._schema

    def __repr__(self) -> str:
        columns = ", ".join(f"{types.quoted(c.name)} {c.type}" for c in self.columns)
        key = f", PRIMARY KEY ({', '.join(self.primary_key)})" if self.primary_key else ""
        return f"<table {self.name} ({columns}{key})>"

    def describe(self) -> dict[str, Any]:
        """All that the cluster says of it now."""
        self.refresh()
        return dict(self._described)

    def refresh(self) -> None:
        """Takes the table as it is now: after a change, new columns are known."""
        described = self._servers.action("describe-table", table=self.name)[0]
        with self._lock:
            self._described, self._schema, self._writers = described, None, {}
            self._finding = None

    # Writes

    def append(self, rows: Rows, progress: bool = False) -> Written:
        """Appends rows to a log; returns when all are durable, each once.

        :param rows: a pandas or Polars DataFrame, a pyarrow Table, RecordBatch or RecordBatchReader, a
            list of dicts, a dict of lists
        :param progress: shows a bar, if tqdm is installed
        :raises SchemaError: where a value or a column does not fit
        """
        if self.primary_key:
            raise errors.error("INVALID_REQUEST", f"table {self.name} has a primary key: upsert rows into it")
        return self._write("append", [types.reader(rows, self.schema)], progress)

    def upsert(self, rows: Rows, progress: bool = False) -> Written:
        """Writes rows by their keys: each replaces the one that has its key.

        Columns that the rows lack stay as they are (a partial update); each dict of a list means the
        columns that it names.
        """
        self._check_keyed("upsert")
        whole = self.properties.get("table.merge-engine") in _WHOLE_ROWS
        key = self.primary_key
        parts = [types.reader(rows, self.schema)] if whole else types.partial_readers(rows, self.schema, key)
        return self._write("upsert", parts, progress)

    def delete(self, keys: Rows | Sequence[Any]) -> Written:
        """Deletes the rows of keys; nothing happens where there is none, and ``rows`` counts the keys.

        :param keys: rows with the key's columns, or a list of keys: values, or tuples of them
        """
        self._check_keyed("delete")
        reader = types.reader(self._keys(keys), self.schema)
        names = [name for name in reader.schema.names if name in self.primary_key]

        def deletes() -> Iterable[pa.RecordBatch]:
            for batch in reader:
                change = pa.array([3] * batch.num_rows, pa.int8())
                columns = [batch.column(name) for name in names]
                yield pa.RecordBatch.from_arrays([*columns, change], names=[*names, _CHANGE])

        schema = pa.schema([*(reader.schema.field(n) for n in names), pa.field(_CHANGE, pa.int8())])
        return self._write("delete", [pa.RecordBatchReader.from_batches(schema, deletes())], False)

    def _check_keyed(self, what: str) -> None:
        if not self.primary_key:
            raise errors.error(
                "INVALID_REQUEST", f"table {self.name} has no primary key, so it has no {what}"
            )

    def _write(self, what: str, parts: Sequence[pa.RecordBatchReader], progress: bool) -> Written:
        known = [*self.schema.names, _CHANGE] if self.primary_key else self.schema.names
        for rows in parts:
            types.check_names(rows.schema.names, known, self.name)
        schema = pa.schema([*self.schema, pa.field(_CHANGE, pa.int8())]) if self.primary_key else self.schema
        bar = _bar(progress, f"{what} {self.name}")
        written = Written(0, [])
        with self._lock:
            # One stream has one schema, and so one writer's sequences; deletes have their own.
            writer = self._writers.setdefault(what, Writer(self._servers, self._described, self.schema))
            try:
                for rows in parts:
                    fitted = types.fitted(rows, schema, self.name)
                    more = writer.write(fitted, what != "delete", bar and bar.update, written.rows)
                    written = Written(written.rows + more.rows, [*written.parts, *more.parts])
                return written
            finally:
                if bar:
                    bar.close()

    # Reads

    def scan(
        self,
        columns: Iterable[str] | None = None,
        filter: str | pc.Expression | None = None,
        start: Position | None = None,
        stop: Position | None = None,
        limit: int | None = None,
    ) -> Scan:
        """Rows that are there: of a primary-key table its rows, of a log its records.

        :param columns: names, and what is computed of one: ``"upper(kind) AS kind"``
        :param filter: a pyarrow expression, or a condition as in docs/filters.md; the server reads
            only what it may select
        :param start: inclusive: ``"earliest"``, an offset, a datetime, or offsets by bucket. With
            ``start`` or ``stop``, a primary-key table gives its changes
        :param stop: exclusive, likewise; ``"latest"`` unless it is given
        """
        return self._view("", columns, filter, start, stop, limit)

    def dataset(self) -> TableDataset:
        """The table as an Arrow dataset: ``duckdb.sql("select … from d")`` asks the servers only for
        the columns and rows that it needs."""
        from .dataset import TableDataset

        return TableDataset(self)

    def changelog(
        self,
        columns: Iterable[str] | None = None,
        filter: str | pc.Expression | None = None,
        start: Position | None = None,
        stop: Position | None = None,
        limit: int | None = None,
    ) -> Scan:
        """The changes of the table, with ``_change_type``, ``_log_offset``, ``_commit_timestamp``;
        otherwise as :meth:`scan`."""
        return self._view("$changelog", columns, filter, start, stop, limit)

    def rejected(
        self,
        columns: Iterable[str] | None = None,
        filter: str | pc.Expression | None = None,
        start: Position | None = None,
        stop: Position | None = None,
        limit: int | None = None,
    ) -> Scan:
        """Of a topic with columns of its values, the records whose values do not fit, with ``_reason``;
        otherwise as :meth:`scan`."""
        return self._view("$rejected", columns, filter, start, stop, limit)

    def binlog(
        self,
        columns: Iterable[str] | None = None,
        filter: str | pc.Expression | None = None,
        start: Position | None = None,
        stop: Position | None = None,
        limit: int | None = None,
    ) -> Scan:
        """Each change of a primary-key table as one row, with ``before`` and ``after``."""
        return self._view("$binlog", columns, filter, start, stop, limit)

    def _view(
        self,
        suffix: str,
        columns: Iterable[str] | None,
        filter: str | pc.Expression | None,
        start: Position | None,
        stop: Position | None,
        limit: int | None,
    ) -> Scan:
        changes = bool(suffix) or start is not None or stop is not None
        query = Query(self._servers, self._described, self.name + suffix, columns, filter, changes)
        return Scan(query, start, stop, limit)

    def follow(
        self,
        start: Position = "latest",
        columns: Iterable[str] | None = None,
        filter: str | pc.Expression | None = None,
        idle: float | None = None,
    ) -> Follow:
        """Rows as they arrive, in record batches.

        :param start: ``"latest"``, ``"earliest"``, or the ``positions`` of a former follow
        :param idle: ends when nothing came for so many seconds; never unless it is given
        """
        query = Query(self._servers, self._described, self.name, columns, filter, changes=True)
        return Follow(query, start, idle)

    def lookup(self, *key: Any, columns: Sequence[str] | None = None) -> dict[str, Any] | None:
        """The row of a key; None where there is none."""
        if len(key) != len(self.primary_key):
            raise errors.error(
                "INVALID_REQUEST",
                f"the key of {self.name} is {self.primary_key}, not {len(key)} values;"
                " lookup_prefix takes the first ones",
            )
        found = self.lookup_many([key], columns).to_pylist()
        return found[0] if found else None

    def lookup_many(self, keys: Rows | Sequence[Any], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of many keys, in the keys' order, without those that are not there."""
        self._check_keyed("lookup")
        rows = types.reader(self._keys(keys), self.schema).read_all()
        lacking = [name for name in self.primary_key if name not in rows.column_names]
        if lacking:
            raise errors.error(
                "INVALID_REQUEST",
                f"the keys lack {lacking}; the key of {self.name} is {self.primary_key};"
                " lookup_prefix takes the first ones",
            )
        return self._look(rows.select(self.primary_key), columns)

    def lookup_prefix(self, *values: Any, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows whose key begins with these values."""
        self._check_keyed("prefix lookup")
        if not 0 < len(values) <= len(self.primary_key):
            raise errors.error(
                "INVALID_REQUEST", f"the key of {self.name} is {self.primary_key}, not {len(values)} values"
            )
        names = self.primary_key[: len(values)]
        keys = types.reader([dict(zip(names, values))], self.schema).read_all()
        return self._look(keys, columns)

    def _keys(self, keys: Any) -> Rows:
        if not isinstance(keys, Sequence) or isinstance(keys, (str, bytes)):
            return keys
        if keys and isinstance(keys[0], Mapping):
            return keys
        names = self.primary_key
        rows = [key if isinstance(key, (tuple, list)) else (key,) for key in keys]
        wrong = next((row for row in rows if len(row) != len(names)), None)
        if wrong is not None:
            raise errors.error("INVALID_REQUEST", f"a key has the columns {names}, not {wrong!r}")
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def _look(self, keys: pa.Table, columns: Sequence[str] | None) -> pa.Table:
        if columns is not None:
            types.check_names(columns, self.schema.names, self.name)
        names = list(columns) if columns is not None else self.schema.names
        schema = pa.schema([self.schema.field(name) for name in names])
        left = keys.append_column("__at", pa.array(range(keys.num_rows), pa.int64()))
        parts: list[pa.Table] = []
        deadline = Deadline(self._servers.timeout)
        while left.num_rows:
            failed: list[pa.Table] = []
            error: errors.ThalwegError | None = None
            for owner, some in self._by_owner(left).items():
                try:
                    parts.append(self._look_at(owner, some, names))
                except Exception as failure:
                    error = errors.of(failure)
                    if not error.retryable:
                        raise error from failure
                    self._owners.clear()
                    failed.append(some)
            if error is not None and not deadline.pause():
                raise error
            left = pa.concat_tables(failed) if failed else left.slice(0, 0)
        if not parts:
            return schema.empty_table()
        whole = pa.concat_tables(parts)
        order = pc.sort_indices(whole, sort_keys=[("__at", "ascending"), ("__nth", "ascending")])
        return whole.take(order).select(names).cast(schema)

    def _by_owner(self, keys: pa.Table) -> dict[str, pa.Table]:
        """The keys that each server has; '' stands for buckets without an owner."""
        if self._finding is None:
            self._finding = Targets(self._servers, self._described, self.schema)
        groups: dict[str, list[pa.RecordBatch]] = {}
        for bucket, batch in self._finding.split(keys.to_batches(), False):
            groups.setdefault(self._owner(bucket), []).append(batch)
        return {owner: pa.Table.from_batches(batches) for owner, batches in groups.items()}

    def _look_at(self, owner: str, keys: pa.Table, names: list[str]) -> pa.Table:
        if not owner:
            raise errors.error("STALE_OWNER", f"some buckets of {self.name} have no owner now")
        meant = {"table_id": self._described["table_id"], "schema_id": self._described["schema_id"]}
        command = {"lookup": self.name, "columns": names, **meant}
        descriptor = fl.FlightDescriptor.for_command(json.dumps(command))
        options = fl.FlightCallOptions(timeout=max(0.1, self._servers.timeout))
        at = keys["__at"].combine_chunks()
        batches = keys.drop_columns(["__at"]).combine_chunks().to_batches(max_chunksize=_KEYS)
        writer, reader = self._servers.client(owner).do_exchange(descriptor, options)
        parts: list[pa.Table] = []
        with writer:
            writer.begin(batches[0].schema)
            for batch in batches:
                writer.write_batch(batch)
                answer = reader.read_chunk().data
                index = answer.column("__key_index")
                places = pc.add(pc.cast(index, pa.int64()), len(parts) * _KEYS)
                columns = [answer.column(name) for name in names]
                nth = pa.array(range(len(index)), pa.int64())
                parts.append(pa.table([*columns, at.take(places), nth], names=[*names, "__at", "__nth"]))
            writer.done_writing()
        return pa.concat_tables(parts)

    def _owner(self, bucket: int) -> str:
        if bucket not in self._owners:
            for each in self._servers.action("owners", table=self.name):
                self._owners[each["bucket"]] = each.get("endpoints", {}).get("flight", "")
        return self._owners.get(bucket, "")

    def offsets(self, at: Position = "latest") -> dict[int, int]:
        """By bucket, the offset of a position: ``"earliest"``, ``"latest"``, a time.

        All buckets that the table has now are there, also those of partitions.
        """
        return resolved(self._servers, self.name, place(at), "latest")

    # Aggregates and statistics

    def count(self, filter: str | pc.Expression | None = None) -> int:
        """How many rows there are; without a filter the metadata of a log say it.

        The servers count, if they can answer the whole filter; else the client does, as it reads.
        """
        query = Query(self._servers, self._described, self.name, [], filter)
        if not query.exact:
            return Scan(query, None, None, None).count()
        return int(self.aggregate(["count(*)"], filter=query.pushed)["count(*)"][0].as_py())

    def aggregate(
        self,
        select: str | Sequence[str],
        group_by: str | Sequence[str] = (),
        filter: str | pc.Expression | None = None,
    ) -> pa.Table:
        """What the servers compute: ``count(*)``, and count, min, max or sum of a column, by group.

        :raises InvalidRequest: where a filter cannot be answered by the servers alone
        """
        query = Query(self._servers, self._described, self.name, None, filter)
        if not query.exact:
            raise errors.error(
                "INVALID_FILTER",
                f"the servers cannot answer the filter {filter} exactly; give one that they can"
                " (docs/filters.md), or aggregate what scan(filter=…) gives",
            )
        measures = [select] if isinstance(select, str) else list(select)
        groups = [group_by] if isinstance(group_by, str) else list(group_by)
        try:
            return self._aggregated(query, measures, groups)
        except errors.ThalwegError as failure:
            raise query.explained(failure) from failure

    def _aggregated(self, query: Query, select: list[str], group_by: list[str]) -> pa.Table:
        asked = {"select": select, "group_by": group_by}
        parts: list[pa.Table] = []
        owners = self._servers.action("owners", table=self.name) if self.primary_key else []
        for each in owners or [{}]:  # a partitioned table may have no bucket yet
            more = {"bucket": each["bucket"]} if each else {}
            ticket = query.ticket(aggregate=asked, **more)
            at = each.get("endpoints", {}).get("flight")

            def read(address: str, at: str | None = at, ticket: fl.Ticket = ticket) -> pa.Table:
                return self._servers.client(at or address).do_get(ticket, read_options()).read_all()

            parts.append(self._servers.again(read))
        return _added(pa.concat_tables(parts), group_by)

    def statistics(self, bucket: int | None = None) -> dict[str, Any]:
        """Rows, bytes and, of each column, nulls, least and greatest values, distinct values."""
        return self._servers.action("statistics", table=self.name, bucket=bucket)[0]

    # Changes

    def alter(self, changes: str) -> None:
        """Changes columns or options: ``"ADD COLUMN carrier STRING DEFAULT 'LH'"``."""
        self._servers.action(
            "alter-table",
            once=True,
            table=self.name,
            changes=changes,
            if_schema_id=self._described["schema_id"],
        )
        self.refresh()

    def partitions(self) -> list[dict[str, Any]]:
        """The partitions with their values and buckets."""
        return self._servers.action("list-partitions", table=self.name)

    def drop_partition(self, values: Mapping[str, Any], if_exists: bool = False) -> None:
        """Drops a partition with all its rows: ``{"day": datetime.date(2026, 11, 29)}``."""
        texts = {name: partition_text(value) for name, value in values.items()}
        self._servers.action(
            "drop-partition", once=not if_exists, table=self.name, partition=texts, if_exists=if_exists
        )


def _added(parts: pa.Table, group_by: list[str]) -> pa.Table:
    """The sums of partial results: counts are added, of bounds the least and greatest is taken."""
    measures = [name for name in parts.column_names if name not in group_by]
    if not group_by and not parts.num_rows:  # there is no bucket
        none = {name: [0 if name.startswith("count(") else None] for name in measures}
        return pa.table(none, parts.schema)
    how = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
    asked = [(name, how[name.partition("(")[0]]) for name in measures]
    whole = parts.group_by(group_by, use_threads=False).aggregate(asked)
    columns = [whole[name] for name in group_by]
    columns += [whole[f"{name}_{how}"].cast(parts.schema.field(name).type) for name, how in asked]
    return pa.table(columns, names=[*group_by, *measures])


def _bar(progress: bool, what: str) -> Any:
    if not progress:
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(desc=what, unit=" rows", unit_scale=True)
