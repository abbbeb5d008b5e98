"""What can go wrong, as a small tree of exceptions."""

from __future__ import annotations

import re
from typing import Final

import pyarrow as pa


class ThalwegError(Exception):
    """An error of a server or of this client.

    ``code`` is the name that docs/protocol-flight.md lists, ``retryable`` says whether the same
    call may succeed later.
    """

    def __init__(self, code: str, message: str, retryable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code: Final = code
        self.message: Final = message
        self.retryable: Final = retryable

    def with_note(self, note: str) -> ThalwegError:
        """The same error with more said."""
        return type(self)(self.code, f"{self.message}; {note}", self.retryable)


class InvalidRequest(ThalwegError):
    """The request cannot be carried out as it is: a name, a schema, a property, a filter."""


class SchemaError(InvalidRequest):
    """Rows or columns that do not fit the table."""


class NotFound(ThalwegError):
    """A database, table, partition or bucket that is not there."""


class AlreadyExists(ThalwegError):
    """A database, table or partition of that name is there."""


class Unavailable(ThalwegError):
    """No server could do it within the time allowed; it was not done."""


class UnknownOutcome(ThalwegError):
    """Nobody can say whether rows were stored, or a change was made."""


class ReadEnded(ThalwegError):
    """A read cannot continue: its place is gone, or the table has changed."""


class Denied(ThalwegError):
    """The principal may not do this."""


class Unauthenticated(ThalwegError):
    """The client did not say who it is, or one side does not believe the other."""


class LimitReached(ThalwegError):
    """A limit of the cluster is reached."""


class CorruptData(ThalwegError):
    """Stored bytes are damaged; no wrong rows were given."""


_KINDS: Final[dict[str, type[ThalwegError]]] = {
    "INVALID_REQUEST": InvalidRequest,
    "INVALID_NAME": InvalidRequest,
    "INVALID_SCHEMA": InvalidRequest,
    "INVALID_PROPERTY": InvalidRequest,
    "INVALID_FILTER": InvalidRequest,
    "UNSUPPORTED": InvalidRequest,
    "SCHEMA_MISMATCH": SchemaError,
    "NULL_VALUE": SchemaError,
    "TOO_LARGE": SchemaError,
    "DATABASE_NOT_FOUND": NotFound,
    "TABLE_NOT_FOUND": NotFound,
    "BUCKET_NOT_FOUND": NotFound,
    "PARTITION_NOT_FOUND": NotFound,
    "DATABASE_EXISTS": AlreadyExists,
    "TABLE_EXISTS": AlreadyExists,
    "PARTITION_EXISTS": AlreadyExists,
    "DATABASE_NOT_EMPTY": AlreadyExists,
    "UNAVAILABLE": Unavailable,
    "INCARNATION_CLOSED": Unavailable,
    "STALE_OWNER": Unavailable,
    "CLOSING": Unavailable,
    "OVERLOADED": Unavailable,
    "NO_SPACE": Unavailable,
    "UNKNOWN_OUTCOME": UnknownOutcome,
    "PARTLY_STORED": UnknownOutcome,
    "OFFSET_OUT_OF_RANGE": ReadEnded,
    "SCAN_EXPIRED": ReadEnded,
    "SCHEMA_CHANGED": ReadEnded,
    "DENIED": Denied,
    "UNAUTHENTICATED": Unauthenticated,
    "LIMIT_REACHED": LimitReached,
    "CORRUPT_DATA": CorruptData,
    "INTERNAL": ThalwegError,
    "OUT_OF_ORDER_SEQUENCE": ThalwegError,
    "WRITER_FENCED": ThalwegError,
    "UNKNOWN_WRITER": ThalwegError,
    "WRONG_CLUSTER": ThalwegError,
}

_RETRYABLE: Final = frozenset(
    {"UNAVAILABLE", "INCARNATION_CLOSED", "STALE_OWNER", "CLOSING", "OVERLOADED", "NO_SPACE"}
)

# An error's text has the code before the message, and gRPC's own words around them.
_TOLD: Final = re.compile(r"\b(" + "|".join(_KINDS) + r"): (.*)", re.DOTALL)
# gRPC's words for a connection whose ends do not trust each other.
_TLS: Final = re.compile(
    r"Ssl handshake failed|SSL_ERROR|CERTIFICATE_VERIFY_FAILED|Tls handshake", re.IGNORECASE
)
_CONTEXT: Final = re.compile(r"\.? (gRPC client debug context|Client context): .*", re.DOTALL)


def error(code: str, message: str) -> ThalwegError:
    """The exception of a code."""
    return _KINDS.get(code, ThalwegError)(code, message, code in _RETRYABLE)


def add_note(failure: BaseException, note: str) -> None:
    """Says more of an exception of any kind, as Python 3.11 shows it; 3.10 keeps it in ``__notes__``."""
    failure.__notes__ = [*getattr(failure, "__notes__", []), note]  # type: ignore[attr-defined]


def is_told(failure: BaseException) -> bool:
    """Whether a server said what went wrong, so that the connection itself is fine."""
    return _TOLD.search(str(failure)) is not None


def of(failure: BaseException) -> ThalwegError:
    """The exception that stands for one of Flight's; a lost connection is ``UNAVAILABLE``."""
    if isinstance(failure, ThalwegError):
        return failure
    text = _CONTEXT.sub("", str(failure))
    told = _TOLD.search(text)
    if told:
        return error(told.group(1), told.group(2).strip())
    if isinstance(failure, pa.flight.FlightTimedOutError):
        return error("UNAVAILABLE", f"no answer within the time allowed: {text}")
    if _TLS.search(text):
        return error(
            "UNAUTHENTICATED",
            f"TLS with the server failed: {text}; is tls_ca the file of the server's certificate or its"
            " authority, is that for the host of the address, does the server speak TLS there, and does"
            " it ask for a certificate (tls_certificate)?",
        )
    if isinstance(failure, (pa.flight.FlightUnavailableError, pa.flight.FlightCancelledError)):
        return error("UNAVAILABLE", f"the connection was lost: {text}")
    if isinstance(failure, (pa.ArrowException, OSError)):
        return error("UNAVAILABLE", text)
    return error("INTERNAL", f"{type(failure).__name__}: {text}")
