"""pyarrow's expressions as conditions of a server.

An expression says what it is through Substrait, whose bytes are read here as far as conditions need
them. What a server would not answer exactly alike is not translated; whoever scans applies the whole
expression to the rows that come, so that a condition is never dropped.
"""

from __future__ import annotations

import datetime
import decimal
import math
import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from . import types

_COMPARE: Final = {
    "equal": ("=", "="),
    "not_equal": ("<>", "<>"),
    "lt": ("<", ">"),
    "lte": ("<=", ">="),
    "gt": (">", "<"),
    "gte": (">=", "<="),
}
_EPOCH: Final = datetime.datetime(1970, 1, 1)


def pushed(expression: pc.Expression, schema: pa.Schema) -> str | None:
    """A condition that each row fulfils for which ``expression`` is true; None where none is known.

    ``schema`` is that of all columns.
    """
    schema = pa.schema([_bare(field) for field in schema if _is_told(field.type)])
    try:
        encoded = bytes(expression.to_substrait(schema, allow_arrow_extensions=True))
    except (pa.ArrowException, NotImplementedError):
        return None
    message = _fields(encoded)
    functions = {}
    for declared in message[2]:
        function = _fields(_fields(declared)[3][0])
        functions[_number(function[2])] = function[3][0].decode()
    terms = list(_Text(schema, functions).conjuncts(_fields(message[3][0])[1][0]))
    return " AND ".join(f"({term})" for term in terms) or None


def _is_told(kind: pa.DataType) -> bool:
    """Whether Substrait has the type: scalars, and structs of these."""
    if pa.types.is_struct(kind):
        return all(_is_told(field.type) for field in kind)
    return not pa.types.is_nested(kind) and not isinstance(kind, pa.BaseExtensionType)


def _bare(field: pa.Field) -> pa.Field:
    """A field without metadata, which Substrait does not have."""
    kind = field.type
    if pa.types.is_struct(kind):
        kind = pa.struct([_bare(inner) for inner in kind])
    return pa.field(field.name, kind, field.nullable)


class _Text:
    """One expression's nodes as text; None for what is not translated."""

    def __init__(self, schema: pa.Schema, functions: dict[int, str]) -> None:
        self._schema = schema
        self._functions = functions

    def conjuncts(self, node: bytes) -> Iterator[str]:
        """What is known of the terms that must all be true."""
        name, arguments, _ = self._call(node)
        if name == "and":
            for argument in arguments:
                yield from self.conjuncts(argument)
        else:
            text = self._condition(node)
            if text is not None:
                yield text

    def _call(self, node: bytes) -> tuple[str, list[bytes], dict[str, str]]:
        kinds = _fields(node)
        if not kinds[3]:
            return "", [], {}
        call = _fields(kinds[3][0])
        options = {}
        for option in call[5]:
            parts = _fields(option)
            options[parts[1][0].decode()] = parts[2][0].decode() if parts[2] else ""
        arguments = [_fields(argument)[3][0] for argument in call[4]]
        return self._functions.get(_number(call[1]), ""), arguments, options

    def _condition(self, node: bytes) -> str | None:
        if _fields(node)[8]:
            return self._in(_fields(_fields(node)[8][0]))
        name, arguments, options = self._call(node)
        if name in ("and", "or"):
            terms = [self._condition(argument) for argument in arguments]
            known = [f"({term})" for term in terms if term is not None]
            return f" {name.upper()} ".join(known) if len(known) == len(terms) else None
        if name == "not":
            term = self._condition(arguments[0])
            return None if term is None else f"NOT ({term})"
        if name in ("is_null", "is_not_null"):
            column = self._column(arguments[0])
            return None if column is None else f"{column[0]} IS {'NOT ' if 'not' in name else ''}NULL"
        if name in _COMPARE:
            return self._compare(name, arguments)
        if name == "starts_with" and options.get("case_sensitivity") == "CASE_SENSITIVE":
            return self._starts(arguments)
        if not name:
            column = self._column(node)
            if column is not None and pa.types.is_boolean(column[1]):
                return column[0]
        return None

    def _compare(self, name: str, arguments: list[bytes]) -> str | None:
        left, right = (self._column(argument) for argument in arguments)
        if (left is None) == (right is None):
            return None
        column, at = (left, 0) if left is not None else (right, 1)
        assert column is not None
        literal = _literal(arguments[1 - at], column[1])
        return None if literal is None else f"{column[0]} {_COMPARE[name][at]} {literal}"

    def _in(self, message: dict[int, list[Any]]) -> str | None:
        """True or false, never unknown, as Arrow has it."""
        column = self._column(message[1][0])
        if column is None:
            return None
        with_null, literals = False, []
        for option in message[2]:
            if _fields(_fields(option)[1][0])[29]:
                with_null = True
                continue
            literal = _literal(option, column[1])
            if literal is None:
                return None
            literals.append(literal)
        among = f"{column[0]} IN ({', '.join(literals)})" if literals else "NOT " + _always(column[0])
        return f"{among} OR {column[0]} IS NULL" if with_null else f"{among} AND {column[0]} IS NOT NULL"

    def _starts(self, arguments: list[bytes]) -> str | None:
        column = self._column(arguments[0])
        value = _fields(_fields(arguments[1])[1][0])[12] if _fields(arguments[1])[1] else []
        if column is None or not value:
            return None
        text = value[0].decode()
        for special in "!%_":
            text = text.replace(special, "!" + special)
        return f"{column[0]} LIKE {_quoted(text + '%')} ESCAPE '!'"

    def _column(self, node: bytes) -> tuple[str, pa.DataType] | None:
        """A column, or a field within structs: its name and type."""
        selection = _fields(node)[2]
        if not selection:
            return None
        segment = _fields(_fields(selection[0])[1][0])[2]
        if not segment:
            return None
        names: list[str] = []
        parent: pa.Schema | pa.DataType = self._schema
        while segment:
            at = _number(_fields(segment[0])[1])
            field = parent.field(at)
            names.append(field.name)
            parent = field.type
            child = _fields(segment[0])[2]
            segment = _fields(child[0])[2] if child else []
        return ".".join(map(types.quoted, names)), parent


