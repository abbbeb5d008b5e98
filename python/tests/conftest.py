"""A server process of its own, from the distribution that ./check has built."""

from __future__ import annotations

import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import uuid

import pytest

import thalweg

HOME = pathlib.Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that no outgoing connection gets by chance while the server is away."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """A ``thalweg dev`` that can be killed and started again."""

    def __init__(self, directory: pathlib.Path, **settings: str) -> None:
        self.directory = directory
        self.settings = settings
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"thalweg://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(HOME / "bin/thalweg"), "dev", "--data", str(self.directory), "--port", str(self.port)]
        for key, value in self.settings.items():
            command += ["--set", f"{key.replace('__', '-').replace('_', '.')}={value}"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "ready" in line:
                break
        else:
            raise AssertionError("the server did not start: " + "".join(lines))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def pause(self) -> None:
        """It is there and says nothing, until :meth:`resume`."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server of all tests that do not kill it."""
    given = os.environ.get("THALWEG_SERVER")
    if given:
        yield given.replace("grpc://", "thalweg://")
        return
    started = Server(tmp_path_factory.mktemp("data"))
    started.start()
    yield started.uri
    started.stop()


@pytest.fixture
def own_server(tmp_path):
    """A server that the test may kill."""
    started = Server(tmp_path / "data")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def connection(server):
    with thalweg.connect(server) as opened:
        yield opened


@pytest.fixture
def name(connection):
    made = "t_" + uuid.uuid4().hex[:12]
    yield made
    connection.drop_table(made, if_exists=True)
