package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Writes into many buckets at once, and writes that change large rows. */
class KeyedWriteTest {
  private static final String COLUMNS = "id BIGINT, big BYTES, score INT";
  private static final Map<String, String> SUMS =
      Map.of("table.merge-engine", "aggregation", "fields.score.agg", "sum");

  private final ServerUnderTest one = new ServerUnderTest(Map.of("write.batch.max", "1mib"));
  private TableInfo table;

  @AfterEach
  void close() {
    one.close();
  }

  private CompletableFuture<TableInfo> create(int buckets, Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(COLUMNS).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    return one.server.createTable(
        ServerUnderTest.WHO,
        TablePath.parse("t"),
        new TableDescriptor(schema, buckets, List.of(), properties, ""));
  }

  /** Writes ids [0, count): all columns, some without the large one, or deletes. */
  private CompletableFuture<AppendResult> write(
      int count, Integer bigBytes, Integer score, WriterStamp stamp) {
    List<FieldVector> vectors = new ArrayList<>();
    BigIntVector ids = new BigIntVector("id", one.allocator);
    vectors.add(ids);
    ids.allocateNew(count);
    IntStream.range(0, count).forEach(i -> ids.set(i, i));
    if (bigBytes != null) {
      VarBinaryVector big = new VarBinaryVector("big", one.allocator);
      vectors.add(big);
      byte[] bytes = new byte[bigBytes];
      for (int i = 0; i < count; i++) {
        // Random, so that nothing is compressed away.
        new Random(i).nextBytes(bytes);
        big.setSafe(i, bytes);
      }
    }
    if (score != null) {
      IntVector scores = new IntVector("score", one.allocator);
      vectors.add(scores);
      scores.allocateNew(count);
      IntStream.range(0, count).forEach(i -> scores.set(i, score));
    } else if (bigBytes == null) {
      TinyIntVector types = new TinyIntVector("__change_type", one.allocator);
      vectors.add(types);
      types.allocateNew(count);
      IntStream.range(0, count).forEach(i -> types.set(i, ChangeType.DELETE.number()));
    }
    vectors.forEach(vector -> vector.setValueCount(count));
    OptionalInt bucket = stamp.present() ? OptionalInt.of(0) : OptionalInt.empty();
    try (VectorSchemaRoot root = new VectorSchemaRoot(vectors)) {
      root.setRowCount(count);
      return one.append(one.server, table, bucket, stamp, root);
    }
  }

  private CompletableFuture<AppendResult> scores(int count, int score) {
    return write(count, null, score, WriterStamp.NONE);
  }

