package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opens the data directory that an earlier release wrote, reads all of it and appends to it. The
 * directories in {@code src/test/resources/golden} are never changed and never removed; a release
 * with a new form of anything adds one ({@code -Dgolden.data=N}, with the next number).
 */
@Timeout(400) // some forty commands for each directory
class GoldenDataIT {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  /** Commands that read the data, by name. */
  private static final Map<String, List<String>> READS = new TreeMap<>();

  /** Commands that read what the third directory and later ones have besides. */
  private static final Map<String, List<String>> READS_FROM_3 = new TreeMap<>();

  static {
    READS.put("1 tables", List.of("table", "list"));
    READS.put("2 log", List.of("scan", "events", "--output", "csv"));
    READS.put(
        "3 log, filtered", List.of("scan", "events", "--where", "id >= 40 AND name IS NOT NULL"));
    READS.put("4 rows", List.of("scan", "accounts", "--output", "csv"));
    READS.put("5 changelog", List.of("scan", "accounts", "--changelog", "--output", "csv"));
    READS.put("6 lookup", List.of("lookup", "accounts", "2", "3", "4"));
    READS.put("7 rows with a time to live", List.of("scan", "sessions", "--output", "csv"));
    READS.put("8 aggregated", List.of("scan", "totals", "--output", "csv"));
    READS_FROM_3.put("9 partitions", List.of("partition", "list", "visits"));
    READS_FROM_3.put("a partitioned log", List.of("scan", "visits", "--output", "json"));
    READS_FROM_3.put(
        "b partitioned log, filtered",
        List.of(
            "scan",
            "visits",
            "--where",
            "day = '2026-11-28' AND variant_get(v, '$.n', 'INT') > 3",
            "--output",
            "json"));
    READS_FROM_3.put("c partitioned rows", List.of("scan", "stays", "--output", "json"));
    READS_FROM_3.put("d lookup in partitions", List.of("lookup", "stays", "2026-11-29,2"));
  }

  @TempDir Path directory;
  private String server;

  private ThalwegProcess dev(Path data) {
    int port = ThalwegProcess.freePorts(2);
    server = "grpc://127.0.0.1:" + port;
    ThalwegProcess dev =
        ThalwegProcess.dev(
            data,
            port,
            "--set",
            "write.inline.flush.interval=1s",
            "--set",
            "compact.check.interval=200ms",
            "--set",
            "server.kv.snapshot.interval=2s",
            "--set",
            "coordinator.log.snapshot.entries=40",
            "--set",
            "coordinator.log.segment.bytes=8mib");
    dev.awaitReady();
    return dev;
  }

