"""A cluster: its databases and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final

import pyarrow as pa

from . import errors, types
from ._calls import Servers
from ._security import TLS, Security
from .table import Table

_PORT: Final = 9420


def addresses(uri: str) -> list[str]:
    """The addresses of ``thalweg://host:port,host:port``; the port is 9420 unless it is there.

    ``thalweg+tls://`` is for servers with TLS.
    """
    scheme, found, rest = uri.partition("://")
    if not found:
        scheme, rest = "thalweg", uri
    plain = scheme in ("thalweg", "grpc")
    if not (plain or scheme in ("thalweg+tls", "grpc+tls")) or not rest.strip("/"):
        raise errors.error(
            "INVALID_REQUEST",
            f"'{uri}' is no address; write thalweg://host:port or thalweg+tls://host:port",
        )
    if "@" in rest:
        raise errors.error("INVALID_REQUEST", "an address has no user in it; give user=… and password=…")
    hosts = [host.strip() for host in rest.rstrip("/").split(",")]
    return [f"{'grpc://' if plain else TLS}{host if ':' in host else f'{host}:{_PORT}'}" for host in hosts]


class Connection:
    """A connection to a cluster; ``thalweg.connect`` makes one. Any thread."""

    def __init__(self, uri: str, timeout: float, security: Security | None = None) -> None:
        self._uri: Final = uri
        self._servers: Final = Servers(addresses(uri), timeout, security or Security())
        try:
            self._servers.action("servers")
        except BaseException:
            self._servers.close()
            raise

    def __repr__(self) -> str:
        return f"<connection to {self._uri}>"

    def databases(self) -> list[str]:
        """The names of the databases."""
        return [each["database"] for each in self._servers.action("list-databases")]

    def create_database(self, name: str, comment: str | None = None, if_not_exists: bool = False) -> None:
        """Makes a database."""
        self._servers.action(
            "create-database",
            once=not if_not_exists,
            database=name,
            comment=comment,
            if_not_exists=if_not_exists,
        )

    def drop_database(self, name: str, if_exists: bool = False) -> None:
        """Drops a database without tables."""
        self._servers.action("drop-database", once=not if_exists, database=name, if_exists=if_exists)

    def tables(self, database: str = "default") -> list[str]:
        """The names of a database's tables."""
        return [each["table"] for each in self._servers.action("list-tables", database=database)]

    def create_table(
        self,
        name: str,
        schema: pa.Schema | Mapping[str, str] | str | Any,
        *,
        primary_key: Sequence[str] = (),
        buckets: int = 1,
        bucket_key: Sequence[str] = (),
        partition_by: Sequence[str] = (),
        properties: Mapping[str, str] | None = None,
        comment: str | None = None,
        if_not_exists: bool = False,
    ) -> Table:
        """Makes a table.

        :param schema: a pyarrow schema; a DataFrame or other rows, whose schema is taken; a dict of
            types by name, ``{"id": "BIGINT NOT NULL"}``; or a text, ``"id BIGINT NOT NULL, s STRING"``
        """
        body: dict[str, Any] = (
            {"schema": schema} if isinstance(schema, str) else {"columns": _columns(schema)}
        )
        described = self._servers.action(
            "create-table",
            once=not if_not_exists,
            table=name,
            primary_key=_names("primary_key", primary_key),
            buckets=buckets,
            bucket_key=_names("bucket_key", bucket_key),
            partition_key=_names("partition_by", partition_by),
            properties=dict(properties or {}),
            comment=comment,
            if_not_exists=if_not_exists,
            **body,
        )
        return Table(self._servers, described[0])

    def table(self, name: str) -> Table:
        """A table by name: ``table``, or ``database.table``."""
        return Table(self._servers, self._servers.action("describe-table", table=name)[0])

    def drop_table(self, name: str, if_exists: bool = False) -> None:
        """Drops a table with all its rows."""
        self._servers.action("drop-table", once=not if_exists, table=name, if_exists=if_exists)

    def close(self) -> None:
        """Closes it; its tables can do nothing any more."""
        self._servers.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _names(what: str, names: Sequence[str]) -> list[str]:
    if isinstance(names, str):
        raise errors.error("INVALID_REQUEST", f"{what} is a list of names: ['{names}']")
    return list(names)


def _columns(schema: Any) -> list[dict[str, str]]:
    if isinstance(schema, Mapping) and all(isinstance(kind, str) for kind in schema.values()):
        return [{"name": name, "type": kind} for name, kind in schema.items()]
    fields = types.schema_of(schema)
    return [
        {
            "name": field.name,
            "type": "VARIANT" if types.is_variant(field) else types.text(field.type, field.nullable),
        }
        for field in fields
    ]
