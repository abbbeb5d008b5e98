"""Kafka's own applications: Streams, Connect, and the command-line tools."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from common import MOMENT, Context, free_ports

LINES = 30_000


def jvm(context: Context, jars: str, main: str, *arguments) -> list:
    """A command line with the programs here, and the jars of a directory."""
    home = os.environ.get("JAVA_HOME")
    classes = context.here / "java" / "target" / "classes"
    command = f"{home}/bin/java" if home else "java"
    return [command, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{context.here / jars}/*", main, *arguments]


def java(context: Context, main: str, *arguments) -> list:
    return jvm(context, "java/target/lib", main, *arguments)


def worker(context: Context, main: str, *arguments) -> list:
    return jvm(context, "connect/target/lib", f"org.apache.kafka.connect.cli.{main}", *arguments)


def streams(context: Context) -> None:
    """A word count, exactly once, though its process and the server are killed in the middle."""
    context.version = "4.4.0"
    word_count = "io.thalweg.kafkaclients.WordCount"
    server = context.server

    def program(*arguments):
        return java(context, word_count, server.address, *arguments)

    def write(name: str, begin: int, end: int) -> subprocess.Popen:
        return context.begin(name, program("write", begin, end))

    def process_killed():
        context.call("make", program("make"))
        first = context.begin("count-1", program("count", context.directory / "state"))
        context.wait_for("count-1", "state RUNNING", first)
        context.finish("write-1", write("write-1", 0, LINES // 3))
        context.wait_for("count-1", "counted 5000\n", first)
        context.kill(first)

    def server_killed():
        nonlocal second
        second = context.begin("count-2", program("count", context.directory / "state"))
        context.wait_for("count-2", "counted 1000\n", second)
        writer = write("write-2", LINES // 3, LINES)
        context.wait_for("count-2", "counted 8000\n", second)
        server.kill()
        server.start()
        context.finish("write-2", writer)

    second = None
    context.attempt("process-killed", process_killed)
    context.attempt("server-killed", server_killed)
    context.attempt("exact", lambda: context.call("await", program("await", LINES)))
    # Another run of the application, from the beginning: the tool resets its offsets and topics.
    if second is not None:
        context.kill(second)
    tool = ["--bootstrap-server", server.address, "--application-id", "words", "--input-topics", "words-lines", "--force"]
    context.attempt("reset", lambda: context.call("reset", java(context, "org.apache.kafka.tools.StreamsResetter", *tool)))


def properties(context: Context, name: str, values: dict) -> str:
    path = context.directory / name
    path.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
    return str(path)


def await_lines(path, wanted: list[str], deadline: float, exact: bool = True) -> None:
    """Waits until a file has these lines: no other, or also some of them again."""
    found = []
    while time.monotonic() < deadline:
        if path.exists():
            found = path.read_text().splitlines()
            if found == wanted or (not exact and list(dict.fromkeys(found)) == wanted):
                return
        time.sleep(MOMENT)
    raise TimeoutError(f"{path} has {len(found)} lines, {len(set(found))} of them different, of {len(wanted)}")


WORKER = {
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.flush.interval.ms": 500,
}


def make_in_order(context: Context, topic: str) -> None:
    """A topic of one partition, whatever the server makes for who asks for one."""
    one = ["--create", "--topic", topic, "--partitions", "1", "--bootstrap-server", context.server.address]
    context.call("create", java(context, "org.apache.kafka.tools.TopicCommand", *one))


def connect(context: Context) -> None:
    """Standalone: lines of a file to a topic, and from it to another file."""
    context.version = "4.3.1"
    source, sink = context.directory / "in.txt", context.directory / "out.txt"
    settings = {
        **WORKER,
        "bootstrap.servers": context.server.address,
        "offset.storage.file.filename": context.directory / "offsets",
        "listeners": f"http://127.0.0.1:{free_ports(1)[0]}",
    }
    files = [
        properties(context, "worker.properties", settings),
        properties(
            context,
            "source.properties",
            {"name": "lines-in", "connector.class": "FileStreamSource", "tasks.max": 1, "file": source, "topic": "connect-lines"},
        ),
        properties(
            context,
            "sink.properties",
            {"name": "lines-out", "connector.class": "FileStreamSink", "tasks.max": 1, "file": sink, "topics": "connect-lines"},
        ),
    ]
    lines = [f"line {i}" for i in range(3000)]

    def begin(name: str) -> subprocess.Popen:
        return context.begin(name, worker(context, "ConnectStandalone", *files))

    def standalone():
        make_in_order(context, "connect-lines")
        source.write_text("\n".join(lines[:2000]) + "\n")
        process = begin("worker-1")
        await_lines(sink, lines[:2000], min(context.deadline, time.monotonic() + 90))
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    def restarted():
        with source.open("a") as out:
            out.write("\n".join(lines[2000:]) + "\n")
        begin("worker-2")
        await_lines(sink, lines, min(context.deadline, time.monotonic() + 90))

    context.attempt("file-to-file", standalone)
    context.attempt("restarted", restarted)


def connect_distributed(context: Context) -> None:
    """Two workers, with a source that writes exactly once; the one that runs its task is killed."""
    context.version = "4.3.1"
    source, sink = context.directory / "in.txt", context.directory / "out.txt"
    lines = [f"line {i}" for i in range(20_000)]
    ports = free_ports(2)

    def begin(number: int) -> subprocess.Popen:
        settings = {
            **WORKER,
            "bootstrap.servers": context.server.address,
            "group.id": "connect-workers",
            "exactly.once.source.support": "enabled",
            "listeners": f"http://127.0.0.1:{ports[number]}",
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500,
            "scheduled.rebalance.max.delay.ms": 0,
        }
        for topic in ("config", "offset", "status"):
            settings[f"{topic}.storage.topic"] = f"connect-{topic}"
            settings[f"{topic}.storage.replication.factor"] = 1
        file = properties(context, f"worker-{number}.properties", settings)
        return context.begin(f"worker-{number}", worker(context, "ConnectDistributed", file))

    def ask(method: str, port: int, path: str, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        deadline = min(context.deadline, time.monotonic() + 90)
        while True:
            try:
                with urllib.request.urlopen(request, data, 30) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as refused:
                if refused.code not in (404, 409, 500, 503) or time.monotonic() > deadline:  # it starts, or rebalances
                    raise RuntimeError(f"{method} {path}: {refused.code} {refused.read()[:300]}") from None
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(MOMENT)

    def topic() -> list[str]:
        text = context.call(
            "topic",
            java(
                context,
                "org.apache.kafka.tools.consumer.ConsoleConsumer",
                *("--bootstrap-server", context.server.address, "--topic", "connect-exact", "--partition", "0"),
                *("--offset", "earliest", "--isolation-level", "read_committed", "--timeout-ms", "15000"),
            ),
        )
        return [line for line in text.splitlines() if line.startswith("line ")]

    workers = {}

    def distributed():
        source.write_text("\n".join(lines[:10_000]) + "\n")
        make_in_order(context, "connect-exact")
        workers[0] = begin(0)
        ask("GET", ports[0], "/connectors")
        ask(
            "PUT",
            ports[0],
            "/connectors/exact-in/config",
            {
                "connector.class": "FileStreamSource",
                "file": str(source),
                "topic": "connect-exact",
                # The source keeps what is behind a full batch until more lines come, so the last batch is to end with the last line.
                "batch.size": "500",
                "transaction.boundary": "poll",
            },
        )
        sink_config = {"connector.class": "FileStreamSink", "file": str(sink), "topics": "connect-exact"}
        ask("PUT", ports[0], "/connectors/exact-out/config", sink_config)
        await_lines(sink, lines[:10_000], min(context.deadline, time.monotonic() + 90))

    def killed():
        with source.open("a") as out:
            out.write("\n".join(lines[10_000:]) + "\n")
        while len(sink.read_text().splitlines()) < 11_000:
            if time.monotonic() > context.deadline:
                raise TimeoutError("the new lines do not come")
            time.sleep(MOMENT)
        context.kill(workers[0])
        workers[1] = begin(1)
        await_lines(sink, lines, min(context.deadline, time.monotonic() + 120), exact=False)

    def exact():
        found = topic()
        if found != lines:
            raise AssertionError(f"the topic has {len(found)} lines, {len(set(found))} of them different")

    def status():
        found = ask("GET", ports[1], "/connectors/exact-in/status")
        if found["connector"]["state"] != "RUNNING" or found["tasks"][0]["state"] != "RUNNING":
            raise AssertionError(found)
        ask("DELETE", ports[1], "/connectors/exact-in")
        ask("DELETE", ports[1], "/connectors/exact-out")

    context.attempt("file-to-file", distributed)
    context.attempt("worker-killed", killed)
    context.attempt("exactly-once-source", exact)
    context.attempt("status", status)


def tools(context: Context) -> None:
    """The commands behind kafka-topics.sh and the like, each with what it is to print."""
    context.version = "4.4.0"
    of = "org.apache.kafka.tools."
    count = 0

    def run(main: str, *arguments, stdin=None) -> str:
        nonlocal count
        count += 1
        name = f"{count:02}-{main.rsplit('.')[-1]}"
        return context.call(name, java(context, main, *arguments), stdin=stdin)

    server = ("--bootstrap-server", context.server.address)

    def tool(step: str, main: str, *arguments, says=(), stdin=None, before=server):
        def body():
            if stdin is None:
                text = run(of + main, *before, *arguments)
            else:
                path = context.directory / "stdin"
                path.write_text(stdin)
                with path.open() as file:
                    text = run(of + main, *before, *arguments, stdin=file)
            for each in says:
                if each not in text:
                    raise AssertionError(f"no '{each}' in: {text[-300:]}")

        context.attempt(step, body)

    topic = ("--topic", "tools")
    tool("topics-create", "TopicCommand", "--create", *topic, "--partitions", "2", says=["Created topic tools"])
    tool("topics-list", "TopicCommand", "--list", says=["tools"])
    tool("topics-describe", "TopicCommand", "--describe", *topic, says=["PartitionCount: 2", "ReplicationFactor: 1", "Isr: "])
    tool("topics-alter", "TopicCommand", "--alter", *topic, "--partitions", "3")
    tool(
        "console-producer", "ConsoleProducer", *topic, "--reader-property", "parse.key=true", "--reader-property", "key.separator=:",
        stdin="a:one\nb:two\nc:three\n",
    )  # fmt: skip
    tool(
        "console-consumer", "consumer.ConsoleConsumer", *topic, "--from-beginning", "--max-messages", "3", "--group", "tools-group",
        "--formatter-property", "print.key=true", says=["a\tone", "b\ttwo", "c\tthree", "Processed a total of 3 messages"],
    )  # fmt: skip
    tool("consumer-groups-list", "consumer.group.ConsumerGroupCommand", "--list", says=["tools-group"])
    group = ("--group", "tools-group")
    tool("consumer-groups-describe", "consumer.group.ConsumerGroupCommand", "--describe", *group, says=["CURRENT-OFFSET", "tools-group"])
    tool("consumer-groups-state", "consumer.group.ConsumerGroupCommand", "--describe", "--state", *group, says=["Empty"])
    tool(
        "consumer-groups-reset", "consumer.group.ConsumerGroupCommand", "--reset-offsets", *group, *topic, "--to-earliest", "--execute",
        says=["NEW-OFFSET", "tools-group"],
    )  # fmt: skip
    tool("consumer-groups-delete", "consumer.group.ConsumerGroupCommand", "--delete", *group, says=["was successful"])
    tool("groups", "GroupsCommand", "--list", says=["GROUP"])
    of_topic = ("--entity-type", "topics", "--entity-name", "tools")
    tool("configs-alter", "ConfigCommand", "--alter", *of_topic, "--add-config", "retention.ms=3600000", says=["Completed updating"])
    tool("configs-describe", "ConfigCommand", "--describe", *of_topic, says=["retention.ms=3600000"])
    tool("configs-delete", "ConfigCommand", "--alter", *of_topic, "--delete-config", "retention.ms", says=["Completed updating"])
    user = ("--entity-type", "users", "--entity-name", "ann")
    tool("users-alter", "ConfigCommand", "--alter", *user, "--add-config", "SCRAM-SHA-256=[password=secret]", says=["Completed updating"])
    tool("quotas-alter", "ConfigCommand", "--alter", *user, "--add-config", "producer_byte_rate=1048576", says=["Completed updating"])
    tool("users-describe", "ConfigCommand", "--describe", "--entity-type", "users", says=["SCRAM-SHA-256", "producer_byte_rate=1048576"])
    tool("clients-describe", "ConfigCommand", "--describe", "--entity-type", "clients")
    tool("quotas-delete", "ConfigCommand", "--alter", *user, "--delete-config", "producer_byte_rate", says=["Completed updating"])
    tool("users-delete", "ConfigCommand", "--alter", *user, "--delete-config", "SCRAM-SHA-256", says=["Completed updating"])
    tool("brokers-describe", "ConfigCommand", "--describe", "--entity-type", "brokers", "--entity-name", "0", "--all")
    tool(
        "acls-add", "AclCommand", "--add", "--allow-principal", "User:ann", "--operation", "Read", *topic,
        says=["operation=READ"],
    )  # fmt: skip
    tool("acls-list", "AclCommand", "--list", *topic, says=["User:ann"])
    tool("acls-remove", "AclCommand", "--remove", "--force", "--allow-principal", "User:ann", "--operation", "Read", *topic)
    tool("get-offsets", "GetOffsetShell", *topic, says=["tools:0:", "tools:2:"])
    tool("log-dirs", "LogDirsCommand", "--describe", "--topic-list", "tools", says=["object-store"])
    perf = ("--topic", "tools-perf", "--num-records", "50000", "--record-size", "200", "--throughput", "-1")
    tool("producer-perf", "ProducerPerformance", *server, *perf, says=["50000 records sent"], before=())
    transactional = (*perf, "--transactional-id", "tools-perf", "--transaction-duration-ms", "200")
    tool("producer-perf-transactional", "ProducerPerformance", *server, *transactional, says=["50000 records sent"], before=())
    tool("consumer-perf", "ConsumerPerformance", "--topic", "tools-perf", "--num-records", "50000", says=["MB.sec"])
    tool("end-to-end-latency", "EndToEndLatency", "--topic", "tools-perf", "--num-records", "200", "--producer-acks", "all", "--record-size", "100", says=["Avg latency"])
    tool("verifiable-producer", "VerifiableProducer", "--topic", "tools-perf", "--max-messages", "100", says=["producer_send_success"])
    tool("verifiable-consumer", "VerifiableConsumer", "--topic", "tools-perf", "--group-id", "tools-verify", "--max-messages", "100", "--reset-policy", "earliest", says=["records_consumed"])
    tool("transactions-list", "TransactionsCommand", "list", says=["tools-perf"])
    tool("transactions-describe", "TransactionsCommand", "describe", "--transactional-id", "tools-perf", says=["CompleteCommit"])
    tool("transactions-producers", "TransactionsCommand", "describe-producers", "--topic", "tools-perf", "--partition", "0", says=["ProducerId"])
    tool("transactions-hanging", "TransactionsCommand", "find-hanging", "--broker-id", "0")
    offsets = context.directory / "delete.json"
    offsets.write_text(json.dumps({"version": 1, "partitions": [{"topic": "tools-perf", "partition": 0, "offset": 1000}]}))
    tool("delete-records", "DeleteRecordsCommand", "--offset-json-file", offsets, says=["low_watermark: 1000"])
    tool("broker-api-versions", "BrokerApiVersionsCommand", says=["Produce(0): 0 to 13"])
    tool("cluster-id", "ClusterTool", "cluster-id", *server, says=["Cluster ID: "], before=())
    tool("topics-delete", "TopicCommand", "--delete", *topic)
