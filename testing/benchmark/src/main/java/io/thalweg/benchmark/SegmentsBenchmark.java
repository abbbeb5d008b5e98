package io.thalweg.benchmark;

import com.sun.management.OperatingSystemMXBean;
import io.thalweg.benchmark.measure.Report;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.parquet.ByteRange;
import io.thalweg.parquet.ParquetFileWriter;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.ParquetWriteOptions;
import io.thalweg.parquet.RowGroupReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.TransferPair;
import org.apache.parquet.schema.MessageType;
import org.duckdb.DuckDBResultSet;

/**
 * Segments: Arrow to Parquet files and back on one thread, beside parquet-java's column writers and
 * readers and DuckDB, all at zstd 3 and in the same run. MB of Arrow per CPU-second: CPU time of
 * the measuring thread, of the whole process for DuckDB, which may use threads of its own.
 */
final class SegmentsBenchmark {
  private static final Path FLIGHTS = Path.of("../shared/data/flights-3m.parquet");
  private static final int LEVEL = 3;
  private static final int BATCH_ROWS = 16_384;
  private static final int WARM_UPS = 6;
  private static final int ROUNDS = 7;
  private static final int SYNTHETIC_ROWS = 1_000_000;

  private final Report report;
  private final Path directory;

  SegmentsBenchmark(Report report) throws IOException {
    this.report = report;
    this.directory = Files.createTempDirectory("segments");
  }

