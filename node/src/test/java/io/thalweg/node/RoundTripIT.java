package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.LogScanner;
import io.thalweg.client.Row;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ScanRecord;
import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import io.thalweg.node.process.ThalwegProcess;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code thalweg append} reads what {@code thalweg scan} prints: every type, seeded. */
@Timeout(300)
class RoundTripIT {
  private static final int ROWS = 200;
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "NULL",
          "null",
          "a,b;c|d\te",
          "\"",
          "\"\"",
          "'",
          "line\nline\r\nline\r",
          "\\n",
          "007",
          "1E-10",
          "true",
          "2024-01-01",
          "{\"a\":1}",
          "[]",
          "\uFEFFmark",
          "Z\u00fcrich",
          "\u6f22\u5b57",
          "\uD83D\uDC69\u200D\uD83D\uDE80",
          "e\u0301",
          "\u0001\u2028",
          " spaces ");

  @TempDir static Path directory;
  private static ThalwegProcess dev;
  private static String server;

  @BeforeAll
  static void startServer() {
    int port = ThalwegProcess.freePorts(2);
    dev = ThalwegProcess.dev(directory.resolve("data"), port);
    dev.awaitReady();
    server = "grpc://127.0.0.1:" + port;
  }

  @AfterAll
  static void stopServer() {
    dev.close();
  }

  /** Every type of docs/types.md that has no types within. */
  private static List<String> scalars() {
    List<String> types =
        new ArrayList<>(
            List.of(
                "BOOLEAN",
                "TINYINT",
                "SMALLINT",
                "INT",
                "BIGINT",
                "FLOAT",
                "DOUBLE",
                "DECIMAL(1, 0)",
                "DECIMAL(12, 10)",
                "DECIMAL(38, 0)",
                "DECIMAL(38, 38)",
                "CHAR(40)",
                "STRING",
                "BINARY(3)",
                "BYTES",
                "DATE",
                "VECTOR(3)",
                "VECTOR(2, DOUBLE)",
                "VECTOR(4, TINYINT)",
                "VARIANT"));
    for (String time : List.of("TIME", "TIMESTAMP", "TIMESTAMP_LTZ")) {
      for (int p = 0; p <= 9; p++) {
        types.add(time + "(" + p + ")");
      }
    }
    return types;
  }

  /** Each scalar on its own, in arrays, as keys and values of maps, in rows, and deeper. */
  private static String everyColumn() {
    List<String> columns = new ArrayList<>(List.of("number BIGINT NOT NULL"));
    for (String type : scalars()) {
      int i = columns.size();
      columns.add("c" + i + " " + type);
      columns.add("a" + i + " ARRAY<" + type + ">");
      columns.add("m" + i + " MAP<" + type + ", " + type + ">");
      columns.add("r" + i + " ROW<x " + type + ", `y z` ARRAY<" + type + ">>");
    }
    columns.add("pairs MAP<ROW<k BYTES, t TIME(9)>, ARRAY<ROW<d DECIMAL(12, 10), b BYTES>>>");
    columns.add("maps ARRAY<MAP<BYTES, ROW<at TIMESTAMP_LTZ(9), f DOUBLE>>>");
    return String.join(", ", columns);
  }

  @ParameterizedTest
  @CsvSource({"csv,1", "json,2", "csv,3", "json,4"})
  void whatScanPrintsAppendReads(String format, long seed) throws Exception {
    roundTrip(format, seed, "all_" + seed, everyColumn());
  }

  @ParameterizedTest
  @CsvSource({"csv,5", "json,6"})
  void aColumnAlone(String format, long seed) throws Exception {
    roundTrip(format, seed, "alone_" + seed, "`a;b|c` STRING");
  }

  private static void roundTrip(String format, long seed, String name, String columns)
      throws Exception {
    Random random = new Random(seed);
    TablePath from = TablePath.parse(name);
    TablePath to = TablePath.parse(name + "_copy");
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      thalweg.admin().createTable(from, TableJson.descriptor(columns, 1), false);
      thalweg.admin().createTable(to, TableJson.descriptor(columns, 1), false);
      try (TableWriter writer = thalweg.writer(from.toString())) {
        for (int row = 0; row < ROWS; row++) {
          Object[] values =
              writer.table().schema().columns().stream()
                  .map(Column::type)
                  .map(type -> value(random, type))
                  .toArray();
          var unused = writer.append(values);
        }
        writer.flush().join();
      }
      Path file = directory.resolve(name + "." + format);
      assertThat(thalweg(file, "scan", name, "--output", format)).isEmpty();
      assertThat(thalweg(Path.of("/dev/null"), "append", to.toString(), file.toString())).isEmpty();
      List<String> wanted = rows(thalweg, from);
      assertThat(wanted).hasSize(ROWS);
      assertThat(rows(thalweg, to)).as("seed %d", seed).isEqualTo(wanted);
    }
  }

  /** Runs the command; returns its standard error. */
  private static String thalweg(Path out, String... arguments) throws Exception {
    Path home = Path.of("").toAbsolutePath();
    while (!Files.exists(home.resolve("bin/thalweg"))) {
      home = home.getParent();
    }
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/thalweg").toString()));
    command.addAll(List.of(arguments));
    Path err = Files.createTempFile(directory, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("THALWEG_SERVER", server);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("%s ended", command).isTrue();
    return Files.readString(err);
  }

  private static List<String> rows(ThalwegConnection thalweg, TablePath table) {
    List<String> rows = new ArrayList<>();
    try (LogScanner scanner = thalweg.scanner(ScanOptions.all(table.toString()))) {
      while (!scanner.finished()) {
        for (ScanRecord record : scanner.poll(Duration.ofSeconds(1))) {
          rows.add(exactly(record.row()));
        }
      }
    }
    return rows;
  }

  /** A text that differs if the values do. */
  private static String exactly(Object value) {
    if (value instanceof Row row) {
      return row.values().stream().map(RoundTripIT::exactly).toList().toString();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(RoundTripIT::exactly).toList().toString();
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> exactly(entry.getKey()) + "->" + exactly(entry.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof byte[] bytes) {
      return "bytes" + Arrays.toString(bytes);
    }
    if (value instanceof float[] floats) {
      return "floats" + Arrays.toString(floats);
    }
    if (value instanceof double[] doubles) {
      return "doubles" + Arrays.toString(doubles);
    }
    return value == null ? "NULL" : value.getClass().getSimpleName() + "'" + value + "'";
  }

  private static Object value(Random random, DataType type) {
    if (type.nullable() && random.nextInt(5) == 0) {
      return null;
    }
    if (type instanceof DataType.Variant) {
      return variant(random);
    }
    if (type instanceof DataType.Vector vector) {
      List<Object> numbers = new ArrayList<>();
      for (int i = 0; i < vector.length(); i++) {
        numbers.add(scalar(random, vector.elementType()));
      }
      return numbers;
    }
    if (type instanceof DataType.Array array) {
      List<Object> elements = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        elements.add(value(random, array.element()));
      }
      return elements;
    }
    if (type instanceof DataType.Map map) {
      Map<Object, Object> entries = new LinkedHashMap<>();
      Set<String> keys = new LinkedHashSet<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        Object key = value(random, map.key());
        if (keys.add(exactly(key))) {
          entries.put(key, value(random, map.value()));
        }
      }
      return entries;
    }
    if (type instanceof DataType.Row row) {
      return row.fields().stream()
          .map(field -> value(random, field.type()))
          .collect(Collectors.toCollection(ArrayList::new));
    }
    return scalar(random, (DataType.Scalar) type);
  }

  /** Never JSON's null alone, which is read as SQL's NULL. */
  private static Variant variant(Random random) {
    String number = random.nextInt(2_000) - 1_000 + (random.nextBoolean() ? "" : ".50");
    String json =
        switch (random.nextInt(5)) {
          case 0 -> number;
          case 1 -> "\"a \\\"text\\\",\\n\"";
          case 2 -> "{\"ä\":[" + number + ",null,{\"x;y\":true}],\"\":\"\"}";
          case 3 -> "[]";
          default -> "false";
        };
    try {
      return Variant.parse(json);
    } catch (VariantException refused) {
      throw new AssertionError(refused);
    }
  }

  private static Object scalar(Random random, DataType.Scalar type) {
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case TINYINT -> (byte) random.nextInt();
      case SMALLINT -> (short) random.nextInt();
      case INT -> random.nextInt();
      case BIGINT -> random.nextLong() >> random.nextInt(64);
      case FLOAT ->
          pick(
              random,
              Float.intBitsToFloat(random.nextInt()),
              -0.0f,
              0.1f,
              1e10f,
              Float.MIN_VALUE,
              Float.NEGATIVE_INFINITY,
              Float.NaN);
      case DOUBLE ->
          pick(
              random,
              Double.longBitsToDouble(random.nextLong()),
              -0.0,
              0.1,
              1e22,
              Double.MIN_VALUE,
              Double.POSITIVE_INFINITY,
              Double.NaN);
      case DECIMAL -> {
        BigInteger limit = BigInteger.TEN.pow(1 + random.nextInt(type.precision()));
        BigInteger digits = new BigInteger(130, random).mod(limit);
        yield new BigDecimal(random.nextBoolean() ? digits : digits.negate(), type.scale());
      }
      case CHAR, STRING -> TEXTS.get(random.nextInt(TEXTS.size()));
      case BINARY, BYTES -> {
        byte[] bytes =
            new byte[type.kind() == DataType.Kind.BINARY ? type.precision() : random.nextInt(4)];
        random.nextBytes(bytes);
        yield bytes;
      }
      case DATE ->
          pick(
              random,
              LocalDate.ofEpochDay(random.nextInt(40_000)),
              LocalDate.ofEpochDay(random.nextInt()),
              LocalDate.of(-1, 1, 1),
              LocalDate.of(10_000, 1, 1));
      case TIME -> {
        long step = step(type);
        long nanos = random.nextLong(86_400_000_000_000L) / step * step;
        yield LocalTime.ofNanoOfDay(
            random.nextInt(3) == 0 ? nanos / 60_000_000_000L * 60_000_000_000L : nanos);
      }
      case TIMESTAMP -> LocalDateTime.ofInstant(moment(random, type), ZoneOffset.UTC);
      case TIMESTAMP_LTZ -> moment(random, type);
    };
  }

  private static long step(DataType.Scalar type) {
    return type.precision() == 0
        ? 1_000_000_000L
        : type.precision() <= 3 ? 1_000_000L : type.precision() <= 6 ? 1_000L : 1L;
  }

  /** A moment near or as far away as the type allows. */
  private static Instant moment(Random random, DataType.Scalar type) {
    long step = step(type);
    // Seconds and milliseconds go beyond all calendars, so years have at most six digits here.
    long farthest = step == 1 ? 9_000_000_000L : 9_000_000_000_000L;
    long far = random.nextBoolean() ? 2_000_000_000L : farthest;
    long seconds = random.nextLong(-far, far);
    return Instant.ofEpochSecond(
        random.nextInt(3) == 0 ? seconds / 60 * 60 : seconds,
        random.nextLong(1_000_000_000L) / step * step);
  }

  private static Object pick(Random random, Object... values) {
    return values[random.nextInt(values.length)];
  }
}