def _always(column: str) -> str:
    return f"({column} IS NULL OR {column} IS NOT NULL)"


def _literal(node: bytes, kind: pa.DataType) -> str | None:
    """A literal that is compared with values of ``kind``."""
    literals = _fields(node)[1]
    if not literals:
        return None
    value = _fields(literals[0])
    if value[1]:
        return "TRUE" if value[1][0] else "FALSE"
    for field in (2, 3, 5, 7):
        if value[field]:
            return str(_signed(value[field][0]))
    if value[10] or value[11]:
        number = struct.unpack("<f", value[10][0])[0] if value[10] else struct.unpack("<d", value[11][0])[0]
        exact = not pa.types.is_float32(kind) or struct.unpack("<f", struct.pack("<f", number))[0] == number
        return repr(number) if math.isfinite(number) and exact else None
    if value[12]:
        return _quoted(value[12][0].decode())
    if value[13]:
        return f"X'{value[13][0].hex()}'"
    if value[16]:
        return f"DATE '{(_EPOCH + datetime.timedelta(days=_signed(value[16][0]))).date()}'"
    if value[14] or value[27]:
        moment = _EPOCH + datetime.timedelta(microseconds=_signed((value[14] or value[27])[0]))
        return f"TIMESTAMP '{moment.isoformat(sep=' ')}{'Z' if value[27] else ''}'"
    if value[24]:
        parts = _fields(value[24][0])
        unscaled = int.from_bytes(parts[1][0], "little", signed=True)
        return format(decimal.Decimal(unscaled).scaleb(-_number(parts[3])), "f")
    return None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _number(values: list[Any]) -> int:
    return int(values[0]) if values else 0


def _fields(message: bytes) -> dict[int, list[Any]]:
    """A protobuf message's values by their numbers: whole numbers, or bytes."""
    found: dict[int, list[Any]] = defaultdict(list)
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(message, at)
            found[key >> 3].append(value)
            continue
        if wire == 2:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"not a protobuf message: wire type {wire}")
        found[key >> 3].append(message[at : at + length])
        at += length
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
