"""pyarrow's expressions as trees.

pyarrow shows nobody what an expression consists of, but it pickles one: as a batch of the literals, with
the calls and the names of columns in the metadata of its schema, in order. Its size is in proportion to
the expression's. (Substrait, the other way, writes each side of an AND and of an OR twice.) Internal.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Column:
    """A column, or a field within structs: the names on the way to it."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Literal:
    """A value with its type."""

    value: pa.Scalar


@dataclass
class Call:
    """A function of arguments; the options are a struct, None where the function has none."""

    function: str
    arguments: list[Node] = field(default_factory=list)
    options: pa.Scalar | None = None


Node: TypeAlias = Union[Column, Literal, Call]


def tree(expression: pc.Expression) -> Node | None:
    """What an expression consists of; None where it cannot be said: a column by number, for example."""
    try:
        buffer = expression.__reduce__()[1][0]
    except NotImplementedError:
        return None
    batch = pa.ipc.open_file(buffer).get_batch(0)
    pairs = list(_metadata(batch.schema))
    # An expression of many terms is deep: each of them may be a call around the one before.
    root = Call("")
    open_calls = [root]
    at = 0
    while at < len(pairs):
        what, value = pairs[at]
        at += 1
        if what == "call":
            call = Call(value)
            open_calls[-1].arguments.append(call)
            open_calls.append(call)
        elif what == "end":
            open_calls.pop()
        elif what == "options":
            open_calls[-1].options = batch.column(int(value))[0]
        elif what == "literal":
            open_calls[-1].arguments.append(Literal(batch.column(int(value))[0]))
        elif what == "field_ref":
            open_calls[-1].arguments.append(Column((value,)))
        elif what == "nested_field_ref":
            steps = pairs[at : at + int(value)]
            at += int(value)
            if any(step != "field_ref" for step, _ in steps):
                return None
            open_calls[-1].arguments.append(Column(tuple(name for _, name in steps)))
        else:
            return None
    return root.arguments[0] if len(open_calls) == 1 and len(root.arguments) == 1 else None


def columns(node: Node) -> dict[str, None]:
    """The names of the columns that are looked at, each once, in order."""
    found: dict[str, None] = {}
    left = [node]
    while left:
        each = left.pop()
        if isinstance(each, Column):
            found[each.path[0]] = None
        elif isinstance(each, Call):
            left.extend(reversed(each.arguments))
    return found


def chain(node: Call) -> Iterator[Node]:
    """The terms of calls of one function within one another: a, b and c of ``(a & b) & c``."""
    left: list[Node] = [node]
    while left:
        each = left.pop()
        if isinstance(each, Call) and each.function == node.function:
            left.extend(reversed(each.arguments))
        else:
            yield each


class _CSchema(ctypes.Structure):
    """The beginning of a schema in Arrow's C data interface."""

    _fields_ = (("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_void_p))


def _metadata(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """A schema's metadata in order; pyarrow gives a dict, which has no key twice."""
    capsule: Any = schema.__arrow_c_schema__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    at = _CSchema.from_address(pointer(capsule, b"arrow_schema")).metadata or 0

    def number() -> int:
        nonlocal at
        at += 4
        return ctypes.c_int32.from_address(at - 4).value

    def text() -> str:
        nonlocal at
        length = number()
        at += length
        return ctypes.string_at(at - length, length).decode()

    for _ in range(number() if at else 0):
        key = text()
        yield key, text()
