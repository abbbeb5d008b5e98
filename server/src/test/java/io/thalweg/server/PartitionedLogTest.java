package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.SegmentEntry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Records in partitions, through the façade. */
class PartitionedLogTest extends PartitionedFixture {
  private static final String ALL = "id day";
  private static final String COLUMNS = "id BIGINT, day STRING";

  private TableInfo table(int buckets, List<String> bucketKey, Map<String, String> properties) {
    return create(descriptor(COLUMNS, buckets, List.of(), List.of("day"), bucketKey, properties));
  }

  private TableInfo table(int buckets) {
    return table(buckets, List.of(), Map.of());
  }

  private List<String> read(int bucket) {
    return log(now(), TableView.TABLE, bucket, null);
  }

  private TableStatistics statistics(OptionalInt bucket, Map<String, Optional<String>> partition) {
    return one.await(server.statistics(ServerUnderTest.WHO, PATH, bucket, partition, true));
  }

  @Test
  void rowsMakeThePartitionsThatTheyNeed() {
    TableInfo table = table(1);
    assertThat(table.buckets()).isEmpty();
    AppendResult result = one.await(write(table, ALL, "1 a", "2 b", "3 a", "4 -", "5 b", "6 a"));
    assertThat(result.parts())
        .containsExactly(
            new AppendResult.Part(0, 0, 3, false),
            new AppendResult.Part(1, 0, 2, false),
            new AppendResult.Part(2, 0, 1, false));
    assertThat(partitions()).containsExactly(List.of("a"), List.of("b"), List.of(Partition.NULL));
    assertThat(read(0)).as("in their order").containsExactly("1 a", "3 a", "6 a");
    assertThat(read(1)).containsExactly("2 b", "5 b");
    assertThat(read(2)).containsExactly("4 -");
    assertThat(one.await(write(table, ALL, "7 b")).parts())
        .containsExactly(new AppendResult.Part(1, 2, 1, false));
    assertThat(one.await(server.owners(ServerUnderTest.WHO, now())))
        .extracting(owner -> owner.bucket() + " " + owner.server().orElse("nobody"))
        .containsExactly("0 s1", "1 s1", "2 s1");
  }

  @Test
  void theBucketKeyChoosesTheBucketWithinAPartition() {
    TableInfo table = table(3, List.of("id"), Map.of());
    String[] rows = IntStream.range(0, 300).mapToObj(i -> i + " p" + i % 4).toArray(String[]::new);
    AppendResult result = one.await(write(table, ALL, rows));
    assertThat(result.parts()).extracting(AppendResult.Part::bucket).isSorted().hasSize(12);
    int read = 0;
    for (int bucket : now().buckets()) {
      List<String> some = read(bucket);
      assertThat(some).allMatch(row -> row.endsWith(" p" + bucket / 3));
      List<Long> ids =
          some.stream().map(row -> Long.parseLong(row.substring(0, row.indexOf(' ')))).toList();
      assertThat(ids).as("in their order").isSorted();
      read += some.size();
    }
    assertThat(read).isEqualTo(300);
    // The same ids lie in buckets of the same place.
    one.await(write(table, ALL, "0 p1", "0 p2", "0 p3"));
    assertThat(IntStream.range(0, 12).filter(bucket -> read(bucket).contains("0 p" + bucket / 3)))
        .hasSize(4)
        .allMatch(bucket -> bucket % 3 == 0 || bucket % 3 == 1 || bucket % 3 == 2);
    assertThat(
            IntStream.range(0, 12)
                .filter(bucket -> read(bucket).contains("0 p" + bucket / 3))
                .map(bucket -> bucket % 3)
                .distinct())
        .hasSize(1);
  }

  @Test
  void whereWritesMakeNoneAPartitionIsMadeFirst() {
    TableInfo table = table(1, List.of(), Map.of("table.dynamic-partition.enabled", "false"));
    refused(
        write(table, ALL, "1 a"),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no partition day=a",
        "writes make none (table.dynamic-partition.enabled): create it first");
    createPartition("day", "a");
    one.await(write(table, ALL, "1 a"));
    refused(write(table, ALL, "2 a", "3 b"), ErrorCode.PARTITION_NOT_FOUND, "day=b");
    assertThat(read(0)).as("all rows of a call, or none").containsExactly("1 a");
  }

