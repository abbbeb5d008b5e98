"""Clients in other languages, and the tests of their authors."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from apps import jvm
from common import Context

KCAT = ["kcat=1.7.1-2", "librdkafka1=2.0.2-1", "libyajl2=2.1.0-3+deb12u2"]
FRANZ_GO = "github.com/twmb/franz-go@v1.22.3"


def name(context: Context) -> str:
    """One that no topic begins with, though a client runs again."""
    return f"{context.client}-{time.time_ns()}"


def java(jars: str):
    """The Java client whose jars are in that directory."""

    def client(context: Context) -> None:
        context.walk(jvm(context, jars, "io.thalweg.kafkaclients.JavaClient", context.server.address, name(context)))

    return client


def python(program: str):
    def client(context: Context) -> None:
        environment = context.cache / "python"
        if not (environment / "bin" / "python").exists():
            context.call("venv", [sys.executable, "-m", "venv", environment])
        requirements = context.here / "python" / "requirements.txt"
        pip = [environment / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements]
        context.call("pip", pip)
        line = [environment / "bin" / "python", "-u", context.here / "python" / program, context.server.address, name(context)]
        context.walk(line)

    return client


def node_modules(context: Context) -> Path:
    """Where the packages are, without what they would run when they are installed."""
    directory = context.cache / "node"
    directory.mkdir(exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        wanted = (context.here / "node" / file).read_bytes()
        if not (directory / file).exists() or (directory / file).read_bytes() != wanted:
            shutil.rmtree(directory / "node_modules", ignore_errors=True)
            (directory / file).write_bytes(wanted)
    if not (directory / "node_modules").exists():
        context.call("npm", ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=directory)
    return directory / "node_modules"


def node(program: str):
    def client(context: Context) -> None:
        modules = node_modules(context)
        if program == "confluent.js":
            build_confluent(context, modules)
        line = ["node", context.here / "node" / program, context.server.address, name(context)]
        context.walk(line, env={"NODE_PATH": str(modules)})

    return client


def build_confluent(context: Context, modules: Path) -> None:
    """Compiles the package with the librdkafka inside it, and without what that would fetch."""
    if not list((modules / "@confluentinc" / "kafka-javascript" / "build").glob("Release/*.node")):
        headers = Path(shutil.which("node")).resolve().parent.parent
        env = {"CKJS_LINKING": "dynamic", "npm_config_nodedir": str(headers)}
        context.call("build", ["npm", "rebuild", "@confluentinc/kafka-javascript"], cwd=modules.parent, env=env)


def kcat(context: Context) -> None:
    """Debian's package, unpacked and not installed."""
    directory = context.cache / "kcat"
    if not (directory / "usr").exists():
        directory.mkdir(exist_ok=True)
        context.call("download", ["apt-get", "download", *KCAT], cwd=directory)
        for package in directory.glob("*.deb"):
            context.call("unpack", ["dpkg", "-x", package, directory])
    env = {"LD_LIBRARY_PATH": str(next(directory.glob("usr/lib/*-linux-gnu")))}
    command = [directory / "usr" / "bin" / "kcat", "-b", context.server.address]
    topic = name(context)
    context.version = "1.7.1"
    lines = "".join(f"key{i}:value{i}\n" for i in range(100))

    def run(step: str, *arguments, stdin: str = "", says=()) -> None:
        def body():
            path = context.directory / f"{step}.in"
            path.write_text(stdin)
            with path.open() as file:
                text = context.call(step, [*command, *arguments], env=env, stdin=file)
            for each in says:
                if each not in text:
                    raise AssertionError(f"no '{each}' in: {text[-300:]}")

        context.attempt(step, body)

    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        run(f"produce-{codec}", "-P", "-t", topic, "-p", "0", "-K:", "-z", codec, "-X", "enable.idempotence=true", stdin=lines)
    run("metadata", "-L", "-t", topic, says=["1 topics", topic])
    run("consume", "-C", "-q", "-t", topic, "-o", "beginning", "-e", "-K:", says=[lines * 5])
    run("consume-from-time", "-C", "-t", topic, "-o", "s@1", "-e", "-c", "1", says=["value0"])
    run("group", "-G", f"{topic}-group", "-o", "beginning", "-X", "auto.offset.reset=earliest", "-c", "500", topic, says=["value99"])
    run("query-offset", "-Q", "-t", f"{topic}:0:-1", says=["offset 500"])


