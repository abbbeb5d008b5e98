package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Rows that end ten seconds after their last write, looked for every second, through the server's
 * façade in virtual time.
 */
class RowTtlTest {
  private static final List<String> ALL = List.of("id", "name", "score");
  private static final Map<String, String> SETTINGS = Map.of("server.kv.expire.interval", "1s");

  private static final Map<String, String> VERSIONED =
      Map.of("table.merge-engine", "versioned", "table.merge-engine.versioned.ver-column", "score");

  private ServerUnderTest one;
  private ThalwegServer server;
  private TableInfo table;
  private long begunNanos;

  @AfterEach
  void close() {
    if (server != one.server) {
      one.await(server.close());
    }
    one.close();
  }

  private void begin(Map<String, String> settings, String scoreType, Map<String, String> given) {
    one = new ServerUnderTest(settings);
    server = one.server;
    table = table("t", scoreType, given);
    begunNanos = one.scheduler.nanoTime();
  }

  private TableInfo table(String name, String scoreType, Map<String, String> given) {
    Map<String, String> properties = new TreeMap<>(given);
    properties.putIfAbsent("table.row.ttl", "10s");
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, name STRING, score " + scoreType).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse(name),
            new TableDescriptor(schema, 1, List.of(), properties, "")));
  }

  /** Runs virtual time until {@code seconds} after the begin. */
  private void at(double seconds) {
    one.scheduler.runFor(begunNanos + (long) (seconds * 1e9) - one.scheduler.nanoTime());
  }

  /** A row to be written; a change of "-D" deletes it. */
  private record In(String change, long id, String name, Integer score) {}

  private static In row(long id, String name, Integer score) {
    return new In("+U", id, name, score);
  }

  private static In delete(long id) {
    return new In("-D", id, null, null);
  }

  private void write(In... rows) {
    write(ALL, rows);
  }

  private void write(List<String> columns, In... rows) {
    List<Field> fields = new ArrayList<>();
    for (Field field : table.schema().toArrow().getFields()) {
      if (columns.contains(field.getName())) {
        fields.add(
            new Field(field.getName(), FieldType.nullable(field.getType()), field.getChildren()));
      }
    }
    fields.add(Field.nullable("__change_type", ArrowType.Utf8.INSTANCE));
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), one.allocator)) {
      for (int i = 0; i < rows.length; i++) {
        ((BigIntVector) root.getVector("id")).setSafe(i, rows[i].id);
        text(root.getVector("__change_type"), i, rows[i].change);
        text(root.getVector("name"), i, rows[i].name);
        if (root.getVector("score") != null && rows[i].score != null) {
          ((IntVector) root.getVector("score")).setSafe(i, rows[i].score);
        }
      }
      root.setRowCount(rows.length);
      one.await(one.append(server, table, OptionalInt.empty(), WriterStamp.NONE, root));
    }
  }

  private static void text(FieldVector vector, int row, String value) {
    if (vector != null && value != null) {
      ((VarCharVector) vector).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The rows of the ids 1 to 5 that a lookup finds, as "1 a 5"; a scan must find the same. */
  private List<String> rows() {
    List<String> found = new ArrayList<>();
    try (BigIntVector keys = new BigIntVector("id", one.allocator)) {
      for (int i = 0; i < 5; i++) {
        keys.setSafe(i, i + 1);
      }
      keys.setValueCount(5);
      VectorSchemaRoot root = new VectorSchemaRoot(List.of(keys.getField()), List.of(keys), 5);
      try (VectorSchemaRoot rows =
          one.await(server.lookup(ServerUnderTest.WHO, table, root, ALL))) {
        add(rows, found);
      }
    }
    List<String> scanned = new ArrayList<>();
    try (RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, null))) {
      for (Optional<RowScan.Page> next = one.await(scan.next(Long.MAX_VALUE));
          next.isPresent();
          next = one.await(scan.next(Long.MAX_VALUE))) {
        try (VectorSchemaRoot rows = next.get().rows().get()) {
          add(rows, scanned);
        }
      }
    }
    assertThat(scanned).isEqualTo(found);
    return found;
  }

  private static void add(VectorSchemaRoot rows, List<String> out) {
    for (int i = 0; i < rows.getRowCount(); i++) {
      FieldVector types = rows.getVector("__change_type");
      String type =
          types == null
              ? ""
              : ChangeType.ofNumber(((Number) types.getObject(i)).intValue()).symbol() + " ";
      out.add(
          type
              + rows.getVector("id").getObject(i)
              + " "
              + rows.getVector("name").getObject(i)
              + " "
              + rows.getVector("score").getObject(i));
    }
  }

  /** The changelog from an offset on, as "+I 1 a 5". */
  private List<String> changelog(long from) {
    RowReader reader = server.reader(table, null, null);
    List<String> changes = new ArrayList<>();
    long next = from;
    while (true) {
      FetchRequest request = new FetchRequest(table.bucket(0), next, 1 << 20, 0, reader.wants());
      try (Fetched fetched = one.await(server.fetch(ServerUnderTest.WHO, request))) {
        if (fetched.batches().isEmpty()) {
          return changes;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          try (VectorSchemaRoot rows =
              reader.read(batch, next, Long.MAX_VALUE, one.allocator).orElseThrow()) {
            add(rows, changes);
          }
        }
        next = fetched.nextOffset();
      }
    }
  }

  @Test
  void aRowEndsTenSecondsAfterItsLastWriteAndTheChangelogSaysSo() {
    begin(SETTINGS, "INT", Map.of());
    write(row(1, "a", 1), row(2, "b", 2));
    at(6);
    write(row(2, "b", 2));
    at(9.9);
    assertThat(rows()).containsExactly("1 a 1", "2 b 2");
    at(11.5);
    assertThat(rows()).containsExactly("2 b 2");
    at(15.9);
    assertThat(rows()).containsExactly("2 b 2");
    at(17.5);
    assertThat(rows()).isEmpty();
    assertThat(changelog(0))
        .containsExactly("+I 1 a 1", "+I 2 b 2", "-U 2 b 2", "+U 2 b 2", "-D 1 a 1", "-D 2 b 2");
    write(row(1, "new", 3));
    at(26);
    assertThat(rows()).containsExactly("1 new 3");
    at(29);
    assertThat(changelog(6)).containsExactly("+I 1 new 3", "-D 1 new 3");
  }

  /** What is written six seconds after the row (1, "a", 5), and whether that renews the row. */
  private record Case(
      String what,
      boolean renews,
      String scoreType,
      Map<String, String> properties,
      List<String> columns,
      List<In> writes) {
    Case(String what, boolean renews, Map<String, String> properties, In... writes) {
      this(what, renews, "INT", properties, ALL, List.of(writes));
    }
  }

  private static final List<Case> CASES =
      List.of(
          new Case("the same row", true, Map.of(), row(1, "a", 5)),
          new Case("another row", true, Map.of(), row(1, "b", 6)),
          new Case(
              "the same row without before images",
              true,
              Map.of("table.changelog.image", "wal"),
              row(1, "a", 5)),
          new Case("another key", false, Map.of(), row(2, "a", 5), delete(2)),
          new Case("a delete and an insert", true, Map.of(), delete(1), row(1, "a", 5)),
          new Case(
              "columns that stay as they were",
              true,
              "INT",
              Map.of(),
              List.of("id", "name"),
              List.of(row(1, "a", null))),
          new Case(
              "nothing to be added up",
              true,
              Map.of("table.merge-engine", "aggregation", "fields.score.agg", "sum"),
              row(1, null, null)),
          new Case(
              "a later row that the first one stays before",
              false,
              Map.of("table.merge-engine", "first_row"),
              row(1, "b", 6)),
          new Case(
              "an older version", false, "INT NOT NULL", VERSIONED, ALL, List.of(row(1, "b", 4))),
          new Case(
              "the same version", true, "INT NOT NULL", VERSIONED, ALL, List.of(row(1, "a", 5))),
          new Case(
              "a delete that is ignored",
              false,
              Map.of("table.delete.behavior", "ignore"),
              delete(1)),
          new Case(
              "nothing, where deletes are an error",
              false,
              Map.of("table.delete.behavior", "disable")),
          new Case(
              "a delete of a column",
              true,
              "INT",
              Map.of(),
              List.of("id", "score"),
              List.of(delete(1))),
          new Case(
              "a second delete of a column",
              false,
              "INT",
              Map.of("test.first", "delete score"),
              List.of("id", "score"),
              List.of(delete(1))));

  @Test
  void writesThatTakeEffectRenewRowsAndOthersDoNot() {
    begin(SETTINGS, "INT", Map.of());
    List<TableInfo> tables = new ArrayList<>();
    for (Case each : CASES) {
      tables.add(table("t" + tables.size(), each.scoreType, each.properties));
    }
    begunNanos = one.scheduler.nanoTime();
    for (int i = 0; i < CASES.size(); i++) {
      table = tables.get(i);
      write(row(1, "a", 5));
      if (CASES.get(i).properties.containsKey("test.first")) {
        write(List.of("id", "score"), delete(1));
      }
    }
    at(6);
    for (int i = 0; i < CASES.size(); i++) {
      table = tables.get(i);
      write(CASES.get(i).columns, CASES.get(i).writes.toArray(In[]::new));
    }
    at(12.5);
    for (int i = 0; i < CASES.size(); i++) {
      table = tables.get(i);
      assertThat(rows()).as(CASES.get(i).what).hasSize(CASES.get(i).renews ? 1 : 0);
    }
    at(18.5);
    for (int i = 0; i < CASES.size(); i++) {
      table = tables.get(i);
      assertThat(rows()).as(CASES.get(i).what).isEmpty();
      List<String> changes = changelog(0);
      assertThat(changes.get(changes.size() - 1)).as(CASES.get(i).what).startsWith("-D 1 ");
    }
  }

  /** Closes the server, loses its local files, and starts it again. */
  private void restart(Map<String, String> settings) {
    one.await(server.close());
    one.disk("s1").lose();
    server = one.newServer("s1", settings);
    server.start();
    one.await(server.ready());
  }

  @Test
  void rowsKeepTheirTimesWhenTheyAreReplayedFromTheLog() {
    begin(SETTINGS, "INT", Map.of("table.row.ttl", "60s"));
    write(row(1, "a", 1), row(2, "b", 2));
    at(30);
    write(row(2, "b", 2), row(3, "c", 3));
    restart(SETTINGS);
    at(59);
    assertThat(rows()).containsExactly("1 a 1", "2 b 2", "3 c 3");
    at(62);
    assertThat(rows()).containsExactly("2 b 2", "3 c 3");
    at(89);
    assertThat(rows()).containsExactly("2 b 2", "3 c 3");
    at(92);
    assertThat(rows()).isEmpty();
  }

  @Test
  void rowsKeepTheirTimesWhenTheyAreReplayedFromSegments() {
    begin(SETTINGS, "INT", Map.of("table.row.ttl", "60s", "table.segment.max-age", "1s"));
    write(row(1, "a", 1));
    at(10);
    write(row(2, "b", 2));
    at(30);
    restart(SETTINGS);
    at(59);
    assertThat(rows()).containsExactly("1 a 1", "2 b 2");
    at(62);
    assertThat(rows()).containsExactly("2 b 2");
    at(72);
    assertThat(rows()).isEmpty();
  }

  @Test
  void rowsKeepTheirTimesWhenTheyAreRestoredFromASnapshot() {
    Map<String, String> settings =
        Map.of("server.kv.expire.interval", "1s", "server.kv.snapshot.interval", "2s");
    begin(
        settings,
        "INT",
        Map.of("table.row.ttl", "60s", "table.log.ttl", "5s", "table.segment.max-age", "1s"));
    write(row(1, "a", 1));
    at(10);
    write(row(2, "b", 2));
    at(40);
    assertThat(one.truth.bucket(table.bucket(0)).orElseThrow().log().startOffset())
        .as("the log has none of the rows")
        .isEqualTo(2);
    restart(settings);
    at(59);
    assertThat(rows()).containsExactly("1 a 1", "2 b 2");
    at(62);
    assertThat(rows()).containsExactly("2 b 2");
    assertThat(changelog(2)).containsExactly("-D 1 a 1");
    at(72);
    assertThat(rows()).isEmpty();
    assertThat(changelog(3)).containsExactly("-D 2 b 2");
  }

  @Test
  void manyRowsEndInManyBatches() {
    begin(SETTINGS, "INT", Map.of());
    In[] many = new In[20_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = row(i + 10, "name " + i, i);
    }
    write(many);
    at(5);
    write(row(1, "a", 1));
    at(14);
    assertThat(rows()).containsExactly("1 a 1");
    List<String> changes = changelog(many.length + 1);
    assertThat(changes).hasSize(many.length).allMatch(change -> change.startsWith("-D "));
  }

  @Test
  void aTableWithoutATimeToLiveKeepsRowsAndLogsNoRenewal() {
    begin(SETTINGS, "INT", Map.of("table.row.ttl", "never"));
    write(row(1, "a", 1));
    write(row(1, "a", 1));
    at(3_600);
    assertThat(rows()).containsExactly("1 a 1");
    assertThat(changelog(0)).containsExactly("+I 1 a 1");
  }

  @Test
  void aServerThatClosesWhileRowsExpireGivesEverythingBack() {
    begin(SETTINGS, "INT", Map.of());
    In[] many = new In[20_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = row(i + 10, "name " + i, i);
    }
    write(many);
    long end = begunNanos + 13_000_000_000L;
    while (changelog(many.length).isEmpty() && one.scheduler.nanoTime() < end) {
      one.scheduler.runFor(1_000_000);
    }
    restart(SETTINGS);
    at(30);
    assertThat(rows()).isEmpty();
    assertThat(changelog(many.length)).hasSize(many.length);
  }

  @Test
  void aLogTableHasNoRowsToEnd() {
    begin(SETTINGS, "INT", Map.of());
    assertThatThrownBy(
            () -> one.createTable("log", "id BIGINT", 1, List.of(), Map.of("table.row.ttl", "1h")))
        .hasMessageContaining("table.row.ttl")
        .hasMessageContaining("primary key only");
  }
}
