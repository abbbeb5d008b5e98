"""What every client here needs: the server, processes with a time limit, steps."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

MOMENT = 0.05


@dataclass
class Step:
    name: str
    end: str
    reason: str = ""


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now."""
    sockets = []
    try:
        for _ in range(count):
            sockets.append(socket.socket())
            sockets[-1].bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def await_text(path: Path, pattern: str, deadline: float, process: subprocess.Popen, after: int = 0) -> re.Match:
    """Waits until a process has written what is looked for."""
    while True:
        found = re.compile(pattern).search(path.read_text(errors="replace"), after)
        if found:
            return found
        if process.poll() is not None:
            raise RuntimeError(f"the process ended with {process.returncode} before it wrote '{pattern}'; see {path}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no '{pattern}' in time; see {path}")
        time.sleep(MOMENT)


class Server:
    """`thalweg dev` over a directory of its own, on loopback. It can be killed and started again on the same ports."""

    def __init__(self, checkout: Path, directory: Path):
        self._command = checkout / "bin" / "thalweg"
        self._directory = directory
        self.output = directory / "output"
        self._port, self._kafka_port = free_ports(2)
        self._process = None
        self.address = f"127.0.0.1:{self._kafka_port}"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)

    def start(self) -> None:
        line = [self._command, "dev", "--data", self._directory / "data"]
        line += ["--port", str(self._port), "--kafka-port", str(self._kafka_port)]
        # With rules, so that the tools can set some; who is not named may do everything all the same.
        line += ["--set", "security.authorization=acl", "--set", "security.super-users=User:ANONYMOUS"]
        # librdkafka's tests have topics made for them, and write to their first four partitions.
        line += ["--set", "kafka.topics.partitions=4"]
        # As that of the first of Kafka's own brokers, for tools that name one.
        line += ["--set", "kafka.node.id=0"]
        with open(self.output, "ab") as out:
            begun = out.tell()
            self._process = subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT)
        await_text(self.output, "thalweg ready", time.monotonic() + 60, self._process, begun)

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


class Context:
    """A client's run: its directory, its processes, which end with it, and its steps."""

    def __init__(self, client: str, server: Server, work: Path, checkout: Path, deadline: float):
        self.client = client
        self.server = server
        self.checkout = checkout
        self.here = checkout / "testing" / "kafka-clients"
        self.cache = checkout / "target" / "kafka-clients"
        self.directory = work / client
        self.deadline = deadline
        self.version = "-"
        self.steps: list[Step] = []
        self._processes: list[subprocess.Popen] = []
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.cache.mkdir(parents=True, exist_ok=True)

    def step(self, name: str, end: str, reason: str = "") -> None:
        self.steps.append(Step(name, end, reason))
        print(f"{self.client:<24}{name:<56} {end} {reason[:200]}".rstrip(), flush=True)

    def attempt(self, name: str, body) -> None:
        """A step that is done here; one that fails does not keep the next ones from running."""
        try:
            body()
        except Exception as failure:
            self.step(name, "failed", f"{type(failure).__name__}: {failure}".replace("\n", " "))
        else:
            self.step(name, "ok")

    def output(self, name: str) -> Path:
        return self.directory / f"{name}.out"

    def begin(self, name: str, line: list, cwd=None, env=None, stdin=None) -> subprocess.Popen:
        """Starts a process with what it prints in a file of that name."""
        with open(self.output(name), "ab") as out:
            process = subprocess.Popen(
                [str(each) for each in line],
                cwd=cwd or self.directory,
                env={**os.environ, **(env or {})},
                stdin=stdin or subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def finish(self, name: str, process: subprocess.Popen) -> str:
        """Waits for a process, which is to end with 0; what it printed."""
        try:
            code = process.wait(max(1, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{name} did not end in time; see {self.output(name)}") from None
        text = self.output(name).read_text(errors="replace")
        if code != 0:
            raise RuntimeError(f"{name} ended with {code}: ...{text[-300:]}")
        return text

    def call(self, name: str, line: list, **more) -> str:
        return self.finish(name, self.begin(name, line, **more))

    def wait_for(self, name: str, pattern: str, process: subprocess.Popen) -> re.Match:
        return await_text(self.output(name), pattern, self.deadline, process)

    def walk(self, line: list, **more) -> None:
        """Runs a program that prints its steps."""
        process = self.begin("program", line, **more)
        code = None
        read = 0
        while code is None:
            code = process.poll()
            lines = self.output("program").read_text(errors="replace").splitlines(keepends=True)
            for each in lines[read:]:
                if not each.endswith("\n"):
                    break
                read += 1
                word, _, rest = each.strip().partition(" ")
                if word == "VERSION":
                    self.version = rest
                elif word == "STEP":
                    name, end, *reason = rest.split(" ", 2)
                    self.step(name, end, " ".join(reason))
            if code is None:
                if time.monotonic() > self.deadline:
                    raise TimeoutError("it did not end in time")
                time.sleep(MOMENT)
        if code != 0:
            raise RuntimeError(f"it ended with {code}; see {self.output('program')}")

    def kill(self, process: subprocess.Popen) -> None:
        """Ends a process of `begin` at once, with those that it started."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        for process in self._processes:
            self.kill(process)