  void run() throws Exception {
    try (BufferAllocator allocator = new RootAllocator();
        Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET threads = 1");
        statement.execute("SET TimeZone = 'UTC'");
        statement.execute("CREATE TABLE wide AS " + synthetic());
        if (Files.exists(FLIGHTS)) {
          statement.execute("CREATE TABLE flights AS SELECT * FROM '" + FLIGHTS + "'");
          table("flights", connection, allocator);
        } else {
          report.say("%s is absent: the flights are not measured", FLIGHTS);
        }
        table("wide", connection, allocator);
      }
    } finally {
      try (var files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  /** Twenty columns of many kinds, the same in every run. */
  private static String synthetic() {
    return "SELECT i AS id, TIMESTAMP '2024-01-01' + to_microseconds(CAST(i * 1000 + hash(i) % 900"
        + " AS BIGINT))"
        + " AS ts, CAST(hash(i, 1) % 10 AS TINYINT) AS kind, CAST(hash(i, 2) % 1000 AS SMALLINT)"
        + " AS code, CAST(hash(i, 3) % 5000 AS INTEGER) AS item, CAST(hash(i, 4) % 2000000000 AS"
        + " INTEGER) AS random_int, CAST(hash(i, 5) >> 1 AS BIGINT) AS random_long, CAST(hash(i,"
        + " 6) % 100000000 AS BIGINT) AS user_id, (hash(i, 7) % 10000) / 100.0::DOUBLE AS price,"
        + " (hash(i, 8) % 1000003) / 1000003.0::DOUBLE AS ratio, sin(i / 1000.0) * 100 AS"
        + " temperature, CAST((hash(i, 9) % 100000) / 100.0 AS DECIMAL(12, 2)) AS amount, 'city '"
        + " || (hash(i, 10) % 300) AS city, CASE hash(i, 11) % 4 WHEN 0 THEN 'new' WHEN 1 THEN"
        + " 'open' WHEN 2 THEN 'closed' ELSE 'cancelled' END AS state, md5(CAST(i AS VARCHAR)) AS"
        + " token, 'https://example.org/products/' || (hash(i, 12) % 100000) || '?ref=' || (hash(i,"
        + " 13) % 50) AS url, hash(i, 14) % 3 = 0 AS flag, DATE '2020-01-01' + CAST(hash(i, 15) %"
        + " 1500 AS INTEGER) AS day, CASE WHEN hash(i, 16) % 10 = 0 THEN NULL ELSE CAST(hash(i, 17)"
        + " % 100 AS INTEGER) END AS age, CASE WHEN hash(i, 18) % 2 = 0 THEN NULL ELSE CAST(hash(i,"
        + " 19) % 1000000 AS BIGINT) END AS parent FROM range("
        + SYNTHETIC_ROWS
        + ") r(i)";
  }

  private void table(String name, Connection connection, BufferAllocator allocator)
      throws Exception {
    List<VectorSchemaRoot> batches = load("SELECT * FROM " + name, connection, allocator);
    try {
      measure(name, batches, connection, allocator);
    } finally {
      batches.forEach(VectorSchemaRoot::close);
    }
  }

  private static List<VectorSchemaRoot> load(
      String query, Connection connection, BufferAllocator allocator)
      throws SQLException, IOException {
    List<VectorSchemaRoot> batches = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query);
        ArrowReader reader =
            (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS)) {
      while (reader.loadNextBatch()) {
        List<FieldVector> vectors = new ArrayList<>();
        for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
          TransferPair pair = vector.getTransferPair(allocator);
          pair.transfer();
          vectors.add((FieldVector) pair.getTo());
        }
        batches.add(new VectorSchemaRoot(vectors));
      }
    }
    return batches;
  }

  private static List<Column> columns(VectorSchemaRoot batch) {
    List<Column> columns = new ArrayList<>();
    for (Field field : batch.getSchema().getFields()) {
      columns.add(new Column(columns.size() + 1, field.getName(), ArrowTypes.fromArrow(field), ""));
    }
    return columns;
  }

  /** What is measured; throws what its libraries throw. */
  private interface Work {
    void run() throws Exception;
  }

  private void measure(
      String name, List<VectorSchemaRoot> batches, Connection connection, BufferAllocator allocator)
      throws Exception {
    List<Column> columns = columns(batches.get(0));
    long rows = batches.stream().mapToLong(VectorSchemaRoot::getRowCount).sum();
    double megabytes =
        batches.stream()
                .flatMap(batch -> batch.getFieldVectors().stream())
                .mapToLong(FieldVector::getBufferSize)
                .sum()
            / 1e6;
    report.say(
        "%s: %,d rows of %d columns, %.1f MB of Arrow in batches of %,d rows, zstd %d",
        name, rows, columns.size(), megabytes, BATCH_ROWS, LEVEL);
    Path ours = directory.resolve(name + "-ours.parquet");
    Path java = directory.resolve(name + "-java.parquet");
    Path duck = directory.resolve(name + "-duck.parquet");
    write(batches, columns, ours, allocator);
    MessageType schema = ParquetJava.schema(ours);
    String copy =
        "COPY "
            + name
            + " TO '"
            + duck
            + "' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL "
            + LEVEL
            + ")";
    List<Work> work =
        List.of(
            () -> write(batches, columns, ours, allocator),
            () -> ParquetJava.write(batches, schema, java, LEVEL),
            () -> execute(connection, copy),
            () -> counted(rows, read(columns, ours, allocator)),
            () -> counted(rows, ParquetJava.read(java, batches.get(0).getSchema(), allocator)),
            () -> counted(rows, readByDuckDb(duck, connection, allocator)));
    double[] rates = rates(work, megabytes);
    report.say(
        "%s write, MB of Arrow per CPU-second: ours %.0f, parquet-java %.0f, DuckDB %.0f",
        name, rates[0], rates[1], rates[2]);
    report.say(
        "%s read, MB of Arrow per CPU-second: ours %.0f, parquet-java %.0f, DuckDB %.0f",
        name, rates[3], rates[4], rates[5]);
    report.say(
        "%s file size, MB: ours %.2f, parquet-java %.2f, DuckDB %.2f",
        name, Files.size(ours) / 1e6, Files.size(java) / 1e6, Files.size(duck) / 1e6);
    report.atLeast("segments_" + name + "_write_of_parquet_java", rates[0] / rates[1], 2);
    report.atLeast("segments_" + name + "_write_of_duckdb", rates[0] / rates[2], 1.5);
    report.atLeast("segments_" + name + "_read_of_parquet_java", rates[3] / rates[4], 2);
    report.atMost(
        "segments_" + name + "_size_of_duckdb", (double) Files.size(ours) / Files.size(duck), 1.1);
  }

  /** The median rate of each; they take turns, so that all meet the same machine. */
  private static double[] rates(List<Work> work, double megabytes) throws Exception {
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    LongSupplier thread = ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime;
    List<List<Double>> measured = new ArrayList<>();
    work.forEach(each -> measured.add(new ArrayList<>()));
    for (int round = 0; round < WARM_UPS + ROUNDS; round++) {
      for (int i = 0; i < work.size(); i++) {
        LongSupplier clock = i % 3 == 2 ? process::getProcessCpuTime : thread;
        long before = clock.getAsLong();
        work.get(i).run();
        double rate = megabytes * 1e9 / (clock.getAsLong() - before);
        if (round >= WARM_UPS) {
          measured.get(i).add(rate);
        }
      }
    }
    return measured.stream()
        .mapToDouble(each -> each.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow())
        .toArray();
  }

  private static void counted(long wanted, long found) {
    if (wanted != found) {
      throw new IllegalStateException(found + " rows read, not " + wanted);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void write(
      List<VectorSchemaRoot> batches, List<Column> columns, Path file, BufferAllocator allocator)
      throws IOException {
    ParquetWriteOptions defaults = ParquetWriteOptions.DEFAULT;
    ParquetWriteOptions options =
        new ParquetWriteOptions(
            LEVEL, defaults.rowGroupRows(), defaults.rowGroupBytes(), defaults.pageBytes());
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        ParquetFileWriter writer =
            new ParquetFileWriter(
                columns, options, Map.of(), allocator, bytes -> append(channel, bytes))) {
      for (VectorSchemaRoot batch : batches) {
        writer.write(batch);
      }
      writer.finish();
    }
  }

  private static void append(FileChannel channel, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  private static long read(List<Column> columns, Path file, BufferAllocator allocator)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      int last = ParquetFooter.footerBytes(fetch(channel, new ByteRange(size - 8, 8)));
      ParquetFooter footer =
          ParquetFooter.read(fetch(channel, new ByteRange(size - last, last)), size);
      long rows = 0;
      for (int group = 0; group < footer.rowGroups().size(); group++) {
        List<ByteRange> ranges = RowGroupReader.ranges(footer, group, columns, 1 << 16);
        List<ByteBuffer> bytes = new ArrayList<>();
        for (ByteRange range : ranges) {
          bytes.add(fetch(channel, range));
        }
        try (VectorSchemaRoot root =
            RowGroupReader.decode(footer, group, columns, ranges, bytes, allocator)) {
          rows += root.getRowCount();
        }
      }
      return rows;
    }
  }

  private static ByteBuffer fetch(FileChannel channel, ByteRange range) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(range.length());
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, range.offset() + bytes.position()) < 0) {
        throw new IOException("the file ends inside " + range);
      }
    }
    return bytes.flip();
  }

  private static long readByDuckDb(Path file, Connection connection, BufferAllocator allocator)
      throws SQLException, IOException {
    long rows = 0;
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT * FROM '" + file + "'");
        ArrowReader reader =
            (ArrowReader) ((DuckDBResultSet) result).arrowExportStream(allocator, BATCH_ROWS)) {
      while (reader.loadNextBatch()) {
        rows += reader.getVectorSchemaRoot().getRowCount();
      }
    }
    return rows;
  }
}
