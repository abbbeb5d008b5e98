"""What a read asks for: positions, columns, filters. Internal."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias, Union

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as fl

from . import errors, filters, types
from ._calls import Servers

Position: TypeAlias = Union[str, int, date, Mapping[int, int]]


@dataclass(frozen=True)
class Moment:
    """A position by time."""

    millis: int


Place: TypeAlias = Union[str, int, Moment, dict[int, int]]


def place(at: Position) -> Place:
    """A position that was checked."""
    if isinstance(at, str) and at in ("earliest", "latest"):
        return at
    if isinstance(at, date):
        return Moment(_millis(at))
    if isinstance(at, Mapping):
        return {_whole(bucket, at): _whole(offset, at) for bucket, offset in at.items()}
    return _whole(at, at)


def _whole(number: Any, of: Any) -> int:
    try:
        if not isinstance(number, bool):
            return operator.index(number)
    except TypeError:
        pass  # said below, with what is taken
    raise errors.error(
        "INVALID_REQUEST",
        f"{of!r} is no position; give 'earliest', 'latest', an offset, a datetime or a date, or a dict of"
        " offsets by bucket",
    )


def _millis(at: date) -> int:
    """A moment in milliseconds; without a zone it is one of local time, as ``datetime.timestamp`` has it."""
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)
    elif at.tzinfo is None:  # pandas' Timestamp, which is a datetime too, would take it as UTC
        at = datetime(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, fold=at.fold)
    return int(at.timestamp() * 1000)


def by_bucket(offsets: Mapping[int, int]) -> dict[str, int]:
    """Offsets as tickets have them."""
    return {str(bucket): offset for bucket, offset in offsets.items()}


def resolved(servers: Servers, table: str, at: Place, others: str) -> dict[int, int]:
    """By bucket, the offset of a place; of buckets that it does not name that of ``others``."""
    asked: Any = at
    if isinstance(at, Moment):
        asked = at.millis
    elif not isinstance(at, str):
        asked = others
    answered = servers.action("offsets", table=table, at=asked)
    found = {each.get("bucket", 0): each["offset"] for each in answered}
    if isinstance(at, dict):
        found.update(at)
    elif isinstance(at, int):
        found = dict.fromkeys(found, at)
    return found


_UNKNOWN: Final = re.compile(r"(?:no|names) column '([^']+)'")


class Query:
    """What a scan asks for: columns, a filter, and which of it the server answers. Immutable.

    The names and types of what comes are those of the stream that brings it: a table may have changed
    since anybody asked for its schema.
    """

    def __init__(
        self,
        servers: Servers,
        table: dict[str, Any],
        name: str,
        columns: Iterable[str] | None,
        filter: str | pc.Expression | None,
        changes: bool = False,
    ) -> None:
        self.servers: Final = servers
        self.table: Final = table
        self.name: Final = name
        self.columns: Final = _columns(columns)
        self._changes: Final = {"start": "earliest"} if changes else {}
        self._expression: Final = filter if isinstance(filter, pc.Expression) else None
        self._more: list[str] = []  # columns of the ticket behind those that were asked for
        self._used: list[tuple[int, pa.Field]] = []  # where the columns of the expression are
        self.exact = True
        self.pushed: Final = self._push(filter)

    def _push(self, filter: str | pc.Expression | None) -> str | None:
        if filter is None or isinstance(filter, str):
            return filter
        if not isinstance(filter, pc.Expression):
            raise errors.error(
                "INVALID_FILTER", f"a filter is a pyarrow expression or a text, not {filter!r:.100}"
            )
        everything = self._asked({"table": self.name, **self._pinned()})
        condition = filters.condition(filter, everything)
        for name in condition.columns or ():
            if name not in everything.names:
                raise types.unknown(name, everything.names, self.name)
        _filtered(everything.empty_table(), filter)
        used = everything.names if condition.columns is None else condition.columns
        self._use([everything.field(name) for name in used], everything.names)
        self.exact = condition.exact
        return condition.text

    def _use(self, used: list[pa.Field], known: list[str]) -> None:
        """Decides how the client gets the columns that it filters by."""
        if self.columns is None:
            self._used = [(known.index(field.name), field) for field in used]
            return
        # What is computed may have the name of a column, of which the filter means the column.
        plain = all(name in known for name in self.columns)
        for field in used:
            if plain and field.name in self.columns:
                self._used.append((self.columns.index(field.name), field))
                continue
            self._used.append((len(self.columns) + len(self._more), field))
            quoted = "`" + field.name.replace("`", "``") + "`"
            self._more.append(field.name if plain else f"{quoted} AS `filter {len(self._more)}`")

    def _pinned(self) -> dict[str, Any]:
        """Which table is meant, and by which of its schemas."""
        return {"table_id": self.table["table_id"], "schema_id": self.table["schema_id"]}

    def ticket(self, **more: Any) -> fl.Ticket:
        """A ticket of this query."""
        return fl.Ticket(json.dumps(self._fields(more)))

    def _fields(self, more: dict[str, Any]) -> dict[str, Any]:
        ticket: dict[str, Any] = {"table": self.name, **self._pinned()}
        if self.columns is not None:
            ticket["columns"] = self.columns + self._more
        if self.pushed is not None:
            ticket["filter"] = self.pushed
        ticket.update(more)
        return ticket

    def _asked(self, ticket: dict[str, Any]) -> pa.Schema:
        descriptor = fl.FlightDescriptor.for_command(json.dumps({**ticket, **self._changes}))
        return self.servers.again(lambda at: self.servers.client(at).get_schema(descriptor).schema)

    def schema(self) -> pa.Schema:
        """The schema of what comes, as the servers say before it does."""
        try:
            whole = self._asked(self._fields({}))
        except errors.ThalwegError as failure:
            raise self.explained(failure) from failure
        return self._visible(whole)

    def agreed(self, come: pa.Schema, known: pa.Schema | None) -> pa.Schema:
        """The schema of rows of a stream; an error where others were spoken of before."""
        for at, field in self._used:
            there = come.field(at) if at < len(come) else None
            renamed = at >= len(come) - len(self._more)
            if there is None or there.type != field.type or (there.name != field.name and not renamed):
                raise self._changed(f"column '{field.name}' is not what the filter was made for")
        visible = self._visible(come)
        if known is not None and not visible.equals(known):
            raise self._changed(f"rows have the columns {visible.names}, before they had {known.names}")
        return visible

    def _visible(self, whole: pa.Schema) -> pa.Schema:
        return pa.schema([whole.field(i) for i in range(len(whole) - len(self._more))])

    def _changed(self, how: str) -> errors.ThalwegError:
        return errors.error(
            "SCHEMA_CHANGED", f"table {self.name} was changed meanwhile: {how}; refresh() and read again"
        )

    def explained(self, failure: BaseException) -> errors.ThalwegError:
        """An error of a read; that of an unknown column names the one that may be meant."""
        error = errors.of(failure)
        known = [column["name"] for column in self.table["columns"]]
        unknown = _UNKNOWN.search(error.message)
        if isinstance(error, errors.InvalidRequest) and unknown and unknown.group(1) not in known:
            return types.unknown(unknown.group(1), known, self.name)
        return error

    def rows(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """Those rows and columns of a stream's batch that were asked for; ``schema`` is as agreed."""
        if self._expression is not None:
            # By name for the expression, which may also count columns; the rest has names of its own.
            names = [field.name for _, field in self._used]
            seen = [batch.column(at) for at, _ in self._used]
            kept = [batch.column(at) for at in range(len(schema))]
            names += [f"\0{at}" for at in range(len(schema))]
            if not names:
                return batch if _is_true(self._expression) else batch.slice(0, 0)
            filtered = _filtered_batch(
                pa.RecordBatch.from_arrays([*seen, *kept], names=names), self._expression
            )
            if not kept:
                return filtered.select([])
            return pa.RecordBatch.from_arrays(filtered.columns[len(seen) :], schema=schema)
        return batch


