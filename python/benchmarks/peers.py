"""Other systems with their own Python clients: Kafka with rows as JSON, and Fluss.

Their servers are those of ``./benchmark peers``, with default settings and the heap that
``bin/thalweg`` gives itself. Neither waits for the disk before it acknowledges; Thalweg does.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

import pyarrow as pa

HOME = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 90
CALL_SECONDS = 30
LOAD_SECONDS = 180


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Processes:
    """Java processes of one system, and their directory; both end with it."""

    def __init__(self, name: str) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"thalweg-bench-{name}-"))
        self._jars = str(HOME / "testing/peers" / name / "target/server/*")
        self._started: list[subprocess.Popen[bytes]] = []
        atexit.register(self.close)  # also after a failure half way

    def command(self, heap: str, main: str, *arguments: str) -> list[str]:
        opens = ["--add-opens=java.base/java.nio=ALL-UNNAMED"]
        return ["java", *opens, f"-Xmx{heap}", "-cp", self._jars, main, *arguments]

    def start(self, port: int, heap: str, main: str, *arguments: str) -> None:
        log = self.directory / f"{main.rpartition('.')[2]}.log"
        with open(log, "wb") as out:
            command = self.command(heap, main, *arguments)
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=self.directory)
        self._started.append(process)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{main} did not start: {log.read_text()[-2000:]}")

    def close(self) -> None:
        for process in reversed(self._started):
            process.terminate()
        for process in self._started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Kafka:
    """One broker; a topic of two partitions; each row a JSON object."""

    name = "confluent-kafka, JSON, Kafka 4.4 (no fsync)"

    def __init__(self) -> None:
        from confluent_kafka.admin import AdminClient

        self._servers = Processes("kafka")
        broker, controller = free_port(), free_port()
        settings = self._servers.directory / "server.properties"
        settings.write_text(
            "\n".join(
                [
                    "process.roles=broker,controller",
                    "node.id=1",
                    f"listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
                    "controller.listener.names=CONTROLLER",
                    f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}",
                    f"log.dirs={self._servers.directory / 'data'}",
                    "offsets.topic.replication.factor=1",
                    "transaction.state.log.replication.factor=1",
                    "transaction.state.log.min.isr=1",
                ]
            )
        )
        formats = ["format", "--standalone", "-t", "dGhhbHdlZy1weXRob24wMA", "-c", str(settings)]
        subprocess.run(
            self._servers.command("512m", "kafka.tools.StorageTool", *formats),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        self._servers.start(broker, "2g", "kafka.Kafka", str(settings))
        self._address = f"127.0.0.1:{broker}"
        self._admin = AdminClient({"bootstrap.servers": self._address})
        self._topics = 0
        self._rows = 0

    def create(self, table: pa.Table) -> None:
        from confluent_kafka.admin import NewTopic

        self._topics += 1
        self._topic = f"bench{self._topics}"
        made = self._admin.create_topics([NewTopic(self._topic, num_partitions=2, replication_factor=1)])
        made[self._topic].result()

    def append(self, table: pa.Table) -> None:
        from confluent_kafka import Producer

        failed: list[object] = []

        def told(error: object, message: object) -> None:
            if error is not None:
                failed.append(error)

        producer = Producer({"bootstrap.servers": self._address, "on_delivery": told})
        for batch in table.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                value = json.dumps(row, default=str).encode()
                while True:
                    try:
                        producer.produce(self._topic, value)
                        break
                    except BufferError:
                        producer.poll(0.1)
            producer.poll(0)
        producer.flush()
        producer.close()
        if failed:
            raise RuntimeError(f"{len(failed)} rows were not stored: {failed[0]}")
        self._rows = table.num_rows

    def scan(self) -> pa.Table:
        from confluent_kafka import Consumer

        consumer = Consumer(
            {
                "bootstrap.servers": self._address,
                "group.id": f"of-{self._topic}-{time.monotonic_ns()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        consumer.subscribe([self._topic])
        parts: list[pa.Table] = []
        seen = 0
        while seen < self._rows:
            messages = consumer.consume(10_000, timeout=5)
            for message in messages:
                if message.error():
                    raise RuntimeError(str(message.error()))
            rows = [json.loads(message.value()) for message in messages]
            seen += len(rows)
            if rows:
                parts.append(pa.Table.from_pylist(rows))
        consumer.close()
        return pa.concat_tables(parts, promote_options="permissive")

    def close(self) -> None:
        self._servers.close()


class Fluss:
    """ZooKeeper, a coordinator and a tablet server; a log table of two buckets."""

    name = "pyfluss, Fluss (no fsync)"

    def __init__(self) -> None:
        import fluss

        self._fluss = fluss
        self._loop = asyncio.new_event_loop()
        self._servers = Processes("fluss")
        directory = self._servers.directory
        keeper, coordinator, tablet = free_port(), free_port(), free_port()
        (directory / "zookeeper.properties").write_text(
            f"dataDir={directory / 'zookeeper'}\nclientPort={keeper}\nclientPortAddress=127.0.0.1\n"
            "maxClientCnxns=0\nadmin.enableServer=false\n"
        )
        conf = directory / "conf"
        conf.mkdir()
        (conf / "server.yaml").write_text(
            f"zookeeper.address: 127.0.0.1:{keeper}\ndata.dir: {directory / 'data'}\n"
            f"remote.data.dir: {directory / 'remote'}\ntablet-server.id: 0\n"
        )
        shaded = "org.apache.fluss.shaded.zookeeper3.org.apache.zookeeper.server.quorum.QuorumPeerMain"
        self._servers.start(keeper, "256m", shaded, str(directory / "zookeeper.properties"))
        for port, heap, main in (
            (coordinator, "512m", "org.apache.fluss.server.coordinator.CoordinatorServer"),
            (tablet, "2g", "org.apache.fluss.server.tablet.TabletServer"),
        ):
            listens = f"-Dbind.listeners=FLUSS://127.0.0.1:{port}"
            self._servers.start(port, heap, main, "--configDir", str(conf), listens)
        config = fluss.Config({"bootstrap.servers": f"127.0.0.1:{coordinator}"})
        self._connection = self._run(lambda: fluss.FlussConnection.create(config))
        self._tables = 0
        self._table = None

    def _run(self, call, seconds=CALL_SECONDS):
        """Some calls of this client never end: TimeoutError."""

        async def wait():
            return await asyncio.wait_for(call(), seconds)

        return self._loop.run_until_complete(wait())

    def create(self, table: pa.Table) -> None:
        self._create(table.schema, None, 2)

    def _create(self, schema: pa.Schema, key: list[str] | None, buckets: int) -> None:
        fluss = self._fluss
        self._tables += 1
        path = fluss.TablePath("fluss", f"bench{self._tables}")
        made = fluss.Schema(schema, primary_keys=key) if key else fluss.Schema(schema)
        descriptor = fluss.TableDescriptor(made, bucket_count=buckets)
        self._run(lambda: self._connection.get_admin().create_table(path, descriptor, False))
        self._buckets = buckets
        # A table's leaders are elected after it was made.
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self._table = self._run(lambda: self._connection.get_table(path))
                if not key:
                    self._run(self._scanner)
                return
            except fluss.FlussError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    async def _scanner(self):
        scanner = await self._table.new_scan().create_record_batch_log_scanner()
        scanner.subscribe_buckets(dict.fromkeys(range(self._buckets), self._fluss.EARLIEST_OFFSET))
        return scanner

    def append(self, table: pa.Table) -> None:
        writer = self._table.new_append().create_writer()

        async def write() -> None:
            for batch in table.to_batches(max_chunksize=65_536):
                writer.write_arrow_batch(batch)
            await writer.flush()

        self._run(write)

    def scan(self) -> pa.Table:
        async def read() -> pa.Table:
            return await (await self._scanner()).to_arrow()

        return self._run(read)

    def load_keys(self, rows: pa.Table, key: str) -> None:
        """A table by key with these rows, to be looked up."""
        schema = pa.schema([f.with_nullable(f.name != key) for f in rows.schema])
        self._create(schema, [key], 4)
        writer = self._table.new_upsert().create_writer()

        async def write() -> None:
            for batch in rows.to_batches(max_chunksize=10_000):
                for row in batch.to_pylist():
                    writer.upsert(row)
                await asyncio.sleep(0)
            await writer.flush()

        self._run(write, LOAD_SECONDS)
        self._lookuper = self._table.new_lookup().create_lookuper()

    def look_up(self, key: str, wanted: list[int]) -> int:
        async def find() -> int:
            found = await asyncio.gather(*(self._lookuper.lookup({key: k}) for k in wanted))
            return sum(row is not None for row in found)

        return self._run(find)

    def close(self) -> None:
        with contextlib.suppress(self._fluss.FlussError, TimeoutError):
            self._run(self._connection.close)
        self._servers.close()
        self._loop.close()


@contextlib.contextmanager
def started(names: list[str]) -> Iterator[list[Kafka | Fluss]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(contextlib.closing({"kafka": Kafka, "fluss": Fluss}[name]()))
            for name in names
        ]
