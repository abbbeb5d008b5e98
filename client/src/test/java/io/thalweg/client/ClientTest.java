package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against a front door. After each test both sides have freed all memory. */
@Timeout(60)
class ClientTest extends OverServerInMemory {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final TablePath TABLE = TablePath.parse("default.t");

  @BeforeEach
  void open() throws Exception {
    connection.admin().createTable("default.t", "id BIGINT NOT NULL, name STRING", 2);
  }

  private List<ScanRecord> readAll(ScanOptions options) {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(options)) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(LONG).list());
      }
    }
    return records;
  }

  private static List<Long> ids(List<ScanRecord> records) {
    return records.stream().map(record -> record.row().getLong("id")).sorted().toList();
  }

  @Test
  void nestedVectorsAreCastAndNotRelabelled() {
    connection.admin().createTable("default.nested", "a ARRAY<BIGINT>, later ROW<x INT>", 1);
    try (ListVector list = ListVector.empty("a", connection.allocator())) {
      list.addOrGetVector(FieldType.nullable(new ArrowType.Int(32, true)));
      int start = list.startNewValue(0);
      ((IntVector) list.getDataVector()).setSafe(start, 1);
      ((IntVector) list.getDataVector()).setSafe(start + 1, 2);
      list.endValue(0, 2);
      list.setValueCount(1);
      try (TableWriter writer = connection.writer("default.nested");
          VectorSchemaRoot rows = VectorSchemaRoot.of(list)) {
        writer.append(rows).join();
      }
    }
    List<ScanRecord> read = readAll(ScanOptions.all("default.nested"));
    assertThat(read.get(0).row().values()).containsExactly(List.of(1L, 2L), null);
  }

  @Test
  void manyBytesGoAsSeveralBatches() {
    byte[] text = new byte[2_000];
    java.util.Arrays.fill(text, (byte) 'x');
    int count = 20_000;
    try (BigIntVector ids = new BigIntVector("id", connection.allocator());
        VarCharVector names = new VarCharVector("name", connection.allocator())) {
      for (int i = 0; i < count; i++) {
        ids.setSafe(i, i);
        names.setSafe(i, text);
      }
      ids.setValueCount(count);
      names.setValueCount(count);
      try (TableWriter writer = connection.writer("default.t");
          VectorSchemaRoot rows = VectorSchemaRoot.of(ids, names)) {
        AppendAck ack = writer.append(rows).join();
        assertThat(ack.parts().size()).isGreaterThan(4);
        assertThat(ack.parts().stream().mapToLong(AppendAck.Part::count).sum()).isEqualTo(count);
      }
    }
    assertThat(ids(readAll(ScanOptions.all("default.t"))))
        .containsExactlyElementsOf(LongStream.range(0, count).boxed().toList());
  }

  @Test
  void adminKnowsDatabasesTablesAndServers() {
    Admin admin = connection.admin();
    admin.createDatabase("d", "a comment", false);
    fails(ErrorCode.DATABASE_EXISTS, "d", () -> admin.createDatabase("d", "", false));
    admin.createDatabase("d", "", true);
    assertThat(admin.databases()).containsEntry("d", "a comment");
    TableDescriptor descriptor = TableJson.descriptor("a INT NOT NULL, `b c` ROW<x ARRAY<INT>>", 3);
    assertThat(admin.createTable(TablePath.parse("d.t"), descriptor, false).descriptor())
        .hasToString(admin.table(TablePath.parse("d.t")).descriptor().toString());
    fails(
        ErrorCode.TABLE_EXISTS,
        "d.t",
        () -> admin.createTable(TablePath.parse("d.t"), descriptor, false));
    assertThat(admin.tables("d")).hasSize(1);
    fails(ErrorCode.DATABASE_NOT_EMPTY, "d", () -> admin.dropDatabase("d", false));
    admin.dropTable(TablePath.parse("d.t"), false);
    fails(ErrorCode.TABLE_NOT_FOUND, "d.t", () -> admin.dropTable(TablePath.parse("d.t"), false));
    admin.dropTable(TablePath.parse("d.t"), true);
    admin.dropDatabase("d", false);
    assertThat(admin.servers()).containsKey("1");
    assertThat(admin.files(TABLE)).isEmpty();
    fails(ErrorCode.TABLE_NOT_FOUND, "d.t", () -> admin.files(TablePath.parse("d.t")));
    assertThat(admin.offset(TABLE, 1, Position.Named.LATEST)).isZero();
  }

  @Test
  void everyTypeComesBackAsItWent() {
    connection
        .admin()
        .createTable(
            "default.types",
            "a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE,"
                + " h DECIMAL(10, 2), i CHAR(3), j STRING, k BINARY(2), l BYTES, m DATE,"
                + " n TIME(0), o TIME(3), p TIME(6), q TIME(9), r TIMESTAMP(0), s TIMESTAMP(6),"
                + " t TIMESTAMP_LTZ(3), u TIMESTAMP_LTZ(9), v ARRAY<ARRAY<INT>>,"
                + " x ROW<y INT, z ARRAY<STRING>>",
            1);
    Object[] row = {
      true,
      (byte) -1,
      (short) 300,
      70_000,
      1L << 40,
      1.5f,
      -2.25,
      new BigDecimal("-234567.90"),
      "äöü",
      "text €",
      new byte[] {1, 2},
      new byte[0],
      LocalDate.of(1969, 12, 31),
      LocalTime.of(23, 59, 59),
      LocalTime.of(1, 2, 3, 4_000_000),
      LocalTime.of(1, 2, 3, 4_000),
      LocalTime.of(1, 2, 3, 4),
      LocalDateTime.of(1950, 1, 2, 3, 4, 5),
      LocalDateTime.of(2050, 1, 2, 3, 4, 5, 6_000),
      Instant.ofEpochMilli(-1),
      Instant.ofEpochSecond(1_700_000_000, 123_456_789),
      List.of(List.of(1, 2), List.of()),
      List.of(7, List.of("p", "q"))
    };
    Object[] nulls = new Object[row.length];
    try (TableWriter writer = connection.writer("default.types")) {
      var first = writer.append(row);
      var second = writer.append(nulls);
      var third = writer.append(row);
      CompletableFuture.allOf(first, second, third).join();
    }
    List<ScanRecord> read = readAll(ScanOptions.all("default.types"));
    assertThat(read).hasSize(3);
    Row first = read.get(0).row();
    for (int i = 0; i < row.length - 1; i++) {
      assertThat(first.get(i)).as("column %s", first.names().get(i)).isEqualTo(row[i]);
    }
    assertThat(first.getRow("x").getInt("y")).isEqualTo(7);
    assertThat(first.getRow("x").get("z")).isEqualTo(List.of("p", "q"));
    assertThat(read.get(1).row().values()).containsOnlyNulls();
    assertThat(read.get(2).row()).isEqualTo(first);
    assertThat(read.get(2).offset()).isEqualTo(2);
    assertThat(read.get(2).timestampMillis()).isPositive();
  }

  @Test
  void aBadRowSaysWhichColumnAndValue() {
    try (TableWriter writer = connection.writer("default.t")) {
      fails(ErrorCode.SCHEMA_MISMATCH, "1 values", () -> writer.append(1));
      fails(
          ErrorCode.SCHEMA_MISMATCH,
          "column 'id' is BIGINT NOT NULL, the value is x (String); give a whole number",
          () -> writer.append("x", "y"));
      fails(ErrorCode.NULL_VALUE, "column 'id'", () -> writer.append(null, "y"));
      fails(
          ErrorCode.BUCKET_NOT_FOUND,
          "has buckets 0 to 1, not 2",
          () -> writer.appendTo(2, 1, "y"));
    }
    assertThat(api.rows(TABLE)).isZero();
  }

  @Test
  void storesOnceThoughAnAnswerIsLost() {
    api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
    try (TableWriter writer = connection.writer("default.t")) {
      AppendAck ack = writer.append(1, "one").join();
      assertThat(ack.parts().get(0).duplicate()).isTrue();
      assertThat(ack.parts().get(0).baseOffset()).isZero();
    }
    assertThat(api.rows(TABLE)).isEqualTo(1);
  }

  @Test
  void sendsEverythingAgainInOrderAfterFailuresThatPass() {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    WriterOptions options = WriterOptions.DEFAULT.withBatchBytes(1);
    api.faults().failNextAppend(ErrorCode.UNAVAILABLE, false);
    api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
    api.faults().failNextAppend(ErrorCode.OVERLOADED, false);
    try (TableWriter writer = connection.writer(TABLE, options)) {
      for (int i = 0; i < 200; i++) {
        acks.add(writer.appendTo(0, i, "row"));
      }
    }
    for (int i = 0; i < acks.size(); i++) {
      assertThat(acks.get(i).join().parts().get(0).baseOffset()).isEqualTo(i);
    }
    assertThat(api.rows(TABLE)).isEqualTo(200);
  }

  @Test
  void aRefusedBatchDoesNotStopThoseAfterIt() {
    try (TableWriter writer = connection.writer(TABLE, WriterOptions.DEFAULT.withBatchBytes(1));
        BigIntVector ids = new BigIntVector("id", connection.allocator());
        VectorSchemaRoot withNull =
            VectorSchemaRoot.create(writer.table().schema().toArrow(), connection.allocator())) {
      ids.setNull(0);
      withNull.allocateNew();
      withNull.setRowCount(1);
      var before = writer.appendTo(0, 1, "a");
      var refused = writer.appendTo(0, withNull);
      var after = writer.appendTo(0, 2, "b");
      assertThat(before.join().parts().get(0).baseOffset()).isZero();
      fails(ErrorCode.NULL_VALUE, "'id'", refused::join);
      assertThat(after.join().parts().get(0).baseOffset()).isEqualTo(1);
    }
    assertThat(ids(readAll(ScanOptions.all("default.t")))).containsExactly(1L, 2L);
  }

  @Test
  void writerAndScannerOutliveTheirConnection() throws Exception {
    try (TableWriter writer = connection.writer("default.t");
        LogScanner scanner =
            connection.scanner(ScanOptions.subscribe("default.t", Position.Named.EARLIEST))) {
      List<Long> seen = new ArrayList<>();
      long next = 0;
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 50; i++) {
          var unused = writer.append(next++, "round " + round);
        }
        if (round == 1) {
          door.close();
          openDoor();
        }
        writer.flush().join();
        while (seen.size() < next) {
          scanner.poll(LONG).forEach(record -> seen.add(record.row().getLong("id")));
        }
      }
      assertThat(seen.stream().sorted().toList())
          .isEqualTo(LongStream.range(0, next).boxed().toList());
    }
    assertThat(api.rows(TABLE)).isEqualTo(150);
  }

  @Test
  void noMoreIsUnderWayThanServersRecogniseAgain() throws Exception {
    try (TableWriter writer = connection.writer(TABLE, WriterOptions.DEFAULT.withBatchBytes(1))) {
      api.faults().holdAppends();
      for (int n = 0; n < 5 * WriterStamp.WINDOW; n++) {
        var unused = writer.appendTo(0, n, "v");
      }
      while (api.faults().heldAppends() < WriterStamp.WINDOW) {
        Thread.onSpinWait();
      }
      // A request after the others: once it is answered, none of them is under way.
      assertThat(connection.admin().table(TABLE)).isNotNull();
      int held = api.faults().heldAppends();
      door.close();
      api.faults().releaseAppends(false);
      openDoor();
      writer.flush().join();
      assertThat(held).isEqualTo(WriterStamp.WINDOW);
    }
    assertThat(ids(readAll(ScanOptions.all("default.t"))))
        .isEqualTo(LongStream.range(0, 5 * WriterStamp.WINDOW).boxed().toList());
  }

  @Test
  void whileABucketIsBusyItsNextBatchGrows() {
    try (TableWriter writer = connection.writer(TABLE.toString())) {
      api.faults().holdAppends();
      List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
      for (long id = 0; id < 2; id++) {
        // A row alone goes at once.
        acks.add(writer.appendTo(0, id, "alone"));
        int sent = acks.size();
        while (api.faults().heldAppends() < sent) {
          Thread.onSpinWait();
        }
      }
      for (long id = 2; id < 1_000; id++) {
        acks.add(writer.appendTo(0, id, "together"));
      }
      // A request after the others: once it is answered, none of them is under way.
      assertThat(connection.admin().table(TABLE)).isNotNull();
      assertThat(api.faults().heldAppends()).isEqualTo(2);
      assertThat(acks.stream().distinct()).as("batches").hasSize(3);
      api.faults().releaseAppends(false);
      acks.forEach(CompletableFuture::join);
    }
    assertThat(ids(readAll(ScanOptions.all("default.t"))))
        .isEqualTo(LongStream.range(0, 1_000).boxed().toList());
  }

  @Test
  void anOtherBucketDoesNotWaitForABusyOne() {
    try (TableWriter writer = connection.writer(TABLE.toString())) {
      api.faults().holdAppends();
      for (long id = 0; id < 5; id++) {
        var unused = writer.appendTo(0, id, "busy");
      }
      var other = writer.appendTo(1, 5L, "idle");
      while (api.faults().heldAppends() < 2) {
        Thread.onSpinWait();
      }
      api.faults().releaseAppends(true);
      assertThat(other.join().parts().get(0).bucket()).isEqualTo(1);
    }
    assertThat(api.rows(TABLE)).isEqualTo(6);
  }

  @Test
  void aFlushWaitsForWhatWasAppendedBeforeItAndNoLonger() {
    try (TableWriter writer = connection.writer(TABLE, WriterOptions.DEFAULT.withBatchBytes(1))) {
      assertThat(writer.flush()).isDone();
      api.faults().holdAppends();
      var first = writer.appendTo(0, 1, "a");
      var flushed = writer.flush();
      var second = writer.appendTo(0, 2, "b");
      var flushedAgain = writer.flush();
      assertThat(flushed).isNotDone();
      api.faults().releaseAppends(true);
      flushedAgain.join();
      assertThat(List.of(first, second)).allMatch(CompletableFuture::isDone);
      assertThat(flushed).isDone();
      assertThat(writer.flush()).as("nothing is under way").isDone();
    }
  }

  @Test
  void withoutStoringOnceAnUnknownOutcomeIsTold() {
    api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
    try (TableWriter writer =
        connection.writer(TABLE, WriterOptions.DEFAULT.withIdempotence(false))) {
      fails(ErrorCode.UNKNOWN_OUTCOME, "fault", () -> writer.append(1, "one").join());
      assertThat(writer.append(2, "two").join().parts()).hasSize(1);
    }
    assertThat(api.rows(TABLE)).isEqualTo(2);
  }

  @Test
  void memoryIsBounded() {
    api.faults().holdAppends();
    WriterOptions options =
        WriterOptions.DEFAULT
            .withBatchBytes(1_000)
            .withBufferBytes(10_000)
            .withBlockTimeout(Duration.ofMillis(20));
    TableWriter writer = connection.writer(TABLE, options);
    fails(
        ErrorCode.OVERLOADED,
        "the limit is 10000",
        () -> {
          for (int i = 0; i < 10_000; i++) {
            var unused = writer.append(i, "some text of some length");
          }
        });
    api.faults().releaseAppends(false);
    writer.close();
  }

  @Test
  void batchesGoRoundTheBuckets() {
    try (TableWriter writer = connection.writer(TABLE, WriterOptions.DEFAULT.withBatchBytes(1))) {
      for (int i = 0; i < 10; i++) {
        var unused = writer.append(i, "x");
      }
    }
    assertThat(connection.admin().offset(TABLE, 0, Position.Named.LATEST)).isEqualTo(5);
    assertThat(connection.admin().offset(TABLE, 1, Position.Named.LATEST)).isEqualTo(5);
    assertThat(connection.admin().count(TABLE).rows()).isEqualTo(10);
    assertThat(connection.admin().count(TABLE).columns()).isEmpty();
    assertThat(connection.admin().statistics(TABLE, 1).rows()).isEqualTo(5);
    assertThat(connection.admin().statistics(TABLE).columns()).hasSize(2);
  }

  private void write(int bucket, long first, int count) {
    try (TableWriter writer = connection.writer("default.t")) {
      for (int i = 0; i < count; i++) {
        var unused = writer.appendTo(bucket, first + i, "n" + (first + i));
      }
    }
  }

  @Test
  void scansWithColumnsFilterLimitAndRange() {
    write(0, 0, 100);
    write(1, 100, 50);
    assertThat(readAll(ScanOptions.all("default.t"))).hasSize(150);
    assertThat(ids(readAll(ScanOptions.all("default.t").withFilter("id > 95").withBuckets(0))))
        .containsExactly(96L, 97L, 98L, 99L);
    List<ScanRecord> some =
        readAll(
            ScanOptions.all("default.t")
                .withColumns("name", "id")
                .withBuckets(1)
                .from(new Position.Offset(10))
                .until(new Position.Offset(40))
                .withLimit(5));
    assertThat(some.get(0).row().names()).containsExactly("name", "id");
    assertThat(some.stream().map(ScanRecord::offset)).containsExactly(10L, 11L, 12L, 13L, 14L);
    assertThat(readAll(ScanOptions.all("default.t").from(new Position.Buckets(Map.of(1, 45L)))))
        .hasSize(5);
    fails(
        ErrorCode.INVALID_FILTER,
        "nope",
        () -> readAll(ScanOptions.all("default.t").withFilter("nope > 1")));
    fails(
        ErrorCode.SCHEMA_MISMATCH,
        "nope",
        () -> readAll(ScanOptions.all("default.t").withColumns("nope")));
  }

  @Test
  void seeksAndGivesArrowBatches() {
    write(0, 0, 100);
    try (LogScanner scanner =
        connection.scanner(
            ScanOptions.subscribe("default.t", Position.Named.LATEST).withoutPositions())) {
      scanner.seek(0, 90);
      List<ScanBatch> batches = new ArrayList<>(scanner.pollBatches(LONG));
      // Rows that were appended one by one may be in more than one batch.
      while (batches.stream().mapToInt(each -> each.rows().getRowCount()).sum() < 10) {
        batches.addAll(scanner.pollBatches(LONG));
      }
      assertThat(batches.get(0).range().baseOffset()).isEqualTo(90);
      assertThat(batches.stream().mapToInt(each -> each.rows().getRowCount()).sum()).isEqualTo(10);
      assertThat(batches.get(0).rows().getFieldVectors()).hasSize(2);
      batches.forEach(ScanBatch::close);
      assertThat(scanner.positions()).isEqualTo(Map.of(0, 100L, 1, 0L));
      scanner.seek(0, 99);
      assertThat(scanner.poll(LONG).list().get(0).row().getLong("id")).isEqualTo(99);
    }
  }

  @Test
  void nobodyListens() {
    try (ThalwegConnection nowhere = ThalwegConnection.connect("grpc://127.0.0.1:1")) {
      fails(ErrorCode.UNAVAILABLE, "", () -> nowhere.admin().databases());
    }
    fails(ErrorCode.INVALID_REQUEST, "nonsense", () -> ThalwegConnection.connect("nonsense"));
    assertThat(Optional.of(connection)).isPresent();
  }
}
