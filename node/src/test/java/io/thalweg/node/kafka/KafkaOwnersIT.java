package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator and two servers, each of which owns some buckets of a table: Kafka's producer finds
 * the owners, also when one dies and another takes its buckets.
 */
class KafkaOwnersIT {
  private static final TablePath TABLE = TablePath.parse("default/t");
  private static final int BUCKETS = 6;
  private static final int KEYS = 200;

  @TempDir Path directory;

  private final List<ThalwegProcess> processes = new ArrayList<>();
  private final int first = ThalwegProcess.freePorts(5);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong acknowledged = new AtomicLong();

  /** What was sent last for each key. */
  private final Map<Integer, String> sent = new TreeMap<>();

  @AfterEach
  void end() {
    stopped.set(true);
    processes.forEach(ThalwegProcess::close);
  }

  private ThalwegProcess started(String... words) {
    ThalwegProcess process = ThalwegProcess.start(words);
    processes.add(process);
    return process;
  }

  private void startCoordinator() {
    started(
        "coordinator",
        "--data",
        directory.resolve("coordinator").toString(),
        "--members",
        "c1=127.0.0.1:" + first,
        "--set",
        "coordinator.session.timeout=3s");
  }

  private ThalwegProcess startServer(String id, int port) {
    return started(
        "server",
        "--coordinators",
        "c1=127.0.0.1:" + first,
        "--store",
        directory.resolve("objects").toString(),
        "--port",
        Integer.toString(port),
        "--id",
        id,
        "--set",
        "kafka.port=" + (port + 2),
        "--set",
        "server.heartbeat=300ms");
  }

  private void create() {
    Schema schema =
        Schema.first(
            TableJson.descriptor("k INT NOT NULL, v STRING", BUCKETS).schema().columns(),
            List.of("k"));
    Map<String, String> properties =
        Map.of("bucket.function", "kafka", "table.kafka.value-format", "json");
    try (ThalwegConnection connection = connect()) {
      connection
          .admin()
          .createTable(
              TABLE,
              new TableDescriptor(schema, BUCKETS, List.of(), List.of(), properties, ""),
              false);
    }
  }

  private ThalwegConnection connect() {
    return ThalwegConnection.connect("grpc://127.0.0.1:" + (first + 1));
  }

  private Void produce() {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            "127.0.0.1:%d,127.0.0.1:%d".formatted(first + 3, first + 4),
            "delivery.timeout.ms",
            300_000,
            "reconnect.backoff.max.ms",
            200);
    try (KafkaProducer<Integer, String> producer =
        new KafkaProducer<>(config, new IntegerSerializer(), new StringSerializer())) {
      for (int n = 0; !stopped.get(); n++) {
        int key = n % KEYS;
        sent.put(key, "v" + n);
        var unused =
            producer.send(
                new ProducerRecord<>("default.t", key, "{\"v\":\"v%d\"}".formatted(n)),
                (at, failure) -> {
                  acknowledged.incrementAndGet();
                  if (failure != null) {
                    failures.add(failure);
                  }
                });
        if (key == KEYS - 1) {
          producer.flush();
        }
      }
    }
    assertThat(failures).isEmpty();
    return null;
  }

  private void awaitProgress(String what) {
    long before = acknowledged.get();
    Await.until(
        ThalwegProcess.PATIENCE,
        () -> what + ": " + acknowledged + " " + processes,
        () -> acknowledged.get() > before + 5 * KEYS);
  }

  private Map<Integer, String> stored() {
    try (ThalwegConnection connection = connect()) {
      return KeyedRows.stored(connection, TABLE, row -> row.getInt("k"), "v");
    }
  }

  @Test
  @Timeout(300)
  void aProducerFindsTheOwnersWhereverTheyAre() throws Exception {
    startCoordinator();
    startServer("a", first + 1);
    ThalwegProcess dies = startServer("b", first + 2);
    processes.forEach(ThalwegProcess::awaitReady);
    create();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      Future<Void> producer = threads.submit(this::produce);
      awaitProgress("all buckets take records");
      dies.kill();
      awaitProgress("the other server takes over");
      startServer("b", first + 2).awaitReady();
      awaitProgress("with two servers again");
      stopped.set(true);
      producer.get();
      assertThat(stored()).isEqualTo(sent);
    } finally {
      stopped.set(true);
      threads.shutdown();
    }
  }
}
