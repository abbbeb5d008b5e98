"""Who a client is, and which servers it trusts."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow.flight as fl

from . import errors

TLS: Final = "grpc+tls://"


@dataclass(frozen=True)
class Security:
    """What is said to each server, and how it is checked.

    :ivar insecure: whether the password may go over plain connections to other machines
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls_ca: str | Path | None = None
    tls_certificate: str | Path | None = None
    tls_key: str | Path | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password is None):
            raise errors.error("INVALID_REQUEST", "user and password go together; give both")
        if self.user is not None and (not self.user or ":" in self.user):
            raise errors.error(
                "INVALID_REQUEST", f"user '{self.user}' cannot be sent; give a name without ':'"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise errors.error("INVALID_REQUEST", "tls_certificate and tls_key go together; give both")

    def client_options(self, address: str) -> dict[str, Any]:
        """The arguments of a Flight client for that address.

        :raises InvalidRequest: where a password would go over the network in the clear, or where a
            certificate is given for a plain connection
        """
        options: dict[str, Any] = {}
        if self.user is not None:
            options["middleware"] = [_Login(f"{self.user}:{self.password}")]
        if address.startswith(TLS):
            if self.tls_ca is not None:
                options["tls_root_certs"] = _pem("tls_ca", self.tls_ca)
            if self.tls_certificate is not None and self.tls_key is not None:
                options["cert_chain"] = _pem("tls_certificate", self.tls_certificate)
                options["private_key"] = _pem("tls_key", self.tls_key)
        elif self.tls_ca is not None or self.tls_certificate is not None:
            raise errors.error(
                "INVALID_REQUEST",
                f"the connection to {address} is plain, so no certificate means anything to it; use"
                " thalweg+tls://",
            )
        elif self.user is not None and not self.insecure and not _is_loopback(address):
            raise errors.error(
                "INVALID_REQUEST",
                f"the password would go to {address} in the clear; use thalweg+tls://, or say"
                " insecure=True in a network that may see it",
            )
        return options


def _pem(what: str, path: str | Path) -> bytes:
    try:
        text = Path(path).read_bytes()
    except OSError as failure:
        raise errors.error("INVALID_REQUEST", f"{what}='{path}' cannot be read: {failure}") from failure
    if b"-----BEGIN " not in text:
        raise errors.error("INVALID_REQUEST", f"{what}='{path}' is no PEM file")
    return text


def _is_loopback(address: str) -> bool:
    host = address.partition("://")[2].rpartition(":")[0].strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Login(fl.ClientMiddlewareFactory):  # type: ignore[misc]
    """Adds the login to each call."""

    def __init__(self, pair: str) -> None:
        super().__init__()
        self._header: Final = "Basic " + base64.b64encode(pair.encode()).decode()

    def start_call(self, info: Any) -> fl.ClientMiddleware:
        return _LoggedIn(self._header)


class _LoggedIn(fl.ClientMiddleware):  # type: ignore[misc]
    def __init__(self, header: str) -> None:
        super().__init__()
        self._header: Final = header

    def sending_headers(self) -> dict[str, str]:
        return {"authorization": self._header}
