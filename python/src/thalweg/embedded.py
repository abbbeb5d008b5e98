"""A server of one's own, for trying things out."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from types import TracebackType
from typing import Final

from . import errors
from .connection import Connection

_STOP_SECONDS: Final = 30


class Dev:
    """A ``thalweg dev`` process with a connection to it; both end with it."""

    def __init__(self, process: subprocess.Popen[str], uri: str, scratch: str | None) -> None:
        self._process: Final = process
        self._scratch: Final = scratch
        self.uri: Final = uri
        self.connection: Final = Connection(uri, 60.0)

    def __repr__(self) -> str:
        return f"<thalweg dev at {self.uri}>"

    def close(self) -> None:
        """Ends the server; removes its data unless a directory was given."""
        self.connection.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Connection:
        return self.connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def dev(data: str | os.PathLike[str] | None = None, home: str | os.PathLike[str] | None = None) -> Dev:
    """Starts a server of an installed distribution on a free port of this machine.

    >>> with thalweg.dev() as connection:
    ...     connection.create_table("t", {"id": "BIGINT"})

    :param data: the directory of its data; a temporary one, removed at the end, unless it is given
    :param home: the distribution's directory, in which ``bin/thalweg`` is; else ``THALWEG_HOME``, else
        the command on the ``PATH``
    :raises Unavailable: where there is none, or it does not start; the message has its last lines
    """
    command = _command(home)
    scratch = tempfile.mkdtemp(prefix="thalweg-") if data is None else None
    directory = str(data) if data is not None else str(scratch)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [command, "dev", "--data", directory, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if "ready" in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return Dev(process, f"thalweg://127.0.0.1:{port}", scratch)
    process.wait()
    raise errors.error("UNAVAILABLE", f"{command} dev did not start: {''.join(said[-20:]).strip()}")


def _command(home: str | os.PathLike[str] | None) -> str:
    given = home if home is not None else os.environ.get("THALWEG_HOME")
    if given is not None:
        command = pathlib.Path(given) / "bin" / "thalweg"
        if not command.exists():
            raise errors.error("UNAVAILABLE", f"there is no {command}; is '{given}' a distribution?")
        return str(command)
    found = shutil.which("thalweg")
    if found is None:
        raise errors.error(
            "UNAVAILABLE", "there is no command 'thalweg' on the PATH; give home=, or set THALWEG_HOME"
        )
    return found
