package io.thalweg.benchmark.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdOutputStream;
import io.thalweg.benchmark.load.JsonEvents;
import io.thalweg.benchmark.measure.Medians;
import io.thalweg.benchmark.measure.Options;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.benchmark.measure.Usage;
import io.thalweg.client.LogScanner;
import io.thalweg.client.ScanBatch;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.TableWriter;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * {@code ./benchmark variant}: JSON events as shredded variants. A filter by a path, through the
 * client, in turns with parsing the texts with Jackson and testing the same; and the size of the
 * files beside that of the texts under zstd. One thread.
 */
public final class VariantBenchmark {
  private static final String COLUMNS = "id BIGINT NOT NULL, event VARIANT";
  private static final int ROUNDS = 9;
  private static final int BLOCK = 500;
  private static final int ZSTD_LEVEL = 3;
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final long COMPACTED_NANOS = 240_000_000_000L;
  private static final long MOST_MILLIS = 9_900;
  private static final String PATH = "variant_get(event, '$.page.ms', 'BIGINT')";
  private static final String FILTER = PATH + " >= 9900";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Report report;
  private final Options options;

  /** The texts, one a line, in blocks. */
  private byte[][] blocks = new byte[0][];

  /** Measures with the options' rows. */
  public VariantBenchmark(Report report, Options options) {
    this.report = report;
    this.options = options;
  }

  /** Makes two tables, one shredded and one not, and compares. */
  public void run() throws IOException {
    int rows = Math.toIntExact(options.rows(1_000_000, 200_000));
    generate(rows);
    long json = Arrays.stream(blocks).mapToLong(block -> block.length).sum();
    long compressed = compressed();
    report.say(
        "%,d events, %.1f MB of JSON, %.1f MB under zstd %d",
        rows, json / 1e6, compressed / 1e6, ZSTD_LEVEL);
    try (Setup setup = Setup.start(report, "compact.delete.delay=0s", "cache.tail=1mib")) {
      long plain = fill(setup, "plain", "off", rows);
      long shredded = fill(setup, "shredded", "auto", rows);
      setup.server().awaitIdle();
      report.say("files: shredded %.1f MB, not shredded %.1f MB", shredded / 1e6, plain / 1e6);
      filter(setup, rows);
      for (String table : List.of("plain", "shredded")) {
        column(setup, table, "whole variants", "event");
        column(setup, table, "a path as a column", PATH);
      }
      report.atMost("variant_files_of_zstd_json", (double) shredded / compressed, 1.0);
    }
  }

  private void generate(int rows) {
    JsonEvents events = new JsonEvents();
    blocks = new byte[(rows + BLOCK - 1) / BLOCK][];
    for (int block = 0; block < blocks.length; block++) {
      StringBuilder text = new StringBuilder(BLOCK * 400);
      for (int i = block * BLOCK; i < Math.min(rows, (block + 1) * BLOCK); i++) {
        text.append(events.json(i)).append('\n');
      }
      blocks[block] = text.toString().getBytes(StandardCharsets.UTF_8);
    }
  }

  private long compressed() throws IOException {
    long[] bytes = new long[1];
    OutputStream counter =
        new OutputStream() {
          @Override
          public void write(int b) {
            bytes[0]++;
          }

          @Override
          public void write(byte[] b, int offset, int length) {
            bytes[0] += length;
          }
        };
    try (ZstdOutputStream out = new ZstdOutputStream(counter, ZSTD_LEVEL)) {
      for (byte[] block : blocks) {
        out.write(block);
      }
    }
    return bytes[0];
  }

  /** Appends all events and waits until they are in segments; returns the bytes of these. */
  private long fill(Setup setup, String table, String shredding, int rows) {
    Schema columns = TableJson.descriptor(COLUMNS, 1).schema();
    TablePath path = TablePath.parse(table);
    Map<String, String> properties =
        Map.of("table.variant.shredding", shredding, "table.segment.max-age", "5s");
    setup
        .connection()
        .admin()
        .createTable(
            path,
            new TableDescriptor(
                Schema.first(columns.columns(), List.of()), 1, List.of(), properties, ""),
            false);
    JsonEvents events = new JsonEvents();
    try (TableWriter writer = setup.connection().writer(table)) {
      CompletableFuture<?> last = CompletableFuture.completedFuture(null);
      for (long id = 0; id < rows; id++) {
        last = writer.append(id, Variant.parse(events.json(id)));
      }
      writer.flush().join();
      last.join();
    } catch (VariantException impossible) {
      throw new IllegalStateException(impossible);
    }
    long begin = System.nanoTime();
    while (true) {
      List<FileEntry> files = setup.connection().admin().files(path);
      if (files.stream().mapToLong(FileEntry::records).sum() == rows) {
        return files.stream().mapToLong(FileEntry::bytes).sum();
      }
      if (System.nanoTime() - begin > COMPACTED_NANOS) {
        throw new IllegalStateException("the log was not compacted within four minutes");
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  private void filter(Setup setup, int rows) {
    ScanOptions asked =
        ScanOptions.all("shredded").withColumns("id").withFilter(FILTER).withoutPositions();
    ScanOptions plain =
        ScanOptions.all("plain").withColumns("id").withFilter(FILTER).withoutPositions();
    Medians ratios = new Medians();
    for (int round = 0; round < ROUNDS; round++) {
      long[] found = new long[3];
      double shredded = seconds(found, 0, () -> scan(setup, asked));
      double parsed = seconds(found, 1, this::parse);
      double whole = seconds(found, 2, () -> scan(setup, plain));
      if (found[0] != found[1] || found[2] != found[1] || found[0] == 0) {
        throw new IllegalStateException("they found " + Arrays.toString(found));
      }
      ratios.add(parsed / shredded);
      report.say(
          "filter finds %,d of %,d: shredded path %,.0f rows/s, Jackson %,.0f rows/s, not shredded %,.0f rows/s; shredded / Jackson %.1f",
          found[0], rows, rows / shredded, rows / parsed, rows / whole, parsed / shredded);
    }
    report.atLeast("variant_filter_of_json", ratios.ofLaterHalf(), 10.0);
  }

  private void column(Setup setup, String table, String what, String column) {
    ScanOptions asked = ScanOptions.all(table).withColumns(column).withoutPositions();
    scan(setup, asked);
    Usage.Begun begun = setup.begin();
    long found = scan(setup, asked);
    Usage used = begun.end();
    report.say("%s, %s: %,.0f rows/s, %s", what, table, used.rate(found), used.cpu(found));
  }

  private static double seconds(long[] found, int at, LongSupplier work) {
    long begin = System.nanoTime();
    found[at] = work.getAsLong();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static long scan(Setup setup, ScanOptions asked) {
    long rows = 0;
    try (LogScanner scanner = setup.connection().scanner(asked)) {
      while (!scanner.finished()) {
        for (ScanBatch batch : scanner.pollBatches(WAIT)) {
          try (batch) {
            rows += batch.rows().getRowCount();
          }
        }
      }
    }
    return rows;
  }

  private long parse() {
    long found = 0;
    try {
      for (byte[] block : blocks) {
        int start = 0;
        for (int i = 0; i < block.length; i++) {
          if (block[i] == '\n') {
            JsonNode event = JSON.readTree(block, start, i - start);
            found += event.path("page").path("ms").asLong(-1) >= MOST_MILLIS ? 1 : 0;
            start = i + 1;
          }
        }
      }
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return found;
  }
}
