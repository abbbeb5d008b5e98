"""pyarrow's expressions as conditions of a server.

What a server would not answer exactly alike is not translated; whoever scans applies the whole
expression to the rows that come, so that a condition is never dropped.
"""

from __future__ import annotations

import datetime
import decimal
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from . import types
from ._expressions import Call, Column, Literal, Node, chain, columns, tree

_COMPARE: Final = {
    "equal": ("=", "="),
    "not_equal": ("<>", "<>"),
    "less": ("<", ">"),
    "less_equal": ("<=", ">="),
    "greater": (">", "<"),
    "greater_equal": (">=", "<="),
}
_KEYWORDS: Final = frozenset(
    ("and", "or", "not", "null", "in", "is", "like", "between", "true", "false", "escape", "cast", "as")
)
# What servers take at most (docs/filters.md, Limits), with room to spare.
_MOST_BYTES: Final = 60_000
_MOST_TESTS: Final = 9_000
_DEEPEST: Final = 40
_LONGEST_PATTERN: Final = 900
_LONGEST_PATH: Final = 64
_DAYS: Final = (datetime.date.min.toordinal(), datetime.date.max.toordinal())
_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()
_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True)
class Condition:
    """What of an expression a server can answer.

    Each row for which the expression is true fulfils ``text``, which is None where none is known;
    ``exact`` says that no others do. The expression looks at ``columns``, None if this cannot be said.
    """

    text: str | None
    exact: bool
    columns: tuple[str, ...] | None


def condition(expression: pc.Expression, schema: pa.Schema) -> Condition:
    """What of an expression a server can answer; ``schema`` is that of all columns."""
    root = tree(expression)
    if root is None:
        return Condition(None, False, None)
    texts: list[str] = []
    exact, size, tests = True, 0, 0
    translation = _Translation(schema)
    for term in _conjuncts(root):
        translation.tests = 0
        text = translation.condition(term, 0)
        length = 0 if text is None else len(text.encode()) + 7
        if text is None or size + length > _MOST_BYTES or tests + translation.tests > _MOST_TESTS:
            exact = False
            continue
        size, tests = size + length, tests + translation.tests
        texts.append(text)
    joined = " AND ".join(f"({text})" for text in texts) or None
    return Condition(joined, exact and bool(texts), tuple(columns(root)))


def pushed(expression: pc.Expression, schema: pa.Schema) -> str | None:
    """A condition that each row fulfils for which ``expression`` is true; None where none is known."""
    return condition(expression, schema).text


def _conjuncts(root: Node) -> Iterator[Node]:
    """The terms that must all be true."""
    if isinstance(root, Call) and root.function == "and_kleene":
        yield from chain(root)
    else:
        yield root