def franz_go(context: Context) -> None:
    program = context.cache / "franz-go-client"
    context.call("build", ["go", "build", "-o", program, "."], cwd=context.here / "go")
    context.walk([program, context.server.address, name(context)])


def franz_go_tests(context: Context) -> None:
    """The tests of its package kgo, which write and read half a million records through groups and transactions."""
    context.version = "1.22.3"
    sources = context.cache / "franz-go"
    shutil.rmtree(sources, ignore_errors=True)
    found = json.loads(subprocess.check_output(["go", "mod", "download", "-json", FRANZ_GO], cwd=context.here / "go"))
    shutil.copytree(found["Dir"], sources, copy_function=shutil.copyfile)
    for directory in (sources, *(each for each in sources.rglob("*") if each.is_dir())):
        directory.chmod(0o755)
    program = context.cache / "kgo.test"
    context.call("build", ["go", "test", "-c", "-o", program, "./pkg/kgo"], cwd=sources)
    env = {"KGO_SEEDS": context.server.address, "KGO_TEST_RF": "1"}
    limit = f"{int(context.deadline - time.monotonic())}s"
    process = context.begin("tests", [program, "-test.v", "-test.run", "^Test", "-test.timeout", limit], cwd=sources / "pkg" / "kgo", env=env)
    try:
        context.finish("tests", process)
    finally:
        text = context.output("tests").read_text(errors="replace")
        ends = {"PASS": "ok", "FAIL": "failed", "SKIP": "no"}
        for end, test in re.findall(r"^--- (PASS|FAIL|SKIP): (\S+)", text, re.MULTILINE):
            context.step(test, ends[end])


LONGEST_TEST = 150

# Of share groups, which are not here.
SHARE = [*range(155, 159), *range(170, 187), 190]


def librdkafka_tests(context: Context) -> None:
    """The tests in the sources that @confluentinc/kafka-javascript brings."""
    package = node_modules(context) / "@confluentinc" / "kafka-javascript"
    build_confluent(context, package.parent.parent)
    sources = package / "deps" / "librdkafka"
    context.version = re.search(r"librdkafka v(\S+)", (sources / "CHANGELOG.md").read_text())[1]
    context.call("build-tests", ["make", "-j2", "-C", sources / "tests", "test-runner"])
    configuration = context.directory / "test.conf"
    configuration.write_text(f"bootstrap.servers={context.server.address}\n")
    env = {
        "LD_LIBRARY_PATH": f"{sources}/src:{sources}/src-cpp",
        "RDKAFKA_TEST_CONF": str(configuration),
        "TEST_KAFKA_VERSION": "4.1.0",
    }
    # Each in a process of its own, for one that crashes; quick, and without those that are known to fail or need no server.
    line = [sources / "tests" / "test-runner", "-Q", "-K", "-L"]
    for test in sorted({each.name[:4] for each in (sources / "tests").glob("0*.c*")}):
        if int(test) in SHARE:
            continue
        process = context.begin(test, line, cwd=sources / "tests", env={**env, "TESTS": test})
        try:
            code = process.wait(min(LONGEST_TEST, max(1, context.deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            context.kill(process)
            context.step(test, "failed", "it did not end in time")
            continue
        found = re.findall(r"Test (\d{4}_\w+) PASSED", context.output(test).read_text(errors="replace"))
        if code != 0:
            context.step(test, "failed", f"it ended with {code}; see {context.output(test)}")
        elif found:
            context.step(test, "ok")
