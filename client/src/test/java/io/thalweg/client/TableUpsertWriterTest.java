package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TablePath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes by key, seen through the changelog. Afterwards both sides have freed all memory. */
@Timeout(60)
class TableUpsertWriterTest extends OverServerInMemory {
  private static final TablePath TABLE = TablePath.parse("default.t");
  private static final Duration LONG = Duration.ofSeconds(20);

  @BeforeEach
  void open() throws Exception {
    createKeyed(connection, TABLE, "id BIGINT, name STRING, size INT", 4, "id");
  }

  /** The changelog's records, each bucket's in order. */
  private List<ScanRecord> changes() {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(ScanOptions.all("default.t"))) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(LONG).list());
      }
    }
    return records;
  }

  /** The rows that the changelog makes, by id. */
  private Map<Long, List<Object>> rows() {
    Map<Long, List<Object>> rows = new TreeMap<>();
    for (ScanRecord change : changes()) {
      long id = change.row().getLong("id");
      switch (change.changeType()) {
        case INSERT, UPDATE_AFTER -> rows.put(id, change.row().values());
        case UPDATE_BEFORE, DELETE -> assertThat(rows.remove(id)).isNotNull();
      }
    }
    return rows;
  }

  /** gRPC alone would wait longer before each try, soon for minutes. */
  @Test
  void aServerThatWasGoneForLongIsSoonFound() throws Exception {
    try (TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      writer.upsert(1L, "before", 1).join();
      door.close();
      CompletableFuture<AppendAck> ack = writer.upsert(2L, "meanwhile", 2);
      try (ServerSocket nobody = new ServerSocket()) {
        nobody.setReuseAddress(true);
        nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        nobody.setSoTimeout((int) LONG.toMillis());
        for (int tries = 0; tries < 12; tries++) {
          nobody.accept().close();
        }
      }
      assertThat(ack).isNotDone();
      openDoor();
      ack.join();
    }
    assertThat(rows()).hasSize(2);
  }

  @Test
  void upsertsAndDeletesInOrder() {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    try (TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      for (long id = 0; id < 100; id++) {
        acks.add(writer.upsert(id, "a" + id, 1));
        acks.add(writer.upsert(id, "b" + id, null));
        if (id % 2 == 0) {
          acks.add(writer.delete(id));
        }
      }
      AppendAck ack = writer.upsert(4L, "again", 4).join();
      assertThat(ack.parts()).hasSize(1);
    }
    assertThat(acks).hasSize(250).allMatch(ack -> ack.join().parts().size() == 1);
    Map<Long, List<Object>> rows = rows();
    assertThat(rows).hasSize(51);
    assertThat(rows.get(4L)).containsExactly(4L, "again", 4);
    assertThat(rows.get(7L)).containsExactly(7L, "b7", null);
    assertThat(changes().stream().map(ScanRecord::bucket).distinct()).hasSize(4);
    assertThat(changes())
        .filteredOn(change -> change.row().getLong("id") == 2)
        .extracting(ScanRecord::changeType)
        .containsExactly(
            ChangeType.INSERT,
            ChangeType.UPDATE_BEFORE,
            ChangeType.UPDATE_AFTER,
            ChangeType.DELETE);
  }

  @Test
  void writesSomeColumnsAndKeepsTheOthers() {
    try (TableUpsertWriter all = connection.upsertWriter("default.t");
        TableUpsertWriter some =
            connection.upsertWriter(TABLE, UpsertOptions.columns("size", "id"))) {
      all.upsert(1L, "one", 1).join();
      some.upsert(10, 1L).join();
      some.upsert(20, 2L).join();
      some.delete(3L).join();
    }
    assertThat(rows())
        .isEqualTo(
            Map.of(
                1L, java.util.Arrays.asList(1L, "one", 10),
                2L, java.util.Arrays.asList(2L, null, 20)));
  }

  private VectorSchemaRoot batch(long first, int count, ChangeType type) {
    List<FieldVector> vectors = new ArrayList<>();
    for (var field : connection.admin().table(TABLE).schema().toArrow().getFields()) {
      vectors.add(field.createVector(connection.allocator()));
    }
    for (int i = 0; i < count; i++) {
      ((BigIntVector) vectors.get(0)).setSafe(i, first + i);
      ((VarCharVector) vectors.get(1)).setSafe(i, new byte[] {'x'});
    }
    if (type != null) {
      TinyIntVector types =
          new TinyIntVector(SystemColumns.CHANGE_TYPE.name(), connection.allocator());
      for (int i = 0; i < count; i++) {
        types.setSafe(i, type.number());
      }
      vectors.add(types);
    }
    VectorSchemaRoot root = new VectorSchemaRoot(vectors);
    root.setRowCount(count);
    return root;
  }

  @Test
  void splitsArrowBatchesByBucket() {
    try (TableUpsertWriter writer = connection.upsertWriter("default.t");
        VectorSchemaRoot many = batch(0, 100, null);
        VectorSchemaRoot few = batch(5, 1, ChangeType.DELETE)) {
      assertThat(writer.upsert(many).join().parts()).hasSize(4);
      var row = writer.upsert(5L, "row", 5);
      assertThat(writer.upsert(few).join().parts()).hasSize(1);
      assertThat(row.join().parts()).hasSize(1);
      var again = writer.upsert(many);
      var last = writer.delete(99L);
      assertThat(CompletableFuture.allOf(again, last)).succeedsWithin(LONG);
    }
    assertThat(rows()).hasSize(99).doesNotContainKey(99L);
  }

  @Test
  void storesOnceThroughFailuresThatPass() {
    api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
    api.faults().failNextAppend(ErrorCode.STALE_OWNER, false);
    api.faults().failNextAppend(ErrorCode.UNAVAILABLE, false);
    api.faults().failNextAppend(ErrorCode.OVERLOADED, false);
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withBatchBytes(1));
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, options)) {
      for (long id = 0; id < 200; id++) {
        var unused = writer.upsert(id, "n", 1);
      }
    }
    assertThat(changes()).hasSize(200).allMatch(change -> change.changeType() == ChangeType.INSERT);
  }

  @Test
  void aRefusedBatchDoesNotStopThoseAfterIt() {
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withBatchBytes(1));
    api.faults().failNextAppend(ErrorCode.TOO_LARGE, false);
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, options)) {
      var refused = writer.upsert(1L, "a", 1);
      var after = writer.upsert(1L, "b", 2);
      fails(ErrorCode.TOO_LARGE, "fault", refused::join);
      assertThat(after.join().parts().get(0).duplicate()).isFalse();
    }
    assertThat(rows().get(1L)).containsExactly(1L, "b", 2);
  }

  @Test
  void outlivesItsConnection() throws Exception {
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withBatchBytes(1));
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, options)) {
      for (long id = 0; id < 300; id++) {
        acks.add(writer.upsert(id % 10, "v" + id, (int) id));
        if (id == 150) {
          door.close();
          openDoor();
        }
      }
    }
    assertThat(acks).allMatch(ack -> ack.join().parts().size() == 1);
    // Stored once: an insert of each key, and every later write as an update.
    assertThat(changes()).hasSize(10 + 2 * 290);
    for (long id = 0; id < 10; id++) {
      assertThat(rows().get(id)).containsExactly(id, "v" + (290 + id), (int) (290 + id));
    }
  }

  @Test
  void noMoreIsUnderWayThanServersRecogniseAgain() throws Exception {
    UpsertOptions options =
        UpsertOptions.DEFAULT.withWriter(WriterOptions.DEFAULT.withBatchBytes(1));
    try (TableUpsertWriter writer = connection.upsertWriter(TABLE, options)) {
      api.faults().holdAppends();
      for (int n = 0; n < 5 * WriterStamp.WINDOW; n++) {
        var unused = writer.upsert(1L, "v", n);
      }
      while (api.faults().heldAppends() < WriterStamp.WINDOW) {
        Thread.onSpinWait();
      }
      // A request after the others: once it is answered, none of them is under way.
      assertThat(connection.admin().table(TABLE)).isNotNull();
      assertThat(api.faults().heldAppends()).isEqualTo(WriterStamp.WINDOW);
      door.close();
      api.faults().releaseAppends(false);
      openDoor();
    }
    assertThat(changes()).hasSize(1 + 2 * (5 * WriterStamp.WINDOW - 1));
  }

  @Test
  void badInputSaysWhatIsWrong() {
    connection.admin().createTable("default.log", "id BIGINT NOT NULL", 1);
    fails(
        ErrorCode.INVALID_REQUEST, "no primary key", () -> connection.upsertWriter("default.log"));
    createKeyed(connection, TablePath.parse("default.nn"), "k INT, v INT NOT NULL", 1, "k");
    fails(
        ErrorCode.NULL_VALUE,
        "'v' is NOT NULL",
        () -> connection.upsertWriter(TablePath.parse("default.nn"), UpsertOptions.columns("k")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "lack some of the primary key",
        () -> connection.upsertWriter(TABLE, UpsertOptions.columns("name")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "named twice",
        () -> connection.upsertWriter(TABLE, UpsertOptions.columns("id", "id")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "no column 'x'",
        () -> connection.upsertWriter(TABLE, UpsertOptions.columns("id", "x")));
    TableUpsertWriter writer = connection.upsertWriter("default.t");
    try (VectorSchemaRoot nullKey = batch(0, 2, null)) {
      fails(ErrorCode.SCHEMA_MISMATCH, "2 values", () -> writer.upsert(1L, "a"));
      fails(ErrorCode.NULL_VALUE, "'id'", () -> writer.upsert(null, "a", 1));
      fails(ErrorCode.SCHEMA_MISMATCH, "primary key of", () -> writer.delete(1L, 2L));
      fails(ErrorCode.NULL_VALUE, "'id'", () -> writer.delete((Object) null));
      ((BigIntVector) nullKey.getVector(0)).setNull(1);
      fails(ErrorCode.NULL_VALUE, "1 nulls", () -> writer.upsert(nullKey));
    } finally {
      writer.close();
    }
    fails(ErrorCode.CLOSING, "closed", () -> writer.upsert(1L, "a", 1));
    assertThat(changes()).isEmpty();
  }
}