def _columns(columns: Iterable[str] | None) -> list[str] | None:
    if columns is None:
        return None
    if isinstance(columns, (str, Mapping)):
        raise errors.error("INVALID_REQUEST", f"columns is a list of names, not {columns!r:.100}")
    given = list(columns)
    wrong = next((name for name in given if not isinstance(name, str)), None)
    if wrong is not None:
        raise errors.error("INVALID_REQUEST", f"a column is asked for by its name, not {wrong!r:.100}")
    return given


def _filtered(rows: Any, expression: pc.Expression) -> Any:
    try:
        return rows.filter(expression)
    except (pa.ArrowException, ValueError, TypeError) as misfit:
        raise errors.error("INVALID_FILTER", f"the filter does not fit: {misfit}") from misfit


def _filtered_batch(rows: pa.RecordBatch, expression: pc.Expression) -> pa.RecordBatch:
    """As a table, since older versions of pyarrow cannot make a batch without rows of it."""
    batches = _filtered(pa.Table.from_batches([rows]), expression).combine_chunks().to_batches()
    return batches[0] if batches else rows.slice(0, 0)


def _is_true(expression: pc.Expression) -> bool:
    """Whether an expression that looks at no column is true."""
    return bool(_filtered(pa.table({"\0": [None]}), expression).num_rows)
