package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitioned tables through the client. Afterwards both sides have freed all memory. */
@Timeout(60)
class PartitionsTest extends OverServerInMemory {
  private static final TablePath LOG = TablePath.parse("hits");
  private static final TablePath KEYED = TablePath.parse("stock");
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final LocalDate DAY = LocalDate.of(2026, 11, 29);

  private void createLog(Map<String, String> properties) {
    TableDescriptor columns = TableJson.descriptor("day DATE, n BIGINT", 2);
    connection
        .admin()
        .createTable(
            LOG,
            new TableDescriptor(columns.schema(), 2, List.of("day"), List.of(), properties, ""),
            false);
  }

  private void createKeyed() {
    TableDescriptor columns = TableJson.descriptor("day DATE, shop STRING, n BIGINT", 2);
    Schema schema = Schema.first(columns.schema().columns(), List.of("day", "shop"));
    connection
        .admin()
        .createTable(
            KEYED, new TableDescriptor(schema, 2, List.of("day"), List.of(), Map.of(), ""), false);
  }

  private List<ScanRecord> records(ScanOptions options) {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(options)) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(LONG).list());
      }
    }
    return records;
  }

  private static List<Long> numbers(List<ScanRecord> records) {
    return records.stream().map(record -> record.row().getLong("n")).sorted().toList();
  }

  private List<String> rows(ScanOptions options) {
    List<String> rows = new ArrayList<>();
    try (RowScanner scanner = connection.rows(options)) {
      for (List<Row> page = scanner.poll(); !page.isEmpty(); page = scanner.poll()) {
        page.forEach(row -> rows.add(row.toString()));
      }
    }
    rows.sort(null);
    return rows;
  }

  private static Map<String, String> day(LocalDate day) {
    Map<String, String> values = new HashMap<>();
    values.put("day", day == null ? null : day.toString());
    return values;
  }

  @Test
  void rowsMakeTheirPartitionsAndStayInTheirOrderWithinThem() {
    createLog(Map.of());
    try (TableWriter writer = connection.writer("hits")) {
      List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
      for (long n = 0; n < 300; n++) {
        acks.add(writer.append(n % 3 == 2 ? null : DAY.plusDays(n % 3), n));
      }
      writer.flush().join();
      assertThat(acks).allMatch(ack -> ack.join().parts().size() == 1);
    }
    TableInfo table = connection.admin().table(LOG);
    assertThat(table.partitions().all())
        .extracting(Partition::values)
        .containsExactly(List.of("2026-11-29"), List.of("2026-11-30"), List.of(Partition.NULL));
    List<ScanRecord> all = records(ScanOptions.all("hits"));
    assertThat(all).hasSize(300);
    Map<Integer, Long> last = new TreeMap<>();
    for (ScanRecord record : all) {
      long n = record.row().getLong("n");
      assertThat(record.bucket() / 2).isEqualTo((int) (n % 3));
      assertThat(last.getOrDefault(record.bucket(), -1L)).isLessThan(n);
      last.put(record.bucket(), n);
    }
    assertThat(numbers(records(ScanOptions.all("hits").withFilter("day = '2026-11-30'"))))
        .hasSize(100)
        .allMatch(n -> n % 3 == 1);
    assertThat(numbers(records(ScanOptions.all("hits").withFilter("day IS NULL"))))
        .hasSize(100)
        .allMatch(n -> n % 3 == 2);
    assertThat(connection.admin().statistics(LOG, day(DAY)).rows()).isEqualTo(100);
    assertThat(connection.admin().statistics(LOG, day(null)).rows()).isEqualTo(100);
    assertThat(connection.admin().offsets(LOG, Position.Named.LATEST).keySet())
        .containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(connection.admin().offsets(LOG, day(null), Position.Named.LATEST).keySet())
        .containsExactly(4, 5);
  }

  private VectorSchemaRoot vectors(List<LocalDate> days) {
    DateDayVector dates = new DateDayVector("day", connection.allocator());
    BigIntVector numbers = new BigIntVector("n", connection.allocator());
    for (int i = 0; i < days.size(); i++) {
      numbers.setSafe(i, i);
      if (days.get(i) == null) {
        dates.setNull(i);
      } else {
        dates.setSafe(i, (int) days.get(i).toEpochDay());
      }
    }
    dates.setValueCount(days.size());
    numbers.setValueCount(days.size());
    return VectorSchemaRoot.of(dates, numbers);
  }

  @Test
  void vectorsAreSplitByPartition() {
    createLog(Map.of());
    List<LocalDate> days = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      days.add(i % 5 == 4 ? null : DAY.plusDays(i % 5));
    }
    try (TableWriter writer = connection.writer("hits");
        VectorSchemaRoot rows = vectors(days);
        VectorSchemaRoot second = rows.slice(1, 1)) {
      AppendAck ack = writer.append(rows).join();
      assertThat(ack.parts()).hasSize(5);
      assertThat(writer.appendTo(3, second).join().parts()).hasSize(1);
    }
    assertThat(records(ScanOptions.all("hits"))).hasSize(101);
    assertThat(records(ScanOptions.all("hits").withBuckets(3))).hasSize(1);
  }

  @Test
  void aRowOfAnotherPartitionIsRefusedByABucket() {
    createLog(Map.of());
    try (TableWriter writer = connection.writer("hits")) {
      writer.append(DAY, 1L).join();
      assertThatThrownBy(() -> writer.appendTo(7, DAY, 1L)).hasMessageContaining("has no bucket 7");
      fails(
          ErrorCode.INVALID_REQUEST,
          "belongs to partition",
          () -> writer.appendTo(0, DAY.plusDays(1), 1L).join());
      writer.appendTo(1, DAY, 2L).join();
    }
    assertThat(numbers(records(ScanOptions.all("hits")))).containsExactly(1L, 2L);
  }

  @Test
  void withoutDynamicPartitionsEachIsMadeFirst() {
    createLog(Map.of("table.dynamic-partition.enabled", "false"));
    try (TableWriter writer = connection.writer("hits");
        TableWriter other = connection.writer("hits")) {
      fails(ErrorCode.PARTITION_NOT_FOUND, "no partition", () -> writer.append(DAY, 1L).join());
      Partition made = connection.admin().createPartition(LOG, day(DAY), false);
      fails(
          ErrorCode.PARTITION_EXISTS,
          "already",
          () -> connection.admin().createPartition(LOG, day(DAY), false));
      assertThat(connection.admin().createPartition(LOG, day(DAY), true)).isEqualTo(made);
      writer.append(DAY, 1L).join();
      other.append(DAY, 2L).join();
    }
    assertThat(numbers(records(ScanOptions.all("hits")))).containsExactly(1L, 2L);
  }

  @Test
  void aWriterMakesADroppedPartitionAnewAfterItHasHeardOfIt() {
    createLog(Map.of());
    try (TableWriter writer = connection.writer("hits")) {
      writer.append(DAY, 1L).join();
      connection.admin().dropPartition(LOG, day(DAY), false);
      fails(
          ErrorCode.PARTITION_NOT_FOUND,
          "has no partition",
          () -> connection.admin().dropPartition(LOG, day(DAY), false));
      connection.admin().dropPartition(LOG, day(DAY), true);
      fails(ErrorCode.PARTITION_NOT_FOUND, "partition", () -> writer.append(DAY, 2L).join());
      writer.append(DAY, 3L).join();
      writer.append(DAY.plusDays(1), 4L).join();
    }
    assertThat(numbers(records(ScanOptions.all("hits")))).containsExactly(3L, 4L);
    assertThat(connection.admin().partitions(LOG))
        .extracting(Partition::number)
        .containsExactly(1, 2);
  }

  /** Batches of both buckets of the partition are under way, and such of another one. */
  @Test
  void theDropOfAPartitionHurtsTheRowsOfNoOther() {
    createLog(Map.of());
    WriterOptions single = WriterOptions.DEFAULT.withBatchBytes(1);
    try (TableWriter writer = connection.writer(LOG, single)) {
      writer.append(DAY, 0L).join();
      writer.append(DAY.plusDays(1), 1L).join();
      api.faults().holdAppends();
      List<CompletableFuture<AppendAck>> lost = new ArrayList<>();
      List<CompletableFuture<AppendAck>> kept = new ArrayList<>();
      for (long n = 2; n < 12; n++) {
        (n % 2 == 0 ? lost : kept).add(writer.append(DAY.plusDays(n % 2), n));
      }
      while (api.faults().heldAppends() < 10) {
        Thread.onSpinWait();
      }
      connection.admin().dropPartition(LOG, day(DAY), false);
      api.faults().holdNoMore();
      api.faults().releaseAppends(false);
      for (CompletableFuture<AppendAck> ack : lost) {
        fails(ErrorCode.PARTITION_NOT_FOUND, "partition", ack::join);
      }
      kept.forEach(CompletableFuture::join);
      writer.append(DAY, 12L).join();
      writer.append(DAY.plusDays(1), 13L).join();
    }
    assertThat(numbers(records(ScanOptions.all("hits"))))
        .containsExactly(1L, 3L, 5L, 7L, 9L, 11L, 12L, 13L);
  }

  @Test
  void aWriterWaitsForAPartitionWhileNoServerAnswers() throws Exception {
    createLog(Map.of());
    try (TableWriter writer = connection.writer("hits")) {
      writer.append(DAY, 1L).join();
      door.close();
      CompletableFuture<AppendAck> later =
          CompletableFuture.supplyAsync(() -> writer.append(DAY.plusDays(1), 2L).join());
      assertThatThrownBy(() -> connection.admin().partitions(LOG)).isNotNull();
      openDoor();
      later.join();
    }
    assertThat(numbers(records(ScanOptions.all("hits")))).containsExactly(1L, 2L);
  }

  @Test
  void aFollowerReadsPartitionsAsTheyAppearAndGoesOnFromItsPositions() {
    createLog(Map.of());
    ScanOptions follow = ScanOptions.subscribe("hits", Position.Named.EARLIEST);
    Map<Integer, Long> positions;
    try (TableWriter writer = connection.writer("hits")) {
      try (LogScanner follower = connection.scanner(follow)) {
        List<ScanRecord> seen = new ArrayList<>();
        for (long n = 0; n < 20; n++) {
          writer.append(DAY.plusDays(n / 5), n).join();
          while (seen.size() <= n) {
            seen.addAll(follower.poll(LONG).list());
          }
        }
        assertThat(numbers(seen))
            .containsExactly(
                0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L,
                19L);
        positions = follower.positions();
      }
      connection.admin().dropPartition(LOG, day(DAY), false);
      writer.append(DAY.plusDays(3), 20L).join();
      writer.append(DAY.plusDays(9), 21L).join();
    }
    try (LogScanner again = connection.scanner(follow.from(new Position.Buckets(positions)))) {
      List<ScanRecord> seen = new ArrayList<>();
      while (seen.size() < 2) {
        seen.addAll(again.poll(LONG).list());
      }
      assertThat(numbers(seen)).containsExactly(20L, 21L);
    }
  }

  @Test
  void rowsByKeyGoToTheirPartition() {
    createKeyed();
    try (TableUpsertWriter writer = connection.upsertWriter("stock");
        Lookuper early = connection.lookuper("stock")) {
      assertThat(early.lookup(DAY, "Bern").join()).isEmpty();
      writer.delete(DAY.plusDays(5), "Bern").join();
      assertThat(connection.admin().partitions(KEYED)).isEmpty();
      writer.upsert(DAY, "Bern", 1L).join();
      writer.upsert(DAY.plusDays(1), "Bern", 2L).join();
      writer.upsert(DAY, "Thun", 3L).join();
      writer.upsert(DAY, "Bern", 4L).join();
      writer.delete(DAY, "Thun").join();
      assertThat(early.lookup(DAY, "Bern").join().orElseThrow().getLong("n")).isEqualTo(4);
      assertThat(early.lookup(DAY.plusDays(1), "Bern").join().orElseThrow().getLong("n"))
          .isEqualTo(2);
      assertThat(early.lookup(DAY, "Thun").join()).isEmpty();
      assertThat(early.lookup(DAY.plusDays(7), "Thun").join()).isEmpty();
      assertThatThrownBy(() -> early.lookupPrefix(DAY))
          .hasMessageContaining("last column of the partition and bucket key [day, shop]");
    }
    assertThat(rows(ScanOptions.all("stock")))
        .containsExactly("[2026-11-29, Bern, 4]", "[2026-11-30, Bern, 2]");
    assertThat(rows(ScanOptions.all("stock").withFilter("day > '2026-11-29'")))
        .containsExactly("[2026-11-30, Bern, 2]");
  }

  private VectorSchemaRoot changes(List<LocalDate> days, List<Long> numbers, int... kinds) {
    DateDayVector dates = new DateDayVector("day", connection.allocator());
    VarCharVector shops = new VarCharVector("shop", connection.allocator());
    BigIntVector values = new BigIntVector("n", connection.allocator());
    TinyIntVector types =
        new TinyIntVector(SystemColumns.CHANGE_TYPE.name(), connection.allocator());
    for (int i = 0; i < days.size(); i++) {
      dates.setSafe(i, (int) days.get(i).toEpochDay());
      shops.setSafe(i, "Bern".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      values.setSafe(i, numbers.get(i));
      types.setSafe(i, kinds[i]);
    }
    List<FieldVector> all = List.of(dates, shops, values, types);
    all.forEach(each -> each.setValueCount(days.size()));
    return new VectorSchemaRoot(all);
  }

  @Test
  void vectorsOfChangesGoToTheirPartitionAndDeletesMakeNone() {
    createKeyed();
    int put = ChangeType.UPDATE_AFTER.number();
    int delete = ChangeType.DELETE.number();
    List<LocalDate> days = List.of(DAY, DAY.plusDays(1), DAY.plusDays(2), DAY, DAY.plusDays(1));
    try (TableUpsertWriter writer = connection.upsertWriter("stock");
        VectorSchemaRoot rows =
            changes(days, List.of(1L, 2L, 3L, 4L, 5L), put, put, delete, put, delete)) {
      assertThat(writer.upsert(rows).join().parts()).hasSize(2);
    }
    assertThat(connection.admin().partitions(KEYED)).hasSize(2);
    assertThat(rows(ScanOptions.all("stock"))).containsExactly("[2026-11-29, Bern, 4]");
    try (Lookuper lookuper = connection.lookuper("stock");
        VectorSchemaRoot keys = changes(days, List.of(0L, 0L, 0L, 0L, 0L), 0, 0, 0, 0, 0);
        VectorSchemaRoot two = keyColumns(keys)) {
      try (LookupResult found = lookuper.lookup(two).join()) {
        assertThat(found.rows().getRowCount()).isEqualTo(2);
      }
    }
  }

  private static VectorSchemaRoot keyColumns(VectorSchemaRoot rows) {
    return new VectorSchemaRoot(rows.getFieldVectors().subList(0, 2));
  }

  @Test
  void noPartOfAPartitionIsReadAlone() {
    createKeyed();
    try (TableUpsertWriter writer = connection.upsertWriter("stock")) {
      for (long n = 0; n < 20; n++) {
        writer.upsert(DAY.plusDays(n % 2), "shop " + n, n).join();
      }
    }
    try (RowScanner scanner = connection.rows(ScanOptions.all("stock"))) {
      List<Row> rows = new ArrayList<>(scanner.poll());
      connection.admin().dropPartition(KEYED, day(DAY.plusDays(1)), false);
      for (List<Row> page = scanner.poll(); !page.isEmpty(); page = scanner.poll()) {
        rows.addAll(page);
      }
      assertThat(rows).hasSize(10);
    }
    try (TableUpsertWriter writer = connection.upsertWriter("stock")) {
      for (long n = 1; n < 20; n += 2) {
        writer.upsert(DAY.plusDays(1), "shop " + n, n).join();
      }
    }
    try (RowScanner scanner = connection.rows(ScanOptions.all("stock"))) {
      assertThat(scanner.poll()).isNotEmpty();
      connection.admin().dropPartition(KEYED, day(DAY), false);
      fails(
          ErrorCode.PARTITION_NOT_FOUND,
          "partition",
          () -> {
            while (!scanner.poll().isEmpty()) {
              assertThat(scanner.table().partitions().count()).isEqualTo(2);
            }
          });
    }
    assertThat(rows(ScanOptions.all("stock"))).hasSize(10);
    ScanOptions named = ScanOptions.all("stock").from(new Position.Buckets(Map.of(0, 0L, 2, 0L)));
    fails(ErrorCode.PARTITION_NOT_FOUND, "no bucket 0", () -> connection.scanner(named));
  }

  @Test
  void aValueThatCanNameNoPartitionIsRefusedAlone() {
    TableDescriptor columns = TableJson.descriptor("kind STRING, n BIGINT", 1);
    connection
        .admin()
        .createTable(
            LOG,
            new TableDescriptor(columns.schema(), 1, List.of("kind"), List.of(), Map.of(), ""),
            false);
    try (TableWriter writer = connection.writer("hits")) {
      CompletableFuture<AppendAck> before = writer.append("good", 1L);
      fails(
          ErrorCode.INVALID_REQUEST,
          "longer than 200 bytes",
          () -> writer.append("x".repeat(201), 2L).join());
      fails(ErrorCode.INVALID_REQUEST, "control character", () -> writer.append("a\nb", 3L).join());
      fails(
          ErrorCode.INVALID_REQUEST,
          "stands for null",
          () -> writer.append(Partition.NULL, 3L).join());
      before.join();
      writer.append("", 4L).join();
      writer.append("ä/=%", 5L).join();
    }
    assertThat(numbers(records(ScanOptions.all("hits")))).containsExactly(1L, 4L, 5L);
    assertThat(
            new TreeSet<>(
                connection.admin().partitions(LOG).stream()
                    .map(each -> each.values().get(0))
                    .toList()))
        .containsExactly("", "good", "ä/=%");
  }
}
