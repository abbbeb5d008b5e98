"""Thalweg for Python: tables as DataFrames.

>>> import thalweg
>>> with thalweg.connect("thalweg://127.0.0.1:9420") as connection:
...     table = connection.create_table("trips", {"city": "STRING", "miles": "INT"})
...     table.append([{"city": "Bonn", "miles": 12}])
...     table.scan(filter="miles > 10").to_pandas()
"""

from __future__ import annotations

from pathlib import Path

from ._security import Security
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
    Unauthenticated,
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
    "Unauthenticated",
    "Unavailable",
    "UnknownOutcome",
    "Written",
    "connect",
    "dev",
]


def connect(
    uri: str = "thalweg://127.0.0.1:9420",
    timeout: float = 60.0,
    *,
    user: str | None = None,
    password: str | None = None,
    tls_ca: str | Path | None = None,
    tls_certificate: str | Path | None = None,
    tls_key: str | Path | None = None,
    insecure: bool = False,
) -> Connection:
    """A connection to a cluster.

    :param uri: ``thalweg://host:port``, or ``thalweg+tls://host:port`` for TLS; of several servers
        with commas between
    :param timeout: seconds that a call keeps trying while no server can answer it
    :param user: the name of a user, where servers ask for one
    :param password: its password, which goes over plain connections to this machine only
    :param tls_ca: a PEM file of the certificates to trust, in place of those that gRPC knows
    :param tls_certificate: the client's own certificate, a PEM file, where servers ask for one
    :param tls_key: its private key, a PEM file
    :param insecure: whether the password may go over plain connections to other machines too
    :raises Unavailable: where none does
    :raises Unauthenticated: where the servers, or the client, do not take what the other one says
        that it is
    """
    security = Security(user, password, tls_ca, tls_certificate, tls_key, insecure)
    return Connection(uri, timeout, security)