  private static void failed(CompletableFuture<?> answer, ErrorCode code, String text) {
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class,
            thrown -> {
              assertThat(thrown.code()).isEqualTo(code);
              assertThat(thrown.getMessage()).contains(text);
            });
  }

  private List<Integer> scoresOf(int count) {
    try (BigIntVector ids = new BigIntVector("id", one.allocator)) {
      ids.allocateNew(count);
      IntStream.range(0, count).forEach(i -> ids.set(i, i));
      ids.setValueCount(count);
      List<Integer> scores = new ArrayList<>();
      try (VectorSchemaRoot rows =
          one.await(
              one.server.lookup(
                  ServerUnderTest.WHO,
                  table,
                  new VectorSchemaRoot(List.of(ids)),
                  List.of("score")))) {
        IntVector found = (IntVector) rows.getVector("score");
        IntStream.range(0, rows.getRowCount()).forEach(i -> scores.add(found.getObject(i)));
      }
      return scores;
    }
  }

  private long end(int bucket) {
    return one.await(
        one.server.offset(ServerUnderTest.WHO, table.bucket(bucket), new OffsetSpec.Latest()));
  }

  @Test
  void aWriteIntoBucketsOfWhichOneIsNotOpenStoresNothing() {
    one.unopenable.add(149);
    table = one.await(create(150, SUMS));
    CompletableFuture<AppendResult> first = scores(1_000, 1);
    one.scheduler.runFor(3_000_000_000L);
    failed(first, ErrorCode.UNAVAILABLE, "nothing is stored");
    for (int bucket = 0; bucket < 150; bucket++) {
      assertThat(end(bucket)).isZero();
    }
    one.unopenable.clear();
    one.scheduler.runFor(2_000_000_000L);
    one.await(scores(1_000, 1));
    assertThat(scoresOf(1_000)).hasSize(1_000).containsOnly(1);
  }

  @Test
  void writesThatWaitForTheirBucketsKeepTheirOrder() {
    one.unopenable.add(3);
    table = one.await(create(8, Map.of()));
    List<CompletableFuture<AppendResult>> writes = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      writes.add(scores(100, i));
    }
    assertThat(writes).noneMatch(CompletableFuture::isDone);
    one.unopenable.clear();
    writes.forEach(one::await);
    assertThat(scoresOf(100)).hasSize(100).containsOnly(5);
  }

  @Test
  void rowsOfABucketThatRefusesThemTakeThoseOfTheOthersWithThem() {
    table = one.await(create(4, SUMS));
    one.await(scores(1, Integer.MAX_VALUE));
    List<Long> ends = IntStream.range(0, 4).mapToObj(this::end).toList();
    CompletableFuture<AppendResult> overflow = scores(100, 1);
    one.scheduler.runFor(1_000_000_000L);
    failed(overflow, ErrorCode.SCHEMA_MISMATCH, "cannot hold");
    assertThat(IntStream.range(0, 4).mapToObj(this::end).toList()).isEqualTo(ends);
    assertThat(scoresOf(100)).containsExactly(Integer.MAX_VALUE);
  }

  private record Change(String type, long id, int score, int bigBytes) {}

  /** The changelog of bucket 0, batch by batch. */
  private List<List<Change>> changes() {
    RowReader reader = one.server.reader(table, null, null);
    List<List<Change>> batches = new ArrayList<>();
    long offset = 0;
    while (offset < end(0)) {
      try (Fetched fetched =
          one.await(
              one.server.fetch(
                  ServerUnderTest.WHO,
                  new FetchRequest(table.bucket(0), offset, 1 << 20, 0, reader.wants())))) {
        for (Fetched.Batch batch : fetched.batches()) {
          try (VectorSchemaRoot rows =
              reader.read(batch, offset, Long.MAX_VALUE, one.allocator).orElseThrow()) {
            batches.add(changes(rows));
          }
        }
        offset = fetched.nextOffset();
      }
    }
    return batches;
  }

  private static List<Change> changes(VectorSchemaRoot rows) {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < rows.getRowCount(); i++) {
      int type =
          ((Number) rows.getVector(SystemColumns.CHANGE_TYPE.name()).getObject(i)).intValue();
      changes.add(
          new Change(
              ChangeType.ofNumber(type).symbol(),
              ((BigIntVector) rows.getVector("id")).get(i),
              ((IntVector) rows.getVector("score")).get(i),
              ((VarBinaryVector) rows.getVector("big")).getValueLength(i)));
    }
    return changes;
  }

  @Test
  void aSmallWriteToManyLargeRowsIsStoredInSeveralBatchesAsOne() {
    table = one.await(create(1, Map.of()));
    WriterStamp writer = one.await(one.server.openWriter(ServerUnderTest.WHO));
    int rows = 300;
    one.await(write(rows, 10_000, 1, WriterStamp.NONE));
    assertThat(end(0)).isEqualTo(rows);
    AppendResult first = one.await(write(rows, null, 2, writer));
    AppendResult again = one.await(write(rows, null, 2, writer));
    assertThat(first.parts().get(0).baseOffset()).isEqualTo(rows);
    assertThat(again.parts().get(0).baseOffset()).isEqualTo(rows);
    assertThat(again.parts().get(0).duplicate()).isTrue();
    assertThat(end(0)).isEqualTo(3L * rows);
    assertThat(scoresOf(rows)).hasSize(rows).containsOnly(2);
    one.await(
        write(
            rows,
            null,
            null,
            new WriterStamp(writer.writerId(), writer.epoch(), writer.next(rows))));
    assertThat(scoresOf(rows)).isEmpty();
    assertThat(changes()).hasSizeGreaterThan(9);
    assertThat(changes().stream().mapToInt(List::size).sum()).isEqualTo(4 * rows);
    for (List<Change> batch : changes()) {
      assertThat(batch.get(0).type).isNotEqualTo("+U");
      assertThat(batch.get(batch.size() - 1).type).isNotEqualTo("-U");
    }
  }

  @Test
  void theTwoRecordsOfAnUpdateOfTheLargestRowStayTogether() {
    table = one.await(create(1, Map.of()));
    one.await(write(1, 900_000, 1, WriterStamp.NONE));
    one.await(scores(1, 2));
    assertThat(changes().get(1)).extracting(Change::type).containsExactly("-U", "+U");
  }

  @Test
  void largeChangesBehindSmallOnesKeepTheirOrder() {
    table = one.await(create(1, Map.of()));
    List<CompletableFuture<AppendResult>> writes = new ArrayList<>();
    one.await(write(100, 10_000, 1, WriterStamp.NONE));
    for (int i = 2; i < 6; i++) {
      writes.add(scores(1, i));
      writes.add(scores(100, i));
    }
    writes.forEach(one::await);
    assertThat(scoresOf(100)).containsOnly(5);
  }
}
