"""Thalweg for Python: tables as DataFrames.

>>> import thalweg
>>> with thalweg.connect("thalweg://127.0.0.1:9420") as connection:
...     table = connection.create_table("trips", {"city": "STRING", "miles": "INT"})
...     table.append([{"city": "Bonn", "miles": 12}])
...     table.scan(filter="miles > 10").to_pandas()
"""

from __future__ import annotations

from ._writing import Part, Written
from .connection import Connection
from .embedded import Dev, dev
from .errors import (
    AlreadyExists,
    CorruptData,
    Denied,
    InvalidRequest,
    LimitReached,
    NotFound,
    ReadEnded,
    SchemaError,
    ThalwegError,
    Unavailable,
    UnknownOutcome,
)
from .reading import Follow, Scan
from .table import Column, Table

__version__ = "0.1.0"

__all__ = [
    "AlreadyExists",
    "Column",
    "Connection",
    "CorruptData",
    "Denied",
    "Dev",
    "Follow",
    "InvalidRequest",
    "LimitReached",
    "NotFound",
    "Part",
    "ReadEnded",
    "Scan",
    "SchemaError",
    "Table",
    "ThalwegError",
    "Unavailable",
    "UnknownOutcome",
    "Written",
    "connect",
    "dev",
]


def connect(uri: str = "thalweg://127.0.0.1:9420", timeout: float = 60.0) -> Connection:
    """A connection to a cluster.

    :param uri: ``thalweg://host:port``, of several servers with commas between
    :param timeout: seconds that a call keeps trying while no server can answer it
    :raises Unavailable: where none does
    """
    return Connection(uri, timeout)