class _Translation:
    """Nodes as texts that are true, false and unknown for the same rows; None for any other."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self.tests = 0

    def condition(self, node: Node, depth: int) -> str | None:
        """A condition, as Arrow has it."""
        if depth > _DEEPEST or self.tests > _MOST_TESTS:
            return None
        if isinstance(node, Column):
            column = self._column(node)
            return column[0] if column is not None and pa.types.is_boolean(column[1]) else None
        if isinstance(node, Literal):
            return None
        name, arguments = node.function, node.arguments
        if name in ("and_kleene", "or_kleene"):
            return self._joined(node, depth)
        if name == "invert":
            term = self.condition(arguments[0], depth + 1)
            return None if term is None else f"NOT ({term})"
        if name in ("is_null", "is_valid"):
            return self._null(node)
        if name in _COMPARE:
            return self._compare(name, arguments)
        if name == "is_in":
            return self._in(node)
        if name == "starts_with":
            return self._starts(node)
        return None

    def _joined(self, node: Call, depth: int) -> str | None:
        terms: list[str] = []
        for each in chain(node):
            term = self.condition(each, depth + 1)
            if term is None:
                return None
            terms.append(f"({term})")
        return (" AND " if node.function == "and_kleene" else " OR ").join(terms)

    def _null(self, node: Call) -> str | None:
        column = self._column(node.arguments[0])
        if column is None:
            return None
        if node.function == "is_valid":
            return f"{column[0]} IS NOT NULL"
        if _option(node, "nan_is_null", False) and pa.types.is_floating(column[1]):
            return None
        return f"{column[0]} IS NULL"

    def _compare(self, name: str, arguments: list[Node]) -> str | None:
        for at in (0, 1):
            column, other = self._column(arguments[at]), arguments[1 - at]
            if column is not None and isinstance(other, Literal):
                text = _literal(other.value, column[1])
                return None if text is None else f"{column[0]} {_COMPARE[name][at]} {text}"
        return None

    def _in(self, node: Call) -> str | None:
        """True or false, never unknown, as Arrow has it."""
        column = self._column(node.arguments[0])
        values, nulls = _option(node, "value_set", None), _option(node, "null_matching_behavior", None)
        if column is None or values is None or nulls not in (_MATCH, _SKIP) or len(values) > _MOST_TESTS:
            return None
        self.tests += len(values) + 2
        literals: dict[str, None] = {}
        for value in values:
            if not value.is_valid:
                continue
            text = _member(value, column[1])
            if text is None:
                return None
            literals[text] = None
        among = f"{column[0]} IN ({', '.join(literals)})" if literals else "NOT " + _always(column[0])
        with_null = nulls == _MATCH and values.null_count > 0
        return f"{among} OR {column[0]} IS NULL" if with_null else f"{among} AND {column[0]} IS NOT NULL"

    def _starts(self, node: Call) -> str | None:
        column = self._column(node.arguments[0])
        pattern = _option(node, "pattern", None)
        if column is None or not pa.types.is_string(column[1]) or pattern is None:
            return None
        if _option(node, "ignore_case", True) or len(pattern) > _LONGEST_PATTERN:
            return None
        for special in "!%_":
            pattern = pattern.replace(special, "!" + special)
        return f"{column[0]} LIKE {_quoted(pattern + '%')} ESCAPE '!'"

    def _column(self, node: Node) -> tuple[str, pa.DataType] | None:
        """A column, or a field within structs: its name and type."""
        if not isinstance(node, Column) or len(node.path) > _LONGEST_PATH:
            return None
        parent: pa.Schema | pa.DataType = self._schema
        for name in node.path:
            if isinstance(parent, pa.DataType) and not pa.types.is_struct(parent):
                return None
            at = parent.get_field_index(name)
            if at < 0:
                return None
            parent = parent.field(at).type
        self.tests += 1
        return ".".join(map(_name, node.path)), parent


_MATCH: Final = 0
_SKIP: Final = 1


def _option(node: Call, name: str, absent: Any) -> Any:
    """An option of a call as Python has it; an array for a list."""
    if node.options is None or name not in node.options:
        return absent
    value = node.options[name]
    return value.values if isinstance(value, pa.ListScalar) else value.as_py()


def _always(column: str) -> str:
    return f"({column} IS NULL OR {column} IS NOT NULL)"


def _name(name: str) -> str:
    return f"`{name}`" if name.lower() in _KEYWORDS else types.quoted(name)


def _member(value: pa.Scalar, kind: pa.DataType) -> str | None:
    """A value of a set, which Arrow casts to ``kind`` before it looks for it."""
    if pa.types.is_floating(kind) and value.as_py() == 0:
        return None  # for a set 0 and -0 are two, for a server one
    if pa.types.is_integer(kind):
        bits = kind.bit_width - 1
        if not pa.types.is_integer(value.type) or not -(2**bits) <= value.as_py() < 2**bits:
            return None
    if pa.types.is_decimal(kind) and not pa.types.is_decimal(value.type):
        return None
    return _literal(value, kind)


def _literal(value: pa.Scalar, kind: pa.DataType) -> str | None:
    """A literal that is compared with values of ``kind``, if to a server it means what it does to Arrow."""
    given = value.type
    if not value.is_valid:
        return None
    if pa.types.is_boolean(kind):
        return str(value.as_py()).upper() if pa.types.is_boolean(given) else None
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        exact = pa.types.is_signed_integer(given) or pa.types.is_decimal128(given)
        return format(decimal.Decimal(value.as_py()), "f") if exact else None
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return _float(value, kind)
    if pa.types.is_string(kind):
        return _quoted(value.as_py()) if _is_text(given) else None
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        bytes_too = pa.types.is_binary(given) or pa.types.is_large_binary(given) or given == kind
        return f"X'{value.as_py().hex()}'" if bytes_too else None
    if pa.types.is_date32(kind) and given == kind:
        return _date(value.value)
    if pa.types.is_timestamp(kind) and pa.types.is_timestamp(given):
        return _timestamp(value, kind)
    return None


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _float(value: pa.Scalar, kind: pa.DataType) -> str | None:
    """A number that ``kind`` has exactly."""
    given = value.type
    if not (pa.types.is_signed_integer(given) or pa.types.is_float32(given) or pa.types.is_float64(given)):
        return None
    number = value.as_py()
    if not math.isfinite(number) or abs(number) > _GREATEST[kind.bit_width]:
        return None
    near = struct.unpack("<f", struct.pack("<f", number))[0] if kind.bit_width == 32 else float(number)
    return repr(near) if near == number else None


_GREATEST: Final = {32: 2.0**127, 64: 2.0**1023}


def _date(days: int) -> str | None:
    at = days + _EPOCH
    return f"DATE '{datetime.date.fromordinal(at)}'" if _DAYS[0] <= at <= _DAYS[1] else None


def _timestamp(value: pa.Scalar, kind: pa.DataType) -> str | None:
    """A moment that ``kind`` has exactly."""
    given = value.type
    if (given.tz is None) != (kind.tz is None):
        return None
    here, there = _PER_SECOND[given.unit], _PER_SECOND[kind.unit]
    ticks, rest = divmod(value.value * there, here)
    seconds, fraction = divmod(ticks, there)
    days, second = divmod(seconds, 86_400)
    at = days + _EPOCH
    if rest or not -(2**63) <= ticks < 2**63 or not _DAYS[0] <= at <= _DAYS[1]:
        return None
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    part = f".{fraction * (10**9 // there):09}".rstrip("0").rstrip(".")
    day = datetime.date.fromordinal(at)
    return f"TIMESTAMP '{day} {clock}{part}{'Z' if kind.tz else ''}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
