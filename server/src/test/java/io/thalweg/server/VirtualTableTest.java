package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.state.Payload;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code t$changelog} and {@code t$binlog}, through the server's façade. */
class VirtualTableTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Map<String, String> SETTINGS = Map.of("compact.check.interval", "100ms");
  private static final Map<String, String> COMPACTED = Map.of("table.segment.max-age", "1s");

  private final ServerUnderTest test = new ServerUnderTest(SETTINGS);
  private final ThalwegServer owner = test.server;
  // Holds nothing in memory of what the other one wrote.
  private ThalwegServer second;

  @AfterEach
  void close() {
    if (second != null) {
      test.await(second.close());
    }
    test.close();
  }

  private ThalwegServer second() {
    second = test.newServer("s2", SETTINGS);
    second.start();
    test.await(second.ready());
    return second;
  }

  private TableInfo keyed(Map<String, String> properties) {
    return create("id BIGINT, name STRING, score INT", List.of("id"), properties);
  }

  private TableInfo create(String columns, List<String> key, Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return test.await(
        owner.createTable(
            WHO, TablePath.parse("t"), new TableDescriptor(schema, 1, List.of(), properties, "")));
  }

  /** One row to be written, or with neither name nor score the end of one. */
  private record In(long id, String name, Integer score) {}

  private static In end(long id) {
    return new In(id, null, null);
  }

  private void write(TableInfo table, In... rows) {
    write(table, List.of(rows));
  }

  private void write(TableInfo table, List<In> rows) {
    write(table, table, rows);
  }

  private void write(TableInfo table, TableInfo to, List<In> rows) {
    List<Field> fields = new ArrayList<>(table.schema().toArrow().getFields());
    fields.add(Field.nullable("__change_type", ArrowType.Utf8.INSTANCE));
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), test.allocator)) {
      root.allocateNew();
      for (int i = 0; i < rows.size(); i++) {
        In row = rows.get(i);
        ((BigIntVector) root.getVector("id")).setSafe(i, row.id);
        if (row.name != null) {
          ((VarCharVector) root.getVector("name")).setSafe(i, utf8(row.name));
        }
        if (row.score != null) {
          ((IntVector) root.getVector("score")).setSafe(i, row.score);
        }
        boolean ends = row.name == null && row.score == null;
        ((VarCharVector) root.getVector("__change_type")).setSafe(i, utf8(ends ? "-D" : "+U"));
      }
      root.setRowCount(rows.size());
      test.await(
          owner.append(
              WHO,
              to,
              OptionalInt.of(0),
              WriterStamp.NONE,
              root,
              test.await(owner.reserve(1_000))));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What a scan gives, as text and numbers by column; nested rows are maps. */
  private List<Map<String, Object>> read(
      ThalwegServer server, TableInfo table, RowReader reader, long start, long stop) {
    List<Map<String, Object>> rows = new ArrayList<>();
    long next = start;
    while (next < stop) {
      try (Fetched fetched =
          test.await(
              server.fetch(
                  WHO,
                  new FetchRequest(
                      new TableBucket(table.tableId(), 0), next, 1 << 20, 0, reader.wants())))) {
        if (fetched.batches().isEmpty()) {
          break;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader.read(batch, next, stop, test.allocator).ifPresent(root -> add(root, rows));
          next = Math.max(next, batch.endOffset());
        }
      }
    }
    return rows;
  }

  private static void add(VectorSchemaRoot root, List<Map<String, Object>> rows) {
    try (root) {
      for (int i = 0; i < root.getRowCount(); i++) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int column = 0; column < root.getFieldVectors().size(); column++) {
          row.put(
              root.getSchema().getFields().get(column).getName(), value(root.getVector(column), i));
        }
        rows.add(row);
      }
    }
  }

  private static Object value(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof StructVector struct) {
      Map<String, Object> values = new LinkedHashMap<>();
      struct
          .getChildrenFromFields()
          .forEach(child -> values.put(child.getName(), value(child, row)));
      return values;
    }
    return vector instanceof TimeStampVector times
        ? (Object) times.get(row)
        : vector instanceof VarCharVector
            ? vector.getObject(row).toString()
            : vector.getObject(row);
  }

  private List<Map<String, Object>> read(TableInfo table, TableView view, String filter) {
    return read(owner, table, owner.reader(table, view, null, filter), 0, Long.MAX_VALUE);
  }

  /** Rows without their time, as "insert 0 null {…}". */
  private static List<String> texts(List<Map<String, Object>> rows) {
    List<String> texts = new ArrayList<>();
    for (Map<String, Object> row : rows) {
      List<String> values = new ArrayList<>();
      row.forEach(
          (name, value) -> {
            if (!name.equals("_commit_timestamp")) {
              values.add(value instanceof Map<?, ?> map ? map.values().toString() : "" + value);
            }
          });
      texts.add(String.join(" ", values));
    }
    return texts;
  }

  private static void refused(ErrorCode code, String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            thrown -> {
              Throwable root = thrown instanceof CompletionException ? thrown.getCause() : thrown;
              assertThat(root)
                  .isInstanceOfSatisfying(
                      ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
                  .hasMessageContaining(containing);
            });
  }

  private TableInfo fewChanges(Map<String, String> properties) {
    TableInfo table = keyed(properties);
    write(table, new In(1, "a", 5), new In(2, null, 6));
    test.scheduler.runFor(60 * SECOND);
    write(table, new In(1, "b", 7), end(2), new In(3, "c", 8), new In(1, "b", 9));
    return table;
  }

  @Test
  void theChangelogSaysWhatEachRecordDid() {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> rows = read(table, TableView.CHANGELOG, null);
    assertThat(texts(rows))
        .containsExactly(
            "insert 0 1 a 5",
            "insert 1 2 null 6",
            "update_before 2 1 a 5",
            "update_after 3 1 b 7",
            "delete 4 2 null 6",
            "insert 5 3 c 8",
            "update_before 6 1 b 7",
            "update_after 7 1 b 9");
    long first = (Long) rows.get(0).get("_commit_timestamp");
    assertThat(rows)
        .extracting(row -> (Long) row.get("_commit_timestamp") - first >= 60_000)
        .containsExactly(false, false, true, true, true, true, true, true);
    assertThat(rows.get(0).keySet())
        .containsExactly("_change_type", "_log_offset", "_commit_timestamp", "id", "name", "score");
  }

  @Test
  void theBinlogHasAnUpdateInOneRow() {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> rows = read(table, TableView.BINLOG, null);
    assertThat(texts(rows))
        .containsExactly(
            "insert 0 null [1, a, 5]",
            "insert 1 null [2, null, 6]",
            "update 2 [1, a, 5] [1, b, 7]",
            "delete 4 [2, null, 6] null",
            "insert 5 null [3, c, 8]",
            "update 6 [1, b, 7] [1, b, 9]");
    assertThat(rows.get(2).get("_commit_timestamp"))
        .isEqualTo(read(table, TableView.CHANGELOG, null).get(2).get("_commit_timestamp"));
  }

  @Test
  void withoutImagesBeforeUpdatesTheBinlogHasNone() {
    TableInfo table = fewChanges(Map.of("table.changelog.image", "wal"));
    List<String> expected =
        List.of(
            "insert 0 null [1, a, 5]",
            "insert 1 null [2, null, 6]",
            "update 2 null [1, b, 7]",
            "delete 3 [2, null, 6] null",
            "insert 4 null [3, c, 8]",
            "update 5 null [1, b, 9]");
    assertThat(texts(read(table, TableView.BINLOG, null))).isEqualTo(expected);
    RowReader reader = owner.reader(table, TableView.BINLOG, null, null);
    assertThat(texts(read(owner, table, reader, 2, 5))).isEqualTo(expected.subList(2, 5));
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type = 'update_after'")))
        .containsExactly("update_after 2 1 b 7", "update_after 5 1 b 9");
  }

  @Test
  void theChangelogOfALogTableHasInserts() {
    TableInfo table = create("id BIGINT NOT NULL, name STRING", List.of(), Map.of());
    test.await(test.append(table, OptionalInt.of(0), WriterStamp.NONE, 10, 3));
    assertThat(texts(read(table, TableView.CHANGELOG, null)))
        .containsExactly("insert 0 10 name-10", "insert 1 11 name-11", "insert 2 12 name-12");
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type <> 'insert'"))).isEmpty();
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type = 'insert' AND id > 11")))
        .containsExactly("insert 2 12 name-12");
    refused(
        ErrorCode.INVALID_REQUEST,
        "has no primary key",
        () -> owner.reader(table, TableView.BINLOG, null, null));
  }

  /** The filter's text, and the offsets of {@link #fewChanges} that pass. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "_change_type = 'insert' | 0 1 5",
        "_change_type <> 'insert' | 2 3 4 6 7",
        "_change_type IN ('delete', 'update_after', 'nothing') | 3 4 7",
        "NOT _change_type IN ('delete', 'update_after') | 0 1 2 5 6",
        "_change_type = 'nothing' | \"\"",
        "NOT _change_type = 'nothing' | 0 1 2 3 4 5 6 7",
        "_change_type > 'update' | 2 3 6 7",
        "_change_type <= 'insert' | 0 1 4 5",
        "_change_type BETWEEN 'update' AND 'v' | 2 3 6 7",
        "_change_type IS NULL | \"\"",
        "_change_type IS NOT NULL | 0 1 2 3 4 5 6 7",
        "_log_offset >= 3 AND _log_offset < 6 | 3 4 5",
        "_log_offset IN (0, 7) OR score = 7 | 0 3 6 7",
        "__offset = 4 | 4",
        "_log_offset IS NULL OR name IS NULL | 1 4",
        "_commit_timestamp < TIMESTAMP '1971-01-01 00:00:00Z' OR id = 3 | 5",
        "_commit_timestamp IS NOT NULL AND _change_type = 'delete' AND id = 2 | 4",
        "NOT (score > 5) | 0 2",
      })
  void theChangelogIsFilteredByAllItsColumns(String filter, String offsets) {
    TableInfo table = fewChanges(COMPACTED);
    test.scheduler.runFor(5 * SECOND);
    List<Long> expected =
        offsets.isEmpty()
            ? List.of()
            : Arrays.stream(offsets.split(" ")).map(Long::valueOf).toList();
    for (ThalwegServer server : List.of(owner, second())) {
      RowReader reader = server.reader(table, TableView.CHANGELOG, List.of("_log_offset"), filter);
      assertThat(read(server, table, reader, 0, Long.MAX_VALUE))
          .extracting(row -> (Long) row.get("_log_offset"))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "_change_type = 'update' | 2 6",
        "_change_type IN ('insert', 'delete') | 0 1 4 5",
        "_log_offset > 2 | 4 5 6",
        "__offset = 6 | 6",
        "before IS NULL | 0 1 5",
        "after IS NULL AND _log_offset = 4 | 4",
        "before IS NOT NULL AND after IS NOT NULL | 2 6",
        "_commit_timestamp < TIMESTAMP '1971-01-01 00:00:00Z' | \"\"",
        "NOT (_change_type = 'insert' OR _log_offset > 5) | 2 4",
      })
  void theBinlogIsFilteredByItsColumns(String filter, String offsets) {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> all = read(table, TableView.BINLOG, null);
    List<Map<String, Object>> expected =
        all.stream()
            .filter(row -> List.of(offsets.split(" ")).contains("" + row.get("_log_offset")))
            .toList();
    assertThat(read(table, TableView.BINLOG, filter)).isEqualTo(expected);
  }

  @Test
  void aFilterSkipsBatchesByWhatTheChangelogAddsToo() {
    TableInfo table = keyed(Map.of());
    for (int i = 0; i < 10; i++) {
      write(table, new In(i, "a", i));
    }
    write(table, end(3));
    for (String filter :
        List.of("_change_type = 'delete'", "_log_offset = 10", "id = 3 AND _log_offset > 5")) {
      RowReader reader = owner.reader(table, TableView.CHANGELOG, null, filter);
      assertThat(texts(read(owner, table, reader, 0, Long.MAX_VALUE)))
          .containsExactly("delete 10 3 a 3");
      assertThat(reader.counts()).isEqualTo(new RowReader.Counts(11, 10, 11, 1));
    }
  }

  @Test
  void onlyTheColumnsAskedForAreRead() {
    TableInfo table = keyed(Map.of());
    assertThat(wanted(table, TableView.CHANGELOG, null, "_log_offset")).isEmpty();
    assertThat(wanted(table, TableView.CHANGELOG, null, "score", "_log_offset"))
        .containsExactly("score");
    assertThat(wanted(table, TableView.CHANGELOG, "name = 'a'", "score"))
        .containsExactly("name", "score");
    assertThat(wanted(table, TableView.CHANGELOG, null, "_change_type"))
        .containsExactly("__change_type");
    assertThat(wanted(table, TableView.BINLOG, "_commit_timestamp IS NULL", "_change_type"))
        .containsExactly("__change_type");
    assertThat(wanted(table, TableView.BINLOG, null, "after"))
        .containsExactly("id", "name", "score", "__change_type");
    assertThat(owner.reader(table, TableView.CHANGELOG, List.of("id"), null).wants().timestamps())
        .isFalse();
    assertThat(
            owner
                .reader(table, TableView.BINLOG, List.of("_commit_timestamp"), null)
                .wants()
                .timestamps())
        .isTrue();
  }

  private List<String> wanted(TableInfo table, TableView view, String filter, String... columns) {
    List<Integer> ids =
        owner.reader(table, view, List.of(columns), filter).wants().columnIds().orElseThrow();
    return table.schema().ofLog().columns().stream()
        .filter(column -> ids.contains(column.id()))
        .map(Column::name)
        .toList();
  }

  @Test
  void columnsComeInTheOrderAskedForThoughTwoAreOne() {
    TableInfo table = fewChanges(Map.of());
    List<String> columns =
        List.of(
            "__offset", "score", "_log_offset", "_change_type", "__timestamp", "_commit_timestamp");
    RowReader reader = owner.reader(table, TableView.CHANGELOG, columns, "id = 3");
    Map<String, Object> row = read(owner, table, reader, 0, Long.MAX_VALUE).get(0);
    assertThat(row.keySet()).containsExactlyElementsOf(columns);
    assertThat(row).containsEntry("__offset", 5L).containsEntry("_log_offset", 5L);
    assertThat(row.get("__timestamp")).isEqualTo(row.get("_commit_timestamp")).isNotNull();
    List<String> system = List.of("__offset", "__timestamp", "_log_offset");
    reader = owner.reader(table, TableView.BINLOG, system, "_change_type = 'delete'");
    row = read(owner, table, reader, 0, Long.MAX_VALUE).get(0);
    assertThat(row).containsEntry("__offset", 4L).containsEntry("_log_offset", 4L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t$changelog", "t$binlog"})
  void virtualTablesCanOnlyBeRead(String name) {
    TableInfo table = keyed(Map.of());
    TablePath path = TablePath.parseReadable(name);
    TableInfo described = test.await(owner.table(WHO, path));
    assertThat(described).isEqualTo(path.view().of(table));
    assertThat(test.await(owner.listTables(WHO, "default"))).containsExactly(table);
    refused(
        ErrorCode.INVALID_NAME,
        "can only be read; the table is 'default.t'",
        () -> write(table, described, List.of(new In(1, "a", 1))));
    List<ThrowingCallable> calls =
        List.of(
            () -> test.await(owner.createTable(WHO, path, table.descriptor())),
            () -> test.await(owner.dropTable(WHO, path)),
            () -> test.await(owner.files(WHO, path)),
            () -> test.await(owner.scanRows(WHO, described, OptionalInt.of(0), null, null)));
    calls.forEach(call -> refused(ErrorCode.INVALID_NAME, "can only be read", call));
    assertThat(test.await(owner.table(WHO, table.path()))).isEqualTo(table);
    refused(
        ErrorCode.TABLE_NOT_FOUND,
        "there is no table 'default.u'",
        () -> test.await(owner.table(WHO, TablePath.parseReadable("u$changelog"))));
  }

  @Test
  void whatIsNotThereIsRefusedByItsName() {
    TableInfo table = keyed(Map.of());
    for (TableView view : List.of(TableView.CHANGELOG, TableView.BINLOG)) {
      refused(
          ErrorCode.SCHEMA_MISMATCH,
          "no column '__change_type'; its columns are [_change_type, _log_offset",
          () -> owner.reader(table, view, List.of("__change_type"), null));
      refused(
          ErrorCode.INVALID_FILTER,
          "_change_type, _log_offset",
          () -> owner.reader(table, view, null, "nothing = 1"));
      refused(
          ErrorCode.INVALID_REQUEST,
          "twice",
          () -> owner.reader(table, view, List.of("_log_offset", "_log_offset"), null));
    }
    refused(
        ErrorCode.INVALID_FILTER,
        "_change_type",
        () -> owner.reader(table, TableView.CHANGELOG, null, "_change_type = 1"));
  }

  /** The changes that a changelog's rows are, by the rule that the docs give. */
  private static List<String> changes(List<Map<String, Object>> log, long start, long stop) {
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < log.size(); i++) {
      Map<String, Object> row = log.get(i);
      long offset = (Long) row.get("_log_offset");
      boolean second =
          i > 0
              && row.get("_change_type").equals("update_after")
              && log.get(i - 1).get("_change_type").equals("update_before");
      if (offset < start || offset >= stop || second) {
        continue;
      }
      changes.add(
          switch ((String) row.get("_change_type")) {
            case "insert" -> "insert " + offset + " null " + image(row);
            case "update_before" ->
                "update " + offset + " " + image(row) + " " + image(log.get(i + 1));
            case "update_after" -> "update " + offset + " null " + image(row);
            default -> "delete " + offset + " " + image(row) + " null";
          });
    }
    return changes;
  }

  private static List<Object> image(Map<String, Object> row) {
    List<Object> values = new ArrayList<>();
    for (String name : List.of("id", "name", "score")) {
      values.add(row.get(name));
    }
    return values;
  }

  private Map<Object, List<Object>> rows(TableInfo table) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    try (RowScan scan = test.await(owner.scanRows(WHO, table, OptionalInt.of(0), null, null))) {
      for (var next = test.await(scan.next(Long.MAX_VALUE));
          next.isPresent();
          next = test.await(scan.next(Long.MAX_VALUE))) {
        List<Map<String, Object>> some = new ArrayList<>();
        add(next.get().rows().get(), some);
        some.forEach(row -> rows.put(row.get("id"), image(row)));
      }
    }
    return rows;
  }

  private static Map<Object, List<Object>> foldChangelog(List<Map<String, Object>> log) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    for (Map<String, Object> row : log) {
      switch ((String) row.get("_change_type")) {
        case "insert", "update_after" -> rows.put(row.get("id"), image(row));
        default -> assertThat(rows.remove(row.get("id"))).isEqualTo(image(row));
      }
    }
    return rows;
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, List<Object>> foldBinlog(
      List<Map<String, Object>> binlog, boolean images) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    for (Map<String, Object> change : binlog) {
      Map<String, Object> before = (Map<String, Object>) change.get("before");
      Map<String, Object> after = (Map<String, Object>) change.get("after");
      Object id = (after == null ? before : after).get("id");
      List<Object> was = rows.remove(id);
      if (images || change.get("_change_type").equals("delete")) {
        assertThat(was).isEqualTo(before == null ? null : image(before));
      }
      if (after != null) {
        rows.put(id, image(after));
      }
    }
    return rows;
  }

  private void writeRandomly(TableInfo table, Random random, int batches) {
    for (int i = 0; i < batches; i++) {
      List<In> rows = new ArrayList<>();
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        String name = random.nextInt(4) == 0 ? null : "n" + random.nextInt(3);
        rows.add(
            random.nextInt(4) == 0
                ? end(random.nextInt(5))
                : new In(random.nextInt(5), name, random.nextInt(9)));
      }
      write(table, rows);
    }
  }

  private boolean compacted(TableInfo table) {
    return test
        .truth
        .bucket(new TableBucket(table.tableId(), 0))
        .orElseThrow()
        .log()
        .runs()
        .stream()
        .anyMatch(run -> run.payload() instanceof Payload.Segment);
  }

  /**
   * Random histories, in segments and behind them, read by the server that wrote them and by one
   * that has nothing in memory: from any offset to any other the same changes, each once; and both
   * logs make the rows.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theBinlogTheChangelogAndTheRowsAgree(long seed) {
    Random random = new Random(seed);
    boolean images = seed % 2 == 0;
    Map<String, String> properties = new TreeMap<>(COMPACTED);
    properties.put("table.changelog.image", images ? "full" : "wal");
    TableInfo table = keyed(properties);
    writeRandomly(table, random, 8);
    test.scheduler.runFor(5 * SECOND);
    assertThat(compacted(table)).isTrue();
    writeRandomly(table, random, 8);
    for (ThalwegServer server : List.of(owner, second())) {
      List<Map<String, Object>> log =
          read(
              server,
              table,
              server.reader(table, TableView.CHANGELOG, null, null),
              0,
              Long.MAX_VALUE);
      RowReader binlog = server.reader(table, TableView.BINLOG, null, null);
      List<Map<String, Object>> all = read(server, table, binlog, 0, Long.MAX_VALUE);
      assertThat(foldChangelog(log)).isEqualTo(rows(table));
      assertThat(foldBinlog(all, images)).isEqualTo(rows(table));
      for (long start = 0; start <= log.size(); start++) {
        assertThat(texts(read(server, table, binlog, start, Long.MAX_VALUE)))
            .as("from %s", start)
            .isEqualTo(changes(log, start, Long.MAX_VALUE));
        long stop = start + random.nextInt(log.size() + 1 - (int) start);
        assertThat(texts(read(server, table, binlog, start, stop)))
            .as("from %s to %s", start, stop)
            .isEqualTo(changes(log, start, stop));
        // What one scan gave and what the next one does, is everything.
        List<String> both = texts(read(server, table, binlog, 0, start));
        both.addAll(texts(read(server, table, binlog, start, Long.MAX_VALUE)));
        assertThat(both).as("in two at %s", start).isEqualTo(texts(all));
      }
      // Behind any change that was given come exactly the others.
      for (int i = 0; i < all.size(); i++) {
        long behind = (Long) all.get(i).get("_log_offset") + 1;
        assertThat(texts(read(server, table, binlog, behind, Long.MAX_VALUE)))
            .as("behind %s", all.get(i))
            .isEqualTo(texts(all.subList(i + 1, all.size())));
      }
    }
  }

  /** An update's records stand on both sides of where row groups and their pieces would end. */
  @Test
  void updatesInLargeSegmentsStayWhole() {
    int count = 9_999;
    TableInfo table = keyed(COMPACTED);
    write(table, IntStream.range(0, count).mapToObj(i -> new In(i, "a", i)).toList());
    for (int round = 1; round <= 7; round++) {
      int add = round;
      List<In> rows =
          new ArrayList<>(
              IntStream.range(0, count).mapToObj(i -> new In(i, "b", i + add)).toList());
      Collections.shuffle(rows, new Random(round));
      write(table, rows);
    }
    test.scheduler.runFor(10 * SECOND);
    assertThat(compacted(table)).isTrue();
    ThalwegServer server = second();
    RowReader binlog = server.reader(table, TableView.BINLOG, null, null);
    List<Map<String, Object>> all = read(server, table, binlog, 0, Long.MAX_VALUE);
    assertThat(all).hasSize(8 * count);
    Predicate<Map<String, Object>> update = row -> row.get("_change_type").equals("update");
    assertThat(all.stream().filter(update)).hasSize(7 * count);
    assertThat(all).extracting(row -> (Long) row.get("_log_offset")).contains(16_383L, 122_879L);
    assertThat(foldBinlog(all, true)).isEqualTo(rows(table));
  }
}