  @Test
  void partitionsAreMadeAndDroppedByName() {
    table(2);
    Partition a = createPartition("day", "a");
    assertThat(a.number()).isZero();
    refused(
        server.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), false),
        ErrorCode.PARTITION_EXISTS,
        "has a partition day=a already");
    assertThat(
            one.await(server.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true)))
        .isEqualTo(a);
    assertThat(createPartition("day", null).values()).containsExactly(Partition.NULL);
    refused(
        server.createPartition(ServerUnderTest.WHO, PATH, named("id", "1"), false),
        ErrorCode.INVALID_REQUEST,
        "'id' is no partition column; these are [day]");
    refused(dropPartition("day", "b"), ErrorCode.PARTITION_NOT_FOUND, "has no partition day=b");
    one.await(dropPartition("day", "a"));
    refused(dropPartition("day", "a"), ErrorCode.PARTITION_NOT_FOUND, "day=a");
    one.await(dropPartition("day", null));
    assertThat(partitions()).isEmpty();
    assertThat(createPartition("day", "a").number()).isEqualTo(2);
  }

  @Test
  void aTableWithoutPartitionsHasNone() {
    one.createTable("t", COLUMNS, 1, List.of(), Map.of());
    refused(
        server.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true),
        ErrorCode.INVALID_REQUEST,
        "is not partitioned");
    refused(dropPartition("day", "a"), ErrorCode.INVALID_REQUEST, "is not partitioned");
    refused(
        server.statistics(ServerUnderTest.WHO, PATH, OptionalInt.empty(), named("day", "a"), true),
        ErrorCode.INVALID_REQUEST,
        "is not partitioned");
  }

  @Test
  void aNamedBucketTakesItsOwnRowsOnly() {
    TableInfo table = table(2);
    one.await(write(table, ALL, "1 a", "2 b"));
    one.await(write(server, table, OptionalInt.of(1), WriterStamp.NONE, ALL, "3 a"));
    assertThat(read(1)).contains("3 a");
    refused(
        write(server, table, OptionalInt.of(1), WriterStamp.NONE, ALL, "4 a", "5 b"),
        ErrorCode.INVALID_REQUEST,
        "row 1 belongs to partition day=b, not to bucket 1, which is of another one");
    refused(
        write(server, table, OptionalInt.of(1), WriterStamp.NONE, ALL, "5 none"),
        ErrorCode.INVALID_REQUEST,
        "row 0 belongs to partition day=none");
    for (int none : new int[] {4, -1}) {
      refused(
          write(server, table, OptionalInt.of(none), WriterStamp.NONE, ALL, "5 c"),
          ErrorCode.PARTITION_NOT_FOUND,
          "has no bucket " + none);
    }
    assertThat(partitions()).as("a named bucket makes no partition").hasSize(2);
  }

  @Test
  void sequencesCountByBucket() {
    TableInfo table = table(1);
    one.await(write(table, ALL, "0 a", "0 b"));
    WriterStamp writer = one.await(server.openWriter(ServerUnderTest.WHO));
    for (int attempt = 0; attempt < 3; attempt++) {
      for (int bucket = 0; bucket < 2; bucket++) {
        String day = bucket == 0 ? "a" : "b";
        assertThat(
                one.await(
                        write(
                            server,
                            table,
                            OptionalInt.of(bucket),
                            writer,
                            ALL,
                            "1 " + day,
                            "2 " + day))
                    .parts())
            .containsExactly(new AppendResult.Part(bucket, 1, 2, attempt > 0));
      }
    }
    refused(
        write(server, table, OptionalInt.empty(), writer, ALL, "1 a"),
        ErrorCode.INVALID_REQUEST,
        "must name its bucket");
    one.await(dropPartition("day", "a"));
    one.await(write(table, ALL, "0 a"));
    assertThat(
            one.await(write(server, table, OptionalInt.of(2), writer, ALL, "1 a", "2 a")).parts())
        .as("a partition that is made anew remembers no writer")
        .containsExactly(new AppendResult.Part(2, 1, 2, false));
  }

  @Test
  void valuesThatNameNoPartitionAreRefused() {
    TableInfo table = table(1);
    refused(
        write(table, ALL, "1 a", "2 " + "x".repeat(201)),
        ErrorCode.INVALID_REQUEST,
        "column 'day' is longer than 200 bytes");
    refused(write(table, ALL, "1 a", "2 x\ny"), ErrorCode.INVALID_REQUEST, "control character");
    refused(write(table, ALL, "1 __DEFAULT_PARTITION__"), ErrorCode.INVALID_REQUEST, "null");
    assertThat(partitions()).isEmpty();
  }

  @Test
  void aBatchMakesALimitedNumberOfPartitions() {
    TableInfo table = table(1);
    String[] rows = IntStream.range(0, 1_001).mapToObj(i -> i + " p" + i).toArray(String[]::new);
    refused(
        write(table, ALL, rows),
        ErrorCode.LIMIT_REACHED,
        "need 1001 new partitions",
        "over the limit of 1000; is that the right partition column?");
    assertThat(partitions()).isEmpty();
    String[] fewer = IntStream.range(0, 1_000).mapToObj(i -> i + " p" + i).toArray(String[]::new);
    assertThat(one.await(write(table, ALL, fewer)).parts()).hasSize(1_000);
    assertThat(partitions()).hasSize(1_000);
    assertThat(read(999)).containsExactly("999 p999");
  }

  @Test
  void twoServersMakeOnePartition() {
    TableInfo table = table(1);
    second = one.newServer("s2", QUICK);
    second.start();
    one.await(second.ready());
    CompletableFuture<Partition> first =
        server.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true);
    CompletableFuture<Partition> other =
        second.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true);
    assertThat(one.await(first)).isEqualTo(one.await(other));
    one.await(write(server, table, OptionalInt.empty(), WriterStamp.NONE, ALL, "1 b"));
    one.await(write(second, table, OptionalInt.empty(), WriterStamp.NONE, ALL, "2 b", "3 c"));
    assertThat(partitions()).containsExactly(List.of("a"), List.of("b"), List.of("c"));
    assertThat(read(1)).containsExactly("1 b", "2 b");
    one.await(dropPartition("day", "b"));
    one.await(write(second, table, OptionalInt.empty(), WriterStamp.NONE, ALL, "4 b"));
    assertThat(read(3)).containsExactly("4 b");
  }

  @Test
  void aServerThatStartsLaterKnowsThePartitions() {
    TableInfo table = table(2);
    one.await(write(table, ALL, "1 a", "2 b"));
    one.await(dropPartition("day", "a"));
    second = one.newServer("s2", QUICK);
    second.start();
    server = second;
    assertThat(partitions()).containsExactly(List.of("b"));
    assertThat(now().buckets()).containsExactly(2, 3);
    assertThat(now().buckets().stream().flatMap(bucket -> read(bucket).stream()))
        .containsExactly("2 b");
  }

  @Test
  void aDroppedPartitionsObjectsAreDeletedAndNoOthers() {
    TableInfo table = table(1, List.of(), Map.of("table.segment.max-age", "1s"));
    for (int i = 0; i < 10; i++) {
      one.await(write(table, ALL, i + " a", i + " b"));
      one.scheduler.runFor(SECOND / 2);
    }
    one.scheduler.runFor(20 * SECOND);
    List<SegmentEntry> files = one.await(server.files(ServerUnderTest.WHO, PATH));
    assertThat(files).extracting(SegmentEntry::bucket).contains(0, 1);
    List<String> ofA = keys(files, 0);
    List<String> ofB = keys(files, 1);
    assertThat(stored()).containsAll(ofA).containsAll(ofB);
    one.await(dropPartition("day", "a"));
    one.scheduler.runFor(60 * SECOND);
    assertThat(stored()).doesNotContainAnyElementsOf(ofA).containsAll(ofB);
    assertThat(one.await(server.files(ServerUnderTest.WHO, PATH)))
        .isNotEmpty()
        .allMatch(file -> file.bucket() == 1);
    assertThat(read(1)).hasSize(10);
    one.await(server.dropTable(ServerUnderTest.WHO, PATH));
    one.scheduler.runFor(60 * SECOND);
    assertThat(stored()).doesNotContainAnyElementsOf(ofB);
  }

  private static List<String> keys(List<SegmentEntry> files, int bucket) {
    return files.stream().filter(each -> each.bucket() == bucket).map(SegmentEntry::key).toList();
  }

  private List<String> stored() {
    return one.await(one.store.list("", "", 1_000)).stream()
        .map(ObjectStore.ObjectInfo::key)
        .toList();
  }

  @Test
  void statisticsOfOnePartitionAndOfAll() {
    TableInfo table = table(2, List.of("id"), Map.of("table.segment.max-age", "1s"));
    String[] rows =
        IntStream.range(0, 90)
            .mapToObj(i -> i + (i % 3 == 0 ? " a" : i % 3 == 1 ? " b" : " -"))
            .toArray(String[]::new);
    one.await(write(table, ALL, rows));
    one.scheduler.runFor(20 * SECOND);
    TableStatistics all = statistics(OptionalInt.empty(), Map.of());
    assertThat(all.rows()).isEqualTo(90);
    assertThat(all.buckets())
        .extracting(BucketStatistics::bucket)
        .containsExactly(0, 1, 2, 3, 4, 5);
    TableStatistics b = statistics(OptionalInt.empty(), named("day", "b"));
    assertThat(b.rows()).isEqualTo(30);
    assertThat(b.buckets()).extracting(BucketStatistics::bucket).containsExactly(2, 3);
    assertThat(b.columns().get(0).min()).contains("1");
    assertThat(b.columns().get(0).max()).contains("88");
    assertThat(b.columns().get(1).distinct()).hasValue(1);
    TableStatistics none = statistics(OptionalInt.empty(), named("day", null));
    assertThat(none.rows()).isEqualTo(30);
    assertThat(none.columns().get(1).nulls()).hasValue(30);
    assertThat(statistics(OptionalInt.empty(), named("day", "x")).rows()).isZero();
    assertThat(statistics(OptionalInt.of(3), Map.of()).buckets()).hasSize(1);
    refused(
        server.statistics(ServerUnderTest.WHO, PATH, OptionalInt.of(3), named("day", "b"), true),
        ErrorCode.INVALID_REQUEST,
        "a bucket or a partition, not both");
    refused(
        server.statistics(ServerUnderTest.WHO, PATH, OptionalInt.of(6), Map.of(), true),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 6");
    one.await(dropPartition("day", "b"));
    assertThat(statistics(OptionalInt.empty(), Map.of()).rows()).isEqualTo(60);
  }

  @Test
  void whoReadsADroppedPartitionLearnsOfIt() {
    TableInfo table = table(1);
    one.await(write(table, ALL, "1 a", "1 b"));
    TableBucket bucket = now().bucket(0);
    CompletableFuture<Fetched> waiting =
        server.fetch(ServerUnderTest.WHO, new FetchRequest(bucket, 1, 1 << 20, 30 * SECOND));
    one.scheduler.runFor(SECOND);
    assertThat(waiting).isNotDone();
    one.await(dropPartition("day", "a"));
    one.scheduler.runFor(SECOND);
    assertThat(waiting).isDone();
    refused(waiting, ErrorCode.TABLE_NOT_FOUND, "or its partition", "dropped");
    refused(
        server.fetch(ServerUnderTest.WHO, new FetchRequest(bucket, 0, 1 << 20, 0)),
        ErrorCode.TABLE_NOT_FOUND,
        "or its partition");
    refused(
        server.pin(ServerUnderTest.WHO, table.with(now().partitions()), Map.of(0, 0L)),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 0");
    refused(
        server.scrub(ServerUnderTest.WHO, PATH, 0, ""),
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 0");
    assertThat(read(1)).containsExactly("1 b");
  }

  @Test
  void whoWaitsForOtherPartitionsHearsOfThem() {
    table(1);
    TableInfo empty = now();
    CompletableFuture<TableInfo> waiting = server.repartitioned(ServerUnderTest.WHO, empty);
    one.scheduler.runFor(SECOND);
    assertThat(waiting).isNotDone();
    createPartition("day", "a");
    assertThat(one.await(waiting).buckets()).containsExactly(0);
    assertThat(one.await(server.repartitioned(ServerUnderTest.WHO, empty)).buckets())
        .as("it knew less: at once")
        .containsExactly(0);
    TableInfo known = now();
    waiting = server.repartitioned(ServerUnderTest.WHO, known);
    one.await(dropPartition("day", "a"));
    assertThat(one.await(waiting).buckets()).isEmpty();
    long before = one.scheduler.nanoTime();
    assertThat(one.await(server.repartitioned(ServerUnderTest.WHO, now()))).isEqualTo(now());
    assertThat(one.scheduler.nanoTime() - before).isBetween(29 * SECOND, 31 * SECOND);
    waiting = server.repartitioned(ServerUnderTest.WHO, now());
    one.await(server.dropTable(ServerUnderTest.WHO, PATH));
    refused(waiting, ErrorCode.TABLE_NOT_FOUND, "dropped");
  }

  @Test
  void aTypedPartitionColumn() {
    TableInfo table =
        create(
            descriptor(
                "id BIGINT, d DATE NOT NULL, n INT",
                1,
                List.of(),
                List.of("n", "d"),
                List.of(),
                Map.of()));
    one.await(
        write(
            table,
            "id d n",
            "1 2026-11-29 7",
            "2 2026-11-30 7",
            "3 2026-11-29 -",
            "4 2026-11-29 07"));
    assertThat(partitions())
        .containsExactly(
            List.of("7", "2026-11-29"),
            List.of("7", "2026-11-30"),
            List.of(Partition.NULL, "2026-11-29"));
    assertThat(log(now(), TableView.TABLE, 0, List.of("id"))).containsExactly("1", "4");
    refused(write(table, "id n", "1 7"), ErrorCode.NULL_VALUE, "'d'");
    refused(
        server.createPartition(
            ServerUnderTest.WHO, PATH, named("n", "1", "d", "30.11.2026"), false),
        ErrorCode.INVALID_REQUEST,
        "partition column 'd'",
        "write it as in 2026-11-28");
  }

  @Test
  void whoMayWriteMayMakeWhatItsRowsNeed() {
    table(1);
    second =
        one.newServer(
            "s2",
            QUICK,
            (who, what, resource) ->
                what == Authorizer.Operation.WRITE || what == Authorizer.Operation.DESCRIBE);
    second.start();
    one.await(second.ready());
    refused(
        second.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), false),
        ErrorCode.DENIED,
        "may not alter");
    refused(
        second.dropPartition(ServerUnderTest.WHO, PATH, named("day", "a")),
        ErrorCode.DENIED,
        "may not drop");
    Partition made =
        one.await(second.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true));
    assertThat(made.values()).containsExactly("a");
    one.await(
        server.alterTable(
            ServerUnderTest.WHO,
            PATH,
            OptionalInt.empty(),
            "SET ('table.dynamic-partition.enabled' = 'false')"));
    assertThat(
            one.await(second.createPartition(ServerUnderTest.WHO, PATH, named("day", "a"), true)))
        .isEqualTo(made);
    refused(
        second.createPartition(ServerUnderTest.WHO, PATH, named("day", "b"), true),
        ErrorCode.PARTITION_NOT_FOUND,
        "writes make none");
    assertThat(partitions()).hasSize(1);
  }

  @Test
  void aPartitionThatIsDroppedInTheSameMomentIsNotTheTable() {
    TableInfo table = table(1);
    one.await(write(table, ALL, "1 a", "1 b"));
    TableInfo known = now();
    one.holdFeed.set(true);
    CompletableFuture<Void> dropping = dropPartition("day", "a");
    one.scheduler.runFor(SECOND / 10);
    assertThat(one.truth.buckets()).hasSize(1);
    refused(write(table, ALL, "2 a"), ErrorCode.PARTITION_NOT_FOUND, "default.t", "was dropped");
    refused(
        server.pin(ServerUnderTest.WHO, known, Map.of(0, 0L)),
        ErrorCode.PARTITION_NOT_FOUND,
        "was dropped");
    one.holdFeed.set(false);
    one.await(dropping);
    one.await(write(table, ALL, "2 a"));
    assertThat(read(2)).containsExactly("2 a");
  }
}
