package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.ServerProcess;
import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.client.WriterOptions;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** What buckets cost in which nothing happens, and how fast key buckets come into being. */
final class IdleBuckets {
  private static final int BUCKETS = 100;
  private static final int IDLE_BUCKETS = 10_000;
  private static final int IDLE_SECONDS = 30;
  private static final int KEY_BUCKETS = 1_000;

  private final Report report;

  IdleBuckets(Report report) {
    this.report = report;
  }

  void run() throws Exception {
    idle();
    keyed();
  }

  private static TableDescriptor table(int buckets, List<String> key) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, payload STRING").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return new TableDescriptor(schema, buckets, List.of(), Map.of(), "");
  }

  private static ThalwegConnection connect(ServerProcess server) {
    return ThalwegConnection.connect("grpc://127.0.0.1:" + server.port());
  }

  // ---- idle log buckets

  private void idle() throws Exception {
    try (ServerProcess server = ServerProcess.start()) {
      try (ThalwegConnection connection = connect(server)) {
        for (int i = 0; i < IDLE_BUCKETS / BUCKETS; i++) {
          TablePath path = TablePath.parse("t" + i);
          connection.admin().createTable(path, table(BUCKETS, List.of()), false);
          try (TableWriter writer = connection.writer(path, WriterOptions.DEFAULT)) {
            for (int bucket = 0; bucket < BUCKETS; bucket++) {
              var unused = writer.appendTo(bucket, (long) bucket, "one row");
            }
            writer.flush().join();
          }
        }
      }
      LockSupport.parkNanos(60_000_000_000L);
      double cpu = server.cpuSeconds();
      LockSupport.parkNanos(IDLE_SECONDS * 1_000_000_000L);
      double share = (server.cpuSeconds() - cpu) / IDLE_SECONDS * 100;
      server.kill();
      double restart = server.launch();
      report.say(
          "%,d log buckets with a row each, idle: %.2f %% of a core; killed and ready again in %.1f s",
          IDLE_BUCKETS, share, restart);
      report.atMost("buckets_idle_cpu_percent", share, 2);
      report.atMost("buckets_restart_s", restart, 10);
    }
  }

  // ---- buckets of primary-key tables

  private void keyed() throws Exception {
    try (ServerProcess server = ServerProcess.start();
        ThalwegConnection connection = connect(server)) {
      double before = server.residentMegabytes();
      long filesBefore = server.openFiles();
      long begin = System.nanoTime();
      for (int i = 0; i < KEY_BUCKETS / BUCKETS; i++) {
        connection
            .admin()
            .createTable(TablePath.parse("k" + i), table(BUCKETS, List.of("id")), false);
      }
      for (int i = 0; i < KEY_BUCKETS / BUCKETS; i++) {
        try (TableUpsertWriter writer = connection.upsertWriter("k" + i)) {
          LongStream.range(0, 20L * BUCKETS)
              .forEach(
                  id -> {
                    var unused = writer.upsert(id, "row " + id);
                  });
          writer.flush().join();
        }
      }
      double opened = (System.nanoTime() - begin) / 1e9;
      LockSupport.parkNanos(90_000_000_000L);
      double kilobytes = (server.residentMegabytes() - before) * 1024 / KEY_BUCKETS;
      double files = (double) (server.openFiles() - filesBefore) / KEY_BUCKETS;
      report.say(
          "%,d key buckets: made and first written in %.1f s; idle: %.0f KB and %.2f open files each",
          KEY_BUCKETS, opened, kilobytes, files);
      report.atMost("buckets_keyed_open_s", opened, 10);
      report.atMost("buckets_keyed_kb", kilobytes, 100);
      report.atMost("buckets_keyed_files", files, 2);
    }
  }
}
