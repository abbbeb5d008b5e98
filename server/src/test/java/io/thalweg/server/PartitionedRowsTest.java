package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Rows with a primary key in partitions, through the façade. */
class PartitionedRowsTest extends PartitionedFixture {
  private static final String ALL = "id day v";
  private static final String CHANGES = "id day v __change_type";

  private TableInfo table(int buckets, Map<String, String> properties) {
    return create(
        descriptor(
            "id BIGINT NOT NULL, day STRING NOT NULL, v INT",
            buckets,
            List.of("id", "day"),
            List.of("day"),
            List.of(),
            properties));
  }

  private CompletableFuture<VectorSchemaRoot> lookup(
      TableInfo table, String columns, String... keys) {
    try (VectorSchemaRoot root = rows(table, columns, keys)) {
      return server.lookup(ServerUnderTest.WHO, table, root, null);
    }
  }

  /** The rows found, each behind the index of its key. */
  private List<String> found(TableInfo table, String columns, String... keys) {
    try (VectorSchemaRoot rows = one.await(lookup(table, columns, keys))) {
      return texts(rows);
    }
  }

  private CompletableFuture<RowScan> scanning(TableInfo table, String filter) {
    return server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, filter);
  }

  /** The next rows; gives their token, null at the end. */
  private String page(RowScan scan, List<String> into) {
    RowScan.Page page = one.await(scan.next(Long.MAX_VALUE)).orElse(null);
    if (page == null) {
      return null;
    }
    try (VectorSchemaRoot rows = page.rows().get()) {
      into.addAll(texts(rows));
    }
    return page.resume();
  }

  private List<String> all(RowScan scan) {
    List<String> rows = new ArrayList<>();
    while (page(scan, rows) != null) {
      assertThat(rows.size()).isLessThan(100_000);
    }
    return rows;
  }

  private List<String> scan(TableInfo table, String filter) {
    try (RowScan scan = one.await(scanning(table, filter))) {
      return all(scan);
    }
  }

  @Test
  void aKeyIsAnotherRowInEachPartition() {
    TableInfo table = table(2, Map.of());
    assertThat(table.descriptor().bucketKey()).containsExactly("id");
    one.await(write(table, ALL, "1 a 10", "1 b 20", "2 a 30", "1 a 11"));
    assertThat(partitions()).containsExactly(List.of("a"), List.of("b"));
    assertThat(found(table, "id day", "1 a", "1 b", "2 a", "2 b", "1 none"))
        .containsExactly("0 1 a 11", "1 1 b 20", "2 2 a 30");
    one.await(write(table, ALL, "1 b 21", "2 b 40"));
    assertThat(found(table, "day id", "b 1", "a 1", "b 2"))
        .containsExactly("0 1 b 21", "1 1 a 11", "2 2 b 40");
    one.await(write(table, CHANGES, "1 a - -D"));
    assertThat(found(table, "id day", "1 a", "1 b")).containsExactly("1 1 b 21");
    assertThat(scan(table, null)).containsExactlyInAnyOrder("2 a 30", "1 b 21", "2 b 40");
  }

  @Test
  void manyPartitionsKeepTheirRowsApart() {
    TableInfo table = table(3, Map.of());
    String[] rows =
        IntStream.range(0, 600)
            .mapToObj(i -> i % 20 + " p" + i / 20 + " " + i)
            .toArray(String[]::new);
    AppendResult result = one.await(write(table, ALL, rows));
    assertThat(result.parts()).hasSizeBetween(60, 90);
    assertThat(partitions()).hasSize(30);
    assertThat(scan(table, null)).containsExactlyInAnyOrder(rows);
    one.await(server.close());
    one.disk("s1").lose();
    server = one.newServer("s1", QUICK);
    second = server;
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(5 * SECOND);
    assertThat(scan(table, null)).containsExactlyInAnyOrder(rows);
    assertThat(found(table, "id day", "7 p3", "7 p29")).containsExactly("0 7 p3 67", "1 7 p29 587");
  }

  @Test
  void localRowsOfADroppedPartitionGo() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 10", "1 b 20"));
    assertThat(new MemoryKvStores(one.disk("s1")).local()).hasSize(2);
    one.await(dropPartition("day", "a"));
    one.scheduler.runFor(30 * SECOND);
    assertThat(new MemoryKvStores(one.disk("s1")).local()).hasSize(1);
    assertThat(found(table, "id day", "1 a", "1 b")).containsExactly("1 1 b 20");
    one.await(write(table, ALL, "2 a 30"));
    assertThat(scan(table, null))
        .as("the new partition is empty")
        .containsExactlyInAnyOrder("1 b 20", "2 a 30");
  }

  private long snapshotObjects(Partition partition) {
    return one.await(one.store.list("", "", 1_000)).stream()
        .flatMap(object -> KvObject.ofKey(object.key()).stream())
        .filter(object -> object.bucket().storage().equals(partition.storage()))
        .count();
  }

  @Test
  void snapshotsOfADroppedPartitionGo() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 10", "1 b 20"));
    one.scheduler.runFor(20 * SECOND);
    Partition a = now().partitions().find(0).orElseThrow();
    Partition b = now().partitions().find(1).orElseThrow();
    assertThat(snapshotObjects(a)).isPositive();
    assertThat(snapshotObjects(b)).isPositive();
    one.await(dropPartition("day", "a"));
    one.scheduler.runFor(60 * SECOND);
    assertThat(snapshotObjects(a)).isZero();
    assertThat(snapshotObjects(b)).isPositive();
    assertThat(scan(table, null)).containsExactly("1 b 20");
  }

  @Test
  void aDeleteMakesNoPartition() {
    TableInfo table = table(2, Map.of());
    AppendResult none = one.await(write(table, CHANGES, "1 a - -D", "2 a - -U", "3 b - -D"));
    assertThat(none.parts()).isEmpty();
    assertThat(partitions()).isEmpty();
    one.await(write(table, CHANGES, "1 a - -D", "2 b 7 +I", "3 a - -D"));
    assertThat(partitions()).containsExactly(List.of("b"));
    assertThat(scan(table, null)).containsExactly("2 b 7");
  }

  @Test
  void partialUpdatesTouchTheRowOfTheirPartition() {
    TableInfo table =
        create(
            descriptor(
                "id BIGINT NOT NULL, day STRING NOT NULL, v INT, w INT",
                2,
                List.of("id", "day"),
                List.of("day"),
                List.of(),
                Map.of()));
    one.await(write(table, "id day v w", "1 a 10 100", "1 b 20 200"));
    one.await(write(table, "id day v", "1 a 11", "1 c 30"));
    one.await(write(table, "w day id", "201 b 1"));
    assertThat(found(table, "id day", "1 a", "1 b", "1 c"))
        .containsExactly("0 1 a 11 100", "1 1 b 20 201", "2 1 c 30 -");
    refused(write(table, "id v", "1 5"), ErrorCode.NULL_VALUE, "day");
  }

  @Test
  void aPrefixNamesThePartitionAndTheBucketKey() {
    TableInfo table =
        create(
            descriptor(
                "shop STRING NOT NULL, day STRING NOT NULL, id BIGINT NOT NULL, v INT",
                4,
                List.of("shop", "day", "id"),
                List.of("day"),
                List.of("shop"),
                Map.of()));
    one.await(write(table, "shop day id v", "x a 1 1", "x a 2 2", "x b 3 3", "y a 4 4"));
    assertThat(found(table, "shop day", "x a", "x b", "y b", "y none", "y a"))
        .containsExactly("0 x a 1 1", "0 x a 2 2", "1 x b 3 3", "4 y a 4 4");
    refused(
        lookup(table, "shop", "x"),
        ErrorCode.INVALID_REQUEST,
        "by [shop] alone: their buckets are known by [day, shop]",
        "give at least [shop, day]");
  }

  @Test
  void numbersAreUniqueOverAllPartitions() {
    TableInfo table =
        create(
            descriptor(
                "id BIGINT NOT NULL, day STRING NOT NULL, n BIGINT",
                2,
                List.of("id", "day"),
                List.of("day"),
                List.of(),
                Map.of("table.auto-increment.column", "n")));
    for (int i = 0; i < 5; i++) {
      one.await(write(table, "id day", "1 p" + i, "2 p" + i, "3 p" + i));
    }
    one.await(dropPartition("day", "p0"));
    one.await(write(table, "id day", "1 p0", "1 p1"));
    List<String> numbers =
        scan(table, null).stream().map(row -> row.substring(row.lastIndexOf(' '))).toList();
    assertThat(numbers).hasSize(13).doesNotHaveDuplicates().doesNotContain(" -");
  }

  @Test
  void aRetriedBatchIsWrittenOnce() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 1", "1 b 1"));
    WriterStamp writer = one.await(server.openWriter(ServerUnderTest.WHO));
    for (int bucket : now().buckets()) {
      String day = bucket == 0 ? "a" : "b";
      for (int attempt = 0; attempt < 2; attempt++) {
        AppendResult.Part part =
            one.await(
                    write(
                        server,
                        table,
                        OptionalInt.of(bucket),
                        writer,
                        ALL,
                        "2 " + day + " 5",
                        "3 " + day + " 6"))
                .parts()
                .get(0);
        assertThat(part.bucket()).isEqualTo(bucket);
        assertThat(part.duplicate()).isEqualTo(attempt == 1);
      }
      assertThat(log(now(), TableView.TABLE, bucket, List.of("id"))).hasSize(3);
    }
    refused(
        write(server, table, OptionalInt.empty(), writer, ALL, "1 a 2"),
        ErrorCode.INVALID_REQUEST,
        "must name its bucket");
  }

  @Test
  void aNamedBucketTakesItsOwnRowsOnly() {
    TableInfo table = table(2, Map.of());
    one.await(write(table, ALL, "1 a 1", "1 b 1"));
    refused(
        write(server, table, OptionalInt.of(0), WriterStamp.NONE, ALL, "1 b 2"),
        ErrorCode.INVALID_REQUEST,
        "row 0 belongs to bucket",
        "by [day] and the hash of [id], not to bucket 0");
    refused(
        write(server, table, OptionalInt.of(0), WriterStamp.NONE, ALL, "1 none 2"),
        ErrorCode.INVALID_REQUEST,
        "row 0 belongs to no partition that is there");
    refused(
        write(server, table, OptionalInt.of(7), WriterStamp.NONE, ALL, "1 a 2"),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 7");
    assertThat(partitions()).hasSize(2);
  }

  @Test
  void aFilterLeavesPartitionsOut() {
    TableInfo table = table(2, Map.of());
    for (String day : List.of("a", "b", "c")) {
      for (int i = 0; i < 50; i++) {
        one.await(write(table, ALL, i + " " + day + " " + i));
      }
    }
    one.rowsRead.set(0);
    try (RowScan scan = one.await(scanning(table, "day = 'b' AND v < 10"))) {
      assertThat(all(scan)).hasSize(10);
      assertThat(scan.offsets()).containsOnlyKeys(2, 3);
    }
    assertThat(one.rowsRead).as("those of one partition").hasValue(50);
    try (RowScan scan = one.await(scanning(table, "day = 'none'"))) {
      assertThat(all(scan)).isEmpty();
      assertThat(scan.offsets()).isEmpty();
    }
    assertThat(scan(table, "day > 'a'")).hasSize(100);
    assertThat(scan(table, "v = 7")).containsExactlyInAnyOrder("7 a 7", "7 b 7", "7 c 7");
    try (RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, OptionalInt.of(4), null, null))) {
      assertThat(all(scan)).allMatch(row -> row.contains(" c ")).isNotEmpty();
    }
    refused(
        server.scanRows(ServerUnderTest.WHO, table, OptionalInt.of(6), null, null),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 6");
  }

  @Test
  void aScanOfAnEmptyTableEndsAtOnce() {
    TableInfo table = table(2, Map.of());
    assertThat(scan(table, null)).isEmpty();
    assertThat(found(table, "id day", "1 a")).isEmpty();
  }

  @Test
  void aScanGoesOnWithoutAPartitionThatIsDroppedBeforeItIsRead() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 1", "1 b 2", "1 c 3"));
    List<String> rows = new ArrayList<>();
    try (RowScan scan = one.await(scanning(table, null))) {
      page(scan, rows);
      assertThat(rows).containsExactly("1 a 1");
      one.await(dropPartition("day", "b"));
      rows.addAll(all(scan));
      assertThat(scan.offsets()).containsOnlyKeys(0, 2);
    }
    assertThat(rows).containsExactly("1 a 1", "1 c 3");
    one.scheduler.runFor(SECOND);
    assertThat(one.openViews).hasValue(0);
  }

  @Test
  void aScanLeavesAllBucketsOfADroppedPartitionOut() {
    TableInfo table = table(3, Map.of());
    for (int id = 0; id < 20; id++) {
      one.await(write(table, ALL, id + " a 1", id + " b 2", id + " c 3"));
    }
    List<String> rows = new ArrayList<>();
    try (RowScan scan = one.await(scanning(table, null))) {
      page(scan, rows);
      one.await(dropPartition("day", "b"));
      rows.addAll(all(scan));
    }
    assertThat(rows).hasSize(40).noneMatch(row -> row.contains(" b "));
  }

  @Test
  void aScanEndsWhenThePartitionThatItReadsIsDropped() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 1", "2 a 1", "1 b 2"));
    RowScan scan = one.await(scanning(table, null));
    RowScan.Page page = one.await(scan.next(1)).orElseThrow();
    page.rows().get().close();
    one.await(dropPartition("day", "a"));
    one.scheduler.runFor(SECOND);
    refused(scan.next(1), ErrorCode.PARTITION_NOT_FOUND, "was dropped", "begin the scan anew");
    scan.close();
    one.scheduler.runFor(SECOND);
    assertThat(one.openViews).hasValue(0);
    assertThat(scan(table, null)).containsExactly("1 b 2");
  }

  @Test
  void aScanIsResumedInTheBucketsThatItBeganWith() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 1", "1 b 2", "1 c 3"));
    List<String> rows = new ArrayList<>();
    RowScan scan = one.await(scanning(table, null));
    String token = page(scan, rows);
    scan.leave();
    one.scheduler.runFor(1_000_000);
    one.await(write(table, ALL, "1 d 4"));
    one.await(dropPartition("day", "b"));
    try (RowScan again =
        one.await(server.resumeRows(ServerUnderTest.WHO, table, token, null, null))) {
      rows.addAll(all(again));
    }
    assertThat(rows).containsExactly("1 a 1", "1 c 3");
  }

  @Test
  void theChangelogIsReadByPartition() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, "1 a 1", "1 b 2"));
    one.await(write(table, CHANGES, "1 a 3 +U", "1 b - -D"));
    TableInfo now = now();
    List<String> columns = List.of("__change_type", "id", "day", "v");
    assertThat(log(now, TableView.TABLE, 0, columns))
        .containsExactly("0 1 a 1", "1 1 a 1", "2 1 a 3");
    assertThat(log(now, TableView.TABLE, 1, columns)).containsExactly("0 1 b 2", "3 1 b 2");
    assertThat(log(now, TableView.CHANGELOG, 1, null)).hasSize(2);
    assertThat(log(now, TableView.BINLOG, 0, null)).hasSize(2);
  }

  @Test
  void rowsExpireInEachPartition() {
    TableInfo table = table(1, Map.of("table.row.ttl", "10s"));
    one.await(write(table, ALL, "1 a 1", "1 b 2"));
    one.scheduler.runFor(6 * SECOND);
    one.await(write(table, ALL, "1 b 3", "2 a 4"));
    one.scheduler.runFor(6 * SECOND);
    assertThat(scan(table, null)).containsExactlyInAnyOrder("1 b 3", "2 a 4");
    one.scheduler.runFor(6 * SECOND);
    assertThat(scan(table, null)).isEmpty();
    assertThat(log(now(), TableView.TABLE, 0, List.of("__change_type", "id")))
        .containsExactly("0 1", "0 2", "3 1", "3 2");
  }

  @Test
  void aWriterThatKnowsAnOldTableWrites() {
    TableInfo before = table(1, Map.of());
    one.await(
        server.alterTable(
            ServerUnderTest.WHO, PATH, OptionalInt.empty(), "RENAME COLUMN day TO d"));
    TableInfo table = now();
    assertThat(table.descriptor().partitionKey()).containsExactly("d");
    one.await(write(table, "id d v", "1 a 1"));
    assertThat(found(table, "id d", "1 a")).containsExactly("0 1 a 1");
    assertThat(before.partitions().count()).isZero();
    assertThat(scan(table, "d = 'a'")).containsExactly("1 a 1");
  }
}
