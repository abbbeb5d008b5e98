package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.state.KvSnapshot;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
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

/** Tables with a primary key, through the server's façade. */
class KeyedTableTest {
  private ServerUnderTest one = new ServerUnderTest(Map.of());
  private ThalwegServer server = one.server;
  private ThalwegServer second;

  @AfterEach
  void close() {
    if (second != null) {
      one.await(second.close());
    }
    one.close();
  }

  private TableInfo table(int buckets, Map<String, String> properties) {
    return table(buckets, properties, "id BIGINT, name STRING, score INT", List.of("id"));
  }

  private TableInfo table(
      int buckets, Map<String, String> properties, String columns, List<String> key) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse("t"),
            new TableDescriptor(schema, buckets, List.of(), properties, "")));
  }

  /** One row to be written: a null change type for none given. */
  private record In(String change, Long id, String name, Integer score) {
    In asUpsert() {
      return new In("+U", id, name, score);
    }
  }

  private static In row(long id, String name, Integer score) {
    return new In(null, id, name, score);
  }

  private static In delete(long id) {
    return new In("-D", id, null, null);
  }

  private CompletableFuture<AppendResult> write(TableInfo table, List<String> columns, In... rows) {
    return write(table, columns, OptionalInt.empty(), WriterStamp.NONE, rows);
  }

  private CompletableFuture<AppendResult> write(
      TableInfo table, List<String> columns, OptionalInt bucket, WriterStamp stamp, In... rows) {
    List<Field> fields = new ArrayList<>();
    for (Field field : table.schema().toArrow().getFields()) {
      if (columns.contains(field.getName())) {
        fields.add(
            new Field(field.getName(), FieldType.nullable(field.getType()), field.getChildren()));
      }
    }
    if (columns.contains("__change_type")) {
      fields.add(Field.nullable("__change_type", ArrowType.Utf8.INSTANCE));
    }
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), one.allocator)) {
      root.allocateNew();
      for (int i = 0; i < rows.length; i++) {
        for (FieldVector vector : root.getFieldVectors()) {
          switch (vector.getName()) {
            case "id" -> {
              if (rows[i].id != null) {
                ((BigIntVector) vector).setSafe(i, rows[i].id);
              }
            }
            case "score" -> {
              if (rows[i].score != null) {
                ((IntVector) vector).setSafe(i, rows[i].score);
              }
            }
            case "name" -> text(vector, i, rows[i].name);
            default -> text(vector, i, rows[i].change);
          }
        }
      }
      root.setRowCount(rows.length);
      return one.append(server, table, bucket, stamp, root);
    }
  }

  private static void text(FieldVector vector, int row, String value) {
    if (value != null) {
      ((VarCharVector) vector).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static final List<String> ALL = List.of("id", "name", "score");
  private static final List<String> WITH_CHANGES = List.of("id", "name", "score", "__change_type");

  /** Rows by id, as a lookup finds them. */
  private Map<Long, String> look(TableInfo table, long... ids) {
    try (BigIntVector keys = new BigIntVector("id", one.allocator)) {
      for (int i = 0; i < ids.length; i++) {
        keys.setSafe(i, ids[i]);
      }
      keys.setValueCount(ids.length);
      VectorSchemaRoot root =
          new VectorSchemaRoot(List.of(keys.getField()), List.of(keys), ids.length);
      try (VectorSchemaRoot found =
          one.await(server.lookup(ServerUnderTest.WHO, table, root, List.of("score", "name")))) {
        Map<Long, String> rows = new TreeMap<>();
        for (int i = 0; i < found.getRowCount(); i++) {
          int key = ((IntVector) found.getVector("__key_index")).get(i);
          rows.put(
              ids[key],
              found.getVector("name").getObject(i) + ":" + found.getVector("score").getObject(i));
        }
        return rows;
      }
    }
  }

  /** The changelog of a bucket from an offset on, as "+I 1 a 5". */
  private List<String> changelog(TableInfo table, int bucket, long from) {
    RowReader reader = server.reader(table, null, null);
    List<String> changes = new ArrayList<>();
    try (Fetched fetched =
        one.await(
            server.fetch(
                ServerUnderTest.WHO,
                new FetchRequest(
                    new TableBucket(table.tableId(), bucket), from, 1 << 20, 0, reader.wants())))) {
      for (Fetched.Batch batch : fetched.batches()) {
        try (VectorSchemaRoot rows =
            reader.read(batch, from, Long.MAX_VALUE, one.allocator).orElseThrow()) {
          for (int i = 0; i < rows.getRowCount(); i++) {
            int type = ((Number) rows.getVector("__change_type").getObject(i)).intValue();
            changes.add(
                ChangeType.ofNumber(type).symbol()
                    + " "
                    + rows.getVector("id").getObject(i)
                    + " "
                    + rows.getVector("name").getObject(i)
                    + " "
                    + rows.getVector("score").getObject(i));
          }
        }
      }
    }
    return changes;
  }

  @Test
  void aDeleteNeedsNoMoreThanTheKey() {
    TableInfo table =
        table(1, Map.of(), "id BIGINT, name STRING, score INT NOT NULL", List.of("id"));
    one.await(write(table, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(table, List.of("id", "__change_type"), delete(1)));
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(2L, "b:6"));
    assertThatThrownBy(() -> one.await(write(table, List.of("id", "name"), row(3, "c", null))))
        .hasMessageContaining("score");
  }

  @Test
  void newRowsAreNumberedAndKeepTheirNumbers() {
    TableInfo table = table(2, Map.of("table.auto-increment.column", "score"));
    List<String> given = List.of("id", "name");
    List<CompletableFuture<AppendResult>> writes = new ArrayList<>();
    for (long id = 0; id < 30; id++) {
      writes.add(write(table, given, row(id, "a", null), row(id + 1, "b", null)));
    }
    writes.forEach(one::await);
    long[] ids = LongStream.rangeClosed(0, 30).toArray();
    Map<Long, String> before = look(table, ids);
    assertThat(before).hasSize(31);
    assertThat(before.values().stream().map(row -> row.substring(row.indexOf(":") + 1)))
        .as("numbers")
        .doesNotHaveDuplicates()
        .doesNotContain("null");

    one.await(write(table, ALL, row(3, "changed", null)));
    assertThat(look(table, 3).get(3L)).isEqualTo(before.get(3L).replaceFirst(".*:", "changed:"));
    one.await(write(table, List.of("id", "__change_type"), delete(3)));
    assertThat(look(table, 3)).isEmpty();
    one.await(write(table, given, row(3, "again", null)));
    assertThat(look(table, 3).get(3L)).startsWith("again:").isNotEqualTo(before.get(3L));

    assertThatThrownBy(() -> one.await(write(table, ALL, row(4, "mine", 7))))
        .hasMessageContaining("is filled by the server")
        .hasMessageContaining("7");
    assertThatThrownBy(() -> table(1, Map.of("table.auto-increment.column", "name")))
        .hasMessageContaining("INT or BIGINT");
  }

  @Test
  void rowsAreWrittenChangedDeletedAndFound() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(table, ALL, row(1, "c", 7), row(2, "b", 6)));
    one.await(write(table, WITH_CHANGES, delete(2), new In("+I", 3L, "d", 8), delete(9)));

    assertThat(look(table, 1, 2, 3, 9)).isEqualTo(Map.of(1L, "c:7", 3L, "d:8"));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 5", "+I 2 b 6", "-U 1 a 5", "+U 1 c 7", "-D 2 b 6", "+I 3 d 8");
  }

  @Test
  void laterRowsOfABatchSeeEarlierOnes() {
    TableInfo table = table(1, Map.of());
    one.await(
        write(
            table,
            WITH_CHANGES,
            new In("+I", 1L, "a", 1),
            new In("-U", 1L, "ignored", 0),
            new In("+U", 1L, "b", 2),
            delete(1),
            new In("+I", 1L, "c", 3)));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2", "-D 1 b 2", "+I 1 c 3");
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "c:3"));
  }

  @Test
  void writesArePipelinedOnTopOfEachOther() {
    TableInfo table = table(1, Map.of());
    List<CompletableFuture<AppendResult>> written = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      written.add(write(table, ALL, row(i % 3, "n", i)));
    }
    written.forEach(one::await);
    assertThat(look(table, 0, 1, 2)).isEqualTo(Map.of(0L, "n:48", 1L, "n:49", 2L, "n:47"));
    List<String> changes = changelog(table, 0, 0);
    assertThat(changes).hasSize(3 + 47 * 2);
    for (int i = 3; i < changes.size(); i += 2) {
      String after = changes.get(i + 1);
      int score = Integer.parseInt(after.substring(after.lastIndexOf(' ') + 1));
      assertThat(changes.get(i)).endsWith(" " + (score - 3));
    }
  }

  @Test
  void aSetOfColumnsIsUpdated() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, List.of("id", "name"), row(1, "a", null)));
    one.await(write(table, List.of("id", "score"), row(1, null, 9)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "a:9"));
    one.await(write(table, List.of("id", "name"), row(1, null, null)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "null:9"));
  }

  @Test
  void whatIsSentAgainIsStoredOnce() {
    TableInfo table = table(1, Map.of());
    WriterStamp writer = one.await(server.openWriter(ServerUnderTest.WHO));
    List<AppendResult> answers = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      WriterStamp first = new WriterStamp(writer.writerId(), writer.epoch(), 0);
      WriterStamp second = new WriterStamp(writer.writerId(), writer.epoch(), 2);
      // Sent at once: the second try of each may meet the first still under way.
      var a = write(table, ALL, OptionalInt.of(0), first, row(1, "a", 1), row(1, "b", 2));
      var again = write(table, ALL, OptionalInt.of(0), first, row(1, "a", 1), row(1, "b", 2));
      var b = write(table, ALL, OptionalInt.of(0), second, row(1, "b", 2));
      List.of(a, again, b).forEach(each -> answers.add(one.await(each)));
    }
    assertThat(answers.stream().map(each -> each.parts().get(0).duplicate()))
        .containsExactly(false, true, false, true, true, true);
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2");
  }

  @Test
  void rowsGoToTheBucketOfTheirKey() {
    TableInfo table = table(4, Map.of());
    In[] rows = new In[100];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(i, "n" + i, i);
    }
    AppendResult result = one.await(write(table, ALL, rows));
    assertThat(result.parts()).hasSize(4);
    assertThat(look(table, 0, 50, 99, 100))
        .isEqualTo(Map.of(0L, "n0:0", 50L, "n50:50", 99L, "n99:99"));
    refused(
        write(table, ALL, OptionalInt.of(3), WriterStamp.NONE, rows),
        ErrorCode.INVALID_REQUEST,
        "belongs to bucket");
  }

  private void refused(CompletableFuture<?> future, ErrorCode code, String... says) {
    assertThatThrownBy(() -> one.await(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ThalwegException.class)
        .hasMessageContainingAll(says)
        .satisfies(thrown -> assertThat(((ThalwegException) thrown).code()).isEqualTo(code));
  }

  @Test
  void badRowsAreRefusedAndHurtNothing() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    refused(write(table, ALL, new In(null, null, "x", 1)), ErrorCode.NULL_VALUE, "'id'");
    refused(write(table, List.of("name"), row(1, "x", 1)), ErrorCode.NULL_VALUE, "'id'", "missing");
    refused(
        write(table, WITH_CHANGES, new In("+X", 1L, "x", 1)),
        ErrorCode.INVALID_REQUEST,
        "'+X'",
        "+I, -U, +U or -D");
    refused(
        write(table, WITH_CHANGES, new In(null, 1L, "x", 1)),
        ErrorCode.NULL_VALUE,
        "__change_type",
        "row 0");
    TableInfo log = one.createTable("logged", "id BIGINT, name STRING", 1, List.of(), Map.of());
    refused(
        server.lookup(ServerUnderTest.WHO, log, new VectorSchemaRoot(List.of()), null),
        ErrorCode.INVALID_REQUEST,
        "no primary key");
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "a:1"));
    one.await(write(table, ALL, row(1, "b", 2)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "b:2"));
  }

  @Test
  void anotherServerTakesOverAndTheFirstSendsCallersThere() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1), row(2, "b", 2)));
    second = one.newServer("s2", Map.of());
    second.start();
    one.await(second.ready());
    ThalwegServer first = server;
    server = second;
    refused(write(table, ALL, row(1, "x", 9)), ErrorCode.STALE_OWNER, "owned by server 's1'");

    one.await(first.close());
    one.scheduler.runFor(30_000_000_000L);
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "a:1", 2L, "b:2"));
    one.await(write(table, ALL, row(1, "c", 3)));
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "c:3", 2L, "b:2"));
    assertThat(changelog(table, 0, 2)).containsExactly("-U 1 a 1", "+U 1 c 3");
  }

  @Test
  void aServerThatKnowsNothingOfATableDoesNotCallItDropped() {
    TableInfo table = table(1, Map.of());
    // It does not follow the cluster, so it never hears of the table.
    server = one.newServer("s2", Map.of());
    refused(write(table, ALL, row(1, "a", 1)), ErrorCode.UNAVAILABLE, "what is current");
    second = server;
  }

  @Test
  void rowsAreReplayedFromSegmentsToo() {
    TableInfo table = table(1, Map.of("table.segment.max-age", "1s"));
    for (int i = 0; i < 20; i++) {
      one.await(write(table, ALL, row(i % 5, "n" + i, i)));
      one.scheduler.runFor(500_000_000);
    }
    one.scheduler.runFor(30_000_000_000L);
    one.await(server.close());
    one.disk("s1").lose();
    server = one.newServer("s1", Map.of());
    second = server;
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(5_000_000_000L);
    assertThat(look(table, 0, 1, 2, 3, 4, 5))
        .isEqualTo(Map.of(0L, "n15:15", 1L, "n16:16", 2L, "n17:17", 3L, "n18:18", 4L, "n19:19"));
  }

  @Test
  void snapshotsBringBackRowsWhoseLogIsGone() {
    close();
    try (ServerUnderTest fresh =
        new ServerUnderTest(
            Map.of(
                "server.kv.snapshot.interval", "2s",
                "compact.check.interval", "1s",
                "compact.delete.delay", "1s"))) {
      one = fresh;
      server = fresh.server;
      TableInfo table = table(2, Map.of("table.log.ttl", "10s", "table.segment.max-age", "2s"));
      for (int i = 0; i < 60; i++) {
        one.await(write(table, ALL, row(i % 20, "n" + i, i)));
        one.scheduler.runFor(300_000_000);
      }
      one.scheduler.runFor(60_000_000_000L);
      TableBucket bucket = new TableBucket(table.tableId(), 0);
      assertThat(one.truth.bucket(bucket).orElseThrow().log().startOffset()).isPositive();
      KvSnapshot snapshot = one.truth.bucket(bucket).orElseThrow().kvSnapshot().orElseThrow();
      assertThat(snapshot.offset())
          .isEqualTo(one.truth.bucket(bucket).orElseThrow().log().endOffset());
      List<String> keys =
          one.await(one.store.list("tables/" + table.tableId() + "/kv/0/", "", 100)).stream()
              .map(ObjectStore.ObjectInfo::key)
              .toList();
      assertThat(keys)
          .as("older snapshots' objects are collected")
          .containsExactlyInAnyOrderElementsOf(
              snapshot.objects().stream().map(each -> each.key()).toList());

      one.await(server.close());
      one.disk("s1").lose();
      server = one.newServer("s1", Map.of());
      server.start();
      one.await(server.ready());
      one.scheduler.runFor(5_000_000_000L);
      assertThat(look(table, 0, 7, 19, 20))
          .isEqualTo(Map.of(0L, "n40:40", 7L, "n47:47", 19L, "n59:59"));
      one.await(write(table, ALL, row(7, "again", 1)));
      assertThat(look(table, 7)).isEqualTo(Map.of(7L, "again:1"));
      one.await(server.close());
    }
    one = new ServerUnderTest(Map.of());
    server = one.server;
  }

  @Test
  void theTablesEngineMerges() {
    TableInfo table =
        table(
            1,
            Map.of(
                "table.merge-engine", "aggregation",
                "fields.score.agg", "sum",
                "table.changelog.image", "wal"));
    one.await(write(table, ALL, row(1, "a", 5), row(1, "b", 6)));
    one.await(write(table, WITH_CHANGES, delete(1), new In("+I", 1L, null, 4)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "b:15"));
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 a 5", "+U 1 b 11", "+U 1 b 15");
    refused(
        write(table, ALL, row(2, "x", 1), row(1, "x", Integer.MAX_VALUE)),
        ErrorCode.SCHEMA_MISMATCH,
        "score");
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "b:15"));
  }

  @Test
  void deletesCanBeRefusedAndCanNameColumns() {
    TableInfo table = table(1, Map.of("table.delete.behavior", "disable"));
    refused(write(table, WITH_CHANGES, delete(1)), ErrorCode.UNSUPPORTED, "table.delete.behavior");
    one.await(server.dropTable(ServerUnderTest.WHO, table.path()));
    TableInfo open = table(1, Map.of());
    one.await(write(open, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(open, List.of("id", "name", "__change_type"), delete(1)));
    one.await(write(open, List.of("id", "__change_type"), delete(2)));
    assertThat(look(open, 1, 2)).isEqualTo(Map.of(1L, "null:5"));
  }

  @Test
  void rowsThatCannotBeWrittenCatchUpWithTheLog() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    one.failWrites.set(2);
    var first = write(table, ALL, row(1, "b", 2));
    var second = write(table, ALL, row(2, "c", 3));
    // Both are committed, whatever became of the local rows.
    one.await(first);
    one.await(second);
    one.scheduler.runFor(5_000_000_000L);
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "b:2", 2L, "c:3"));
    one.await(write(table, ALL, row(1, "d", 4)));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2", "+I 2 c 3", "-U 1 b 2", "+U 1 d 4");
  }

  @Test
  void rowsThatCannotBeWrittenWhileTheFeedLagsAreNotServedBehindTheLog() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "v1", 1)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "v1:1"));
    one.failWrites.set(1);
    one.holdFeed.set(true);
    one.await(write(table, ALL, row(1, "v2", 2)));
    one.scheduler.runFor(1_500_000_000L);
    one.holdFeed.set(false);
    one.scheduler.runFor(1_000_000_000L);
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "v2:2"));
    one.await(write(table, ALL, row(1, "v2", 2)));
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 v1 1", "-U 1 v1 1", "+U 1 v2 2");
  }

  @Test
  void aScanGivesTheRowsAtOneOffsetWhateverIsWrittenMeanwhile() {
    TableInfo table = table(1, Map.of());
    In[] rows = new In[20_000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(i, "n" + i, i % 100);
    }
    one.await(write(table, ALL, rows));
    List<Long> ids = new ArrayList<>();
    try (RowScan scan =
        one.await(
            server.scanRows(
                ServerUnderTest.WHO,
                table,
                OptionalInt.of(0),
                List.of("id"),
                "score >= 50 AND id < 15000"))) {
      while (true) {
        var next = one.await(scan.next(Long.MAX_VALUE));
        if (next.isEmpty()) {
          break;
        }
        assertThat(next.get().offset()).isEqualTo(20_000);
        try (VectorSchemaRoot found = next.get().rows().get()) {
          for (int i = 0; i < found.getRowCount(); i++) {
            ids.add(((BigIntVector) found.getVector("id")).get(i));
          }
        }
        one.await(write(table, WITH_CHANGES, delete(14_999), row(60, "x", 0).asUpsert()));
      }
    }
    List<Long> expected = new ArrayList<>();
    for (long id = 0; id < 15_000; id++) {
      if (id % 100 >= 50) {
        expected.add(id);
      }
    }
    assertThat(ids).isEqualTo(expected);
    refused(
        server.scanRows(ServerUnderTest.WHO, table, OptionalInt.of(0), null, "nothing = 1"),
        ErrorCode.INVALID_FILTER,
        "nothing");
  }
}