  private String run(List<String> command) {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of("--server", server));
    try (ThalwegProcess process = ThalwegProcess.start(all.toArray(String[]::new))) {
      int code = process.awaitEnd(ThalwegProcess.PATIENCE);
      assertThat(code).as("%s: %s", command, process.output()).isZero();
      return process.output() + "\n";
    }
  }

  private String readAll(int number) {
    StringBuilder text = new StringBuilder();
    Map<String, List<String>> reads = new TreeMap<>(READS);
    if (number >= 3) {
      reads.putAll(READS_FROM_3);
    }
    reads.forEach(
        (name, command) ->
            text.append("== ").append(name).append('\n').append(sorted(run(command))));
    return text.toString();
  }

  /** The number of a directory named data-N.zip. */
  private static int number(Path zip) {
    return Integer.parseInt(zip.getFileName().toString().replaceAll("\\D", ""));
  }

  /** Rows of several buckets come in any order. */
  private static String sorted(String output) {
    return String.join("\n", output.lines().sorted().toList()) + "\n";
  }

  @Test
  void dataOfEveryEarlierReleaseIsReadAndWrittenOn() throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.list(FOLDER)) {
      all = files.filter(file -> file.toString().endsWith(".zip")).sorted().toList();
    }
    assertThat(all).isNotEmpty();
    for (Path zip : all) {
      Path data = directory.resolve(zip.getFileName().toString());
      unpack(zip, data);
      String expected =
          Files.readString(FOLDER.resolve(zip.getFileName().toString().replace(".zip", ".txt")));
      try (ThalwegProcess dev = dev(data)) {
        assertThat(readAll(number(zip))).as("%s", zip).isEqualTo(expected);
        append("events", "id,name\n1000,\"later\"\n");
        append("accounts", "id,owner,balance\n1,\"new owner\",7\n");
        assertThat(run(List.of("lookup", "accounts", "1"))).contains("new owner");
        assertThat(run(List.of("scan", "events", "--where", "id = 1000"))).contains("later");
        dev.kill();
      }
      try (ThalwegProcess again = dev(data)) {
        assertThat(again.alive()).isTrue();
        assertThat(run(List.of("lookup", "accounts", "1"))).contains("new owner");
        assertThat(run(List.of("scan", "events", "--where", "id = 1000"))).contains("later");
      }
    }
  }

  /** Not a check: writes the data of this release if {@code golden.data} is set. */
  @Test
  void theDataOfThisReleaseIsWrittenWhereThatIsAskedFor() throws IOException {
    String number = System.getProperty("golden.data");
    if (number == null) {
      return;
    }
    Path data = directory.resolve("data");
    try (ThalwegProcess dev = dev(data)) {
      make();
      Files.writeString(
          FOLDER.resolve("data-" + number + ".txt"), readAll(Integer.parseInt(number)));
      dev.terminate();
      assertThat(dev.endsWithin(ThalwegProcess.PATIENCE)).isTrue();
    }
    pack(data, FOLDER.resolve("data-" + number + ".zip"));
  }

  private void make() throws IOException {
    run(
        List.of(
            "table",
            "create",
            "events",
            "--buckets",
            "2",
            "--schema",
            "id BIGINT, name STRING, at TIMESTAMP(3), tags ARRAY<STRING>, price DECIMAL(12, 2)",
            "--property",
            "table.segment.max-age=1s"));
    run(
        List.of(
            "table",
            "create",
            "accounts",
            "--primary-key",
            "id",
            "--schema",
            "id BIGINT, owner STRING, balance INT"));
    run(
        List.of(
            "table",
            "create",
            "sessions",
            "--primary-key",
            "id",
            "--schema",
            "id BIGINT, page STRING",
            "--property",
            "table.row.ttl=36500d"));
    run(
        List.of(
            "table",
            "create",
            "totals",
            "--primary-key",
            "shop",
            "--schema",
            "shop STRING, sales DECIMAL(18, 2)",
            "--property",
            "table.merge-engine=aggregation",
            "--property",
            "fields.sales.agg=sum"));
    append("events", rows(0, 50));
    Await.until(
        Duration.ofSeconds(60),
        () -> "a segment",
        () -> run(List.of("table", "files", "events")).contains(".parquet"));
    append("events", rows(50, 60));
    append("accounts", "id,owner,balance\n1,\"ann\",10\n2,\"bob\",20\n3,,30\n");
    append("accounts", "id,owner,balance\n2,\"bob\",25\n4,\"dora\",40\n");
    run(List.of("delete", "accounts", "1"));
    append("sessions", "id,page\n1,\"a\"\n2,\"b\"\n");
    append("totals", "shop,sales\n\"x\",1.50\n\"y\",2.00\n");
    append("totals", "shop,sales\n\"x\",3.25\n");
    Await.until(
        Duration.ofSeconds(60),
        () -> "a snapshot of rows",
        () -> {
          try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
            return files.anyMatch(file -> file.toString().contains("/kv/0/"));
          } catch (IOException failure) {
            throw new AssertionError(failure);
          }
        });
    append("accounts", "id,owner,balance\n5,\"eve\",50\n");
    alter();
    partition();
  }

  /** Since the second directory: schemas that changed, with rows of each. */
  private void alter() throws IOException {
    run(
        List.of(
            "table",
            "alter",
            "events",
            "ADD COLUMN kind STRING NOT NULL DEFAULT 'old' FIRST, ALTER COLUMN price TYPE DECIMAL(20,"
                + " 2), RENAME COLUMN at TO moment, ALTER COLUMN kind SET DEFAULT 'new'"));
    append("events", "id,name\n60,\"altered\"\n");
    run(
        List.of(
            "table",
            "alter",
            "accounts",
            "ALTER COLUMN balance TYPE BIGINT, ADD COLUMN country STRING DEFAULT 'CH'"));
    append("accounts", "id,owner,balance\n6,\"fay\",5000000000\n");
  }

  /** Since the third directory: partitions, one of them dropped, vectors and variants. */
  private void partition() throws IOException {
    String columns = "day DATE, id BIGINT, e VECTOR(2), v VARIANT";
    for (List<String> more :
        List.of(
            List.of("visits", "--buckets", "2", "--property", "table.segment.max-age=1s"),
            List.of("stays", "--primary-key", "day,id"))) {
      List<String> create = new ArrayList<>(List.of("table", "create"));
      create.addAll(more);
      create.addAll(List.of("--schema", columns, "--partitioned-by", "day"));
      run(create);
    }
    for (String table : List.of("visits", "stays")) {
      StringBuilder json = new StringBuilder();
      for (int i = 0; i < 12; i++) {
        json.append("{\"day\":\"2026-11-")
            .append(27 + i % 3)
            .append("\",\"id\":")
            .append(i)
            .append(",\"e\":[0.5,")
            .append(i)
            .append("],\"v\":{\"n\":")
            .append(i)
            .append(",\"t\":[\"a\",null,1.25]}}\n");
      }
      Path file = Files.createTempFile(directory, "rows", ".json");
      Files.writeString(file, json);
      run(List.of("append", table, file.toString()));
    }
    Await.until(
        Duration.ofSeconds(60),
        () -> "segments of partitions",
        () -> run(List.of("table", "files", "visits")).contains(".parquet"));
    run(List.of("partition", "drop", "visits", "day=2026-11-27"));
    Path file = Files.createTempFile(directory, "rows", ".json");
    Files.writeString(file, "{\"day\":\"2026-11-30\",\"id\":100,\"v\":\"later\"}\n");
    run(List.of("append", "visits", file.toString()));
    run(List.of("append", "stays", file.toString()));
  }

  private static String rows(int from, int to) {
    StringBuilder csv = new StringBuilder("id,name,at,tags,price\n");
    for (int i = from; i < to; i++) {
      csv.append(i)
          .append(i % 5 == 0 ? "," : ",\"näme " + i + "\"")
          .append(",2026-01-02 03:04:05.")
          .append(100 + i)
          .append(",\"[\"\"t")
          .append(i % 3)
          .append("\"\"]\",")
          .append(i)
          .append(".25\n");
    }
    return csv.toString();
  }

  private void append(String table, String csv) throws IOException {
    Path file = Files.createTempFile(directory, "rows", ".csv");
    Files.writeString(file, csv, StandardCharsets.UTF_8);
    String said = run(List.of("append", table, file.toString()));
    assertThat(said).isNotBlank();
  }

  private static void unpack(Path zip, Path into) throws IOException {
    try (InputStream in = Files.newInputStream(zip);
        ZipInputStream entries = new ZipInputStream(in)) {
      for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        Path file = into.resolve(entry.getName()).normalize();
        assertThat(file).startsWithRaw(into);
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.getParent());
          Files.copy(entries, file);
        }
      }
    }
  }

  /** Reserved space, spare files, the native library and RocksDB's log files are not data. */
  private static boolean isKept(Path file) {
    return !file.endsWith("coordinator/reserve")
        && !file.getFileName().toString().startsWith("spare-")
        && !file.getFileName().toString().startsWith("LOG")
        && !file.getFileName().toString().endsWith(".so");
  }

  private static void pack(Path from, Path zip) throws IOException {
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream entries = new ZipOutputStream(out);
        Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(file -> !file.equals(from) && isKept(file)).sorted().toList()) {
        boolean folder = Files.isDirectory(file);
        entries.putNextEntry(new ZipEntry(from.relativize(file) + (folder ? "/" : "")));
        if (!folder) {
          Files.copy(file, entries);
        }
        entries.closeEntry();
      }
    }
  }
}
