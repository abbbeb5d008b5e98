"""The JSON texts in which VARIANTs are sent. Internal."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ._values import is_missing

# More digits than a decimal has, and deeper nesting, are refused by servers or become a DOUBLE.
_DIGITS: Final = 38
_DEPTH: Final = 100
_BOUND: Final = 10**_DIGITS


def texts(values: Iterable[Any]) -> pa.Array:
    """A column of VARIANTs: a text is JSON already, any other value becomes it.

    :raises ValueError: where JSON has no such value
    """
    made = []
    for row, value in enumerate(values):
        try:
            made.append(value if isinstance(value, str) else None if is_gap(value) else _text(value, 0))
        except ValueError as misfit:
            raise ValueError(f"row {row}: {misfit}") from misfit
    return pa.array(made, pa.string())


def is_gap(value: Any) -> bool:
    """Whether a value is none: a NaN is a number, which JSON lacks."""
    return is_missing(value) and not isinstance(value, float)


def _text(value: Any, depth: int) -> str:
    if depth > _DEPTH:
        raise ValueError(f"a VARIANT has at most {_DEPTH} objects and arrays within each other")
    common = _COMMON.get(type(value))
    return common(value, depth) if common is not None else _of_any(value, depth)


def _of_any(value: Any, depth: int) -> str:
    if is_gap(value) or (isinstance(value, np.datetime64) and np.isnat(value)):
        return "null"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return _whole(int(value))
    if isinstance(value, (float, np.floating)):
        return _float(value)
    if isinstance(value, decimal.Decimal):
        return _decimal(value)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        return _list(value, depth)
    if isinstance(value, (datetime.date, datetime.time)):
        return _quoted(value.isoformat())
    if isinstance(value, (np.datetime64, uuid.UUID)):
        return _quoted(str(value))
    raise _refused(value, "JSON has no such value; make a text, a number, a list or a dict of it")


def _object(value: Mapping[Any, Any], depth: int) -> str:
    wrong = next((name for name in value if not isinstance(name, str)), None)
    if wrong is not None or None in value:
        raise _refused(wrong, "the names in an object are texts")
    return "{" + ",".join([f"{_quoted(name)}:{_text(each, depth + 1)}" for name, each in value.items()]) + "}"


def _list(value: Iterable[Any], depth: int) -> str:
    return "[" + ",".join([_text(each, depth + 1) for each in value]) + "]"


def _whole(value: int) -> str:
    # Python itself refuses to write a number of thousands of digits.
    if not -_BOUND < value < _BOUND:
        raise ValueError(f"a whole number of a VARIANT has at most {_DIGITS} digits")
    return str(value)


def _float(value: Any) -> str:
    if not math.isfinite(value):
        raise _refused(value, "JSON has neither NaN nor infinities; give None or a text")
    if isinstance(value, np.longdouble) and value != float(value):
        raise _refused(value, "a DOUBLE would round it")
    return float.__repr__(float(value))


def _decimal(value: decimal.Decimal) -> str:
    if not value.is_finite():
        raise _refused(value, "JSON has neither NaN nor infinities; give None or a text")
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if max(len(digits) + max(exponent, 0), -exponent) > _DIGITS:
        raise _refused(value, f"a decimal of a VARIANT has at most {_DIGITS} digits")
    return format(value, "f")


_quoted: Final = json.encoder.encode_basestring_ascii

_COMMON: Final[dict[type, Callable[[Any, int], str]]] = {
    str: lambda value, _: _quoted(value),
    int: lambda value, _: _whole(value),
    float: lambda value, _: _float(value),
    bool: lambda value, _: "true" if value else "false",
    type(None): lambda value, _: "null",
    dict: _object,
    list: _list,
}


def _refused(value: Any, why: str) -> ValueError:
    return ValueError(f"{value!r:.100} is a {type(value).__name__}: {why}")
