"""Rows that name some columns only, in groups that name the same ones. Internal."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any


def groups(rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> list[list[Mapping[str, Any]]]:
    """The rows by the columns that they name; those of one key keep their order."""
    made: list[list[Mapping[str, Any]]] = []
    named: dict[frozenset[str], list[int]] = {}
    last: dict[tuple[Any, ...], int] = {}
    for row in rows:
        of_names = named.setdefault(frozenset(row), [])
        values = tuple(_hashable(row.get(name)) for name in key)
        # The first group of these columns that is not before the key's last one.
        at = bisect_left(of_names, last.get(values, 0))
        if at == len(of_names):
            of_names.append(len(made))
            made.append([])
        made[of_names[at]].append(row)
        last[values] = of_names[at]
    return made


def _hashable(value: Any) -> Any:
    """A key's value; what is no value of a key, and is refused later, by its text."""
    if isinstance(value, bytearray):
        return bytes(value)
    return value if value.__hash__ else repr(value)
