package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.PhysicalForm;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** The contract of {@link ServerApi} for logs: append, offsets, fetch, readers, pins. */
public abstract class LogContractTest extends CatalogContractTest {
  private static final List<String> BOTH = List.of("id", "name");

  private CompletableFuture<AppendResult> any(TableInfo table, Object[]... rows) {
    return append(table, OptionalInt.empty(), WriterStamp.NONE, BOTH, rows);
  }

  @Test
  void recordsGetConsecutiveOffsetsAndAreReadInOrder() {
    TableInfo table = create(log(1));
    assertThat(append(table, WriterStamp.NONE, 1, 2))
        .isEqualTo(new AppendResult.Part(0, 0, 2, false));
    assertThat(append(table, WriterStamp.NONE, 3)).isEqualTo(new AppendResult.Part(0, 2, 1, false));
    RowReader reader = api.reader(table, List.of("name", "__offset"), null);
    assertThat(read(table, 0, 0, reader)).containsExactly("n1 0", "n2 1", "n3 2");
    assertThat(read(table, 0, 1, reader)).containsExactly("n2 1", "n3 2");
  }

  @Test
  void noRowsAreNoRecords() {
    TableInfo table = create(log(1));
    try (VectorSchemaRoot none = VectorSchemaRoot.create(table.schema().toArrow(), memory())) {
      CompletableFuture<AppendResult> answer =
          api.append(
              ALICE, table, OptionalInt.empty(), WriterStamp.NONE, none, await(api.reserve(10)));
      assertThat(await(answer).parts()).isEmpty();
    }
    assertThat(offset(table, new OffsetSpec.Latest())).isZero();
  }

  @Test
  void rowsOfABucketKeyGoWhereTheirHashSays() {
    TableInfo table = create(log(4, "id"));
    Object[][] rows = named(1, 2, 3, 4, 5, 6, 7, 8);
    List<AppendResult.Part> parts = await(any(table, rows)).parts();
    assertThat(parts).extracting(AppendResult.Part::bucket).isSorted().doesNotHaveDuplicates();
    assertThat(parts.stream().mapToInt(AppendResult.Part::rowCount).sum()).isEqualTo(8);
    for (AppendResult.Part part : parts) {
      RowReader reader = api.reader(table, BOTH, null);
      assertThat(read(table, part.bucket(), 0, reader)).hasSize(part.rowCount());
    }
    assertThat(await(any(table, rows)).parts())
        .extracting(AppendResult.Part::bucket, AppendResult.Part::baseOffset)
        .containsExactlyElementsOf(
            parts.stream().map(part -> tuple(part.bucket(), (long) part.rowCount())).toList());
  }

  @Test
  void kafkasBucketsAreOfOneColumnThatKafkaSerializes() {
    TableInfo table = create(ofKafka("id"));
    assertGoesWhere(BucketFunction.KAFKA, table);
    assertCode(
        ErrorCode.INVALID_PROPERTY,
        () ->
            api.alterTable(
                ALICE, PATH, OptionalInt.empty(), "SET ('bucket.function' = 'murmur3')"));
    for (TableDescriptor other : List.of(ofKafka(), ofKafka("id", "name"))) {
      assertCode(
          ErrorCode.INVALID_PROPERTY,
          () -> api.createTable(ALICE, TablePath.parse("default/other"), other));
    }
  }

  private static TableDescriptor ofKafka(String... bucketKey) {
    return descriptor(
        "id BIGINT NOT NULL, name STRING",
        4,
        List.of(),
        List.of(bucketKey),
        Map.of("bucket.function", "kafka"));
  }

  @Test
  void aBatchForAnotherBucketThanItsHashSaysIsRefused() {
    TableInfo table = create(log(4, "id"));
    assertGoesWhere(BucketFunction.MURMUR3, table);
  }

  /** A row is taken in the bucket that the function says, and nowhere else. */
  private void assertGoesWhere(BucketFunction says, TableInfo table) {
    int right = BucketFunction.bucket(says.of(PhysicalForm.INT64, 7L), 4);
    for (int bucket = 0; bucket < 4; bucket++) {
      OptionalInt named = OptionalInt.of(bucket);
      if (bucket == right) {
        await(append(table, named, WriterStamp.NONE, BOTH, named(7)));
      } else {
        assertCode(
            ErrorCode.INVALID_REQUEST,
            () -> append(table, named, WriterStamp.NONE, BOTH, named(7)));
      }
    }
  }

  @Test
  void rowsThatDoNotFitTheTableAreRefused() {
    TableInfo table = create(log(2));
    OptionalInt first = OptionalInt.of(0);
    assertCode(
        ErrorCode.SCHEMA_MISMATCH,
        () -> append(table, first, WriterStamp.NONE, List.of("id", "other"), row(1L, "x")));
    assertCode(
        ErrorCode.SCHEMA_MISMATCH,
        () -> append(table, first, WriterStamp.NONE, BOTH, row("text", "x")));
    assertCode(
        ErrorCode.NULL_VALUE,
        () -> append(table, first, WriterStamp.NONE, BOTH, row(1L, "x"), row(null, "y")));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> append(table, OptionalInt.of(2), WriterStamp.NONE, BOTH, named(1)));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> append(table, OptionalInt.of(-1), WriterStamp.NONE, BOTH, named(1)));
    assertThat(offset(table, new OffsetSpec.Latest())).isZero();
  }

  @Test
  void aWritersBatchIsStoredOnceAndInItsOrder() {
    TableInfo table = create(log(1));
    WriterStamp writer = await(api.openWriter(ALICE));
    assertThat(writer.sequence()).isZero();
    assertThat(append(table, writer, 1, 2).duplicate()).isFalse();
    assertThat(append(table, writer, 1, 2)).isEqualTo(new AppendResult.Part(0, 0, 2, true));
    WriterStamp third = new WriterStamp(writer.writerId(), writer.epoch(), 2);
    WriterStamp gap = new WriterStamp(writer.writerId(), writer.epoch(), 9);
    assertCode(
        ErrorCode.OUT_OF_ORDER_SEQUENCE,
        () -> append(table, OptionalInt.of(0), gap, BOTH, named(3)));
    assertThat(append(table, third, 3)).isEqualTo(new AppendResult.Part(0, 2, 1, false));
    assertThat(await(api.openWriter(ALICE)).writerId()).isNotEqualTo(writer.writerId());
  }

  @Test
  void aWriterMustBeOpenedAndNameItsBucket() {
    TableInfo table = create(log(2));
    WriterStamp never = new WriterStamp(1_000_000, (short) 0, 0);
    assertCode(
        ErrorCode.UNKNOWN_WRITER, () -> append(table, OptionalInt.of(0), never, BOTH, named(1)));
    WriterStamp writer = await(api.openWriter(ALICE));
    assertCode(
        ErrorCode.INVALID_REQUEST,
        () -> append(table, OptionalInt.empty(), writer, BOTH, named(1)));
  }

  @Test
  void anOlderEpochOfAWriterIsFenced() {
    TableInfo table = create(log(1));
    WriterStamp writer = await(api.openWriter(ALICE));
    append(table, writer, 1);
    WriterStamp newer = new WriterStamp(writer.writerId(), (short) (writer.epoch() + 1), 0);
    assertThat(append(table, newer, 2)).isEqualTo(new AppendResult.Part(0, 1, 1, false));
    WriterStamp older = new WriterStamp(writer.writerId(), writer.epoch(), 1);
    assertCode(
        ErrorCode.WRITER_FENCED, () -> append(table, OptionalInt.of(0), older, BOTH, named(3)));
  }

  @Test
  void aPermitIsGivenBackWhateverHappens() {
    TableInfo table = create(log(1));
    int[] closed = new int[1];
    WritePermit permit =
        new WritePermit() {
          @Override
          public long bytes() {
            return 10;
          }

          @Override
          public synchronized void close() {
            closed[0]++;
          }
        };
    try (VectorSchemaRoot rows = vectors(BOTH, named(1));
        VectorSchemaRoot wrong = vectors(List.of("id", "other"), row(1L, "x"))) {
      OptionalInt bucket = OptionalInt.of(0);
      await(api.append(ALICE, table, bucket, WriterStamp.NONE, rows, permit));
      assertThat(closed[0]).isEqualTo(1);
      assertCode(
          ErrorCode.SCHEMA_MISMATCH,
          () -> api.append(ALICE, table, bucket, WriterStamp.NONE, wrong, permit));
      assertThat(closed[0]).isEqualTo(2);
      rights.decideBy((who, what, resource) -> false);
      assertCode(
          ErrorCode.DENIED, () -> api.append(ALICE, table, bucket, WriterStamp.NONE, rows, permit));
      assertThat(closed[0]).isEqualTo(3);
    }
  }

  @Test
  void offsetsAreFoundByPlaceAndByTime() {
    TableInfo table = create(log(1));
    for (long id = 1; id <= 3; id++) {
      append(table, WriterStamp.NONE, id);
      passTime();
    }
    assertThat(offset(table, new OffsetSpec.Earliest())).isZero();
    assertThat(offset(table, new OffsetSpec.Latest())).isEqualTo(3);
    List<String> times = read(table, 0, 0, api.reader(table, List.of("__timestamp"), null));
    assertThat(times).doesNotHaveDuplicates();
    assertThat(offset(table, new OffsetSpec.AtTimestamp(Long.parseLong(times.get(1)))))
        .isEqualTo(1);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(Long.parseLong(times.get(1)) + 1)))
        .isEqualTo(2);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(0))).isZero();
    assertThat(offset(table, new OffsetSpec.AtTimestamp(Long.MAX_VALUE / 2))).isEqualTo(3);
  }

  @Test
  void aFetchGivesWholeBatchesFromTheOneWithTheOffset() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2, 3);
    append(table, WriterStamp.NONE, 4);
    try (Fetched all = await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 1, 1 << 20, 0)))) {
      assertThat(all.batches()).extracting(Fetched.Batch::baseOffset).containsExactly(0L, 3L);
      assertThat(all.nextOffset()).isEqualTo(4);
      assertThat(all.startOffset()).isZero();
      assertThat(all.endOffset()).isEqualTo(4);
    }
    try (Fetched one = await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 0, 1, 0)))) {
      assertThat(one.batches()).extracting(Fetched.Batch::baseOffset).containsExactly(0L);
      assertThat(one.nextOffset()).isEqualTo(3);
    }
  }

  @Test
  void aFetchGivesNoSecondBatchThatWouldPassItsLimit() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1);
    append(table, WriterStamp.NONE, 2, 3, 4, 5);
    int both = 0;
    try (Fetched all = await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 0, 1 << 20, 0)))) {
      for (Fetched.Batch batch : all.batches()) {
        both += (int) batch.bytes();
      }
    }
    FetchRequest fitting = new FetchRequest(table.bucket(0), 0, both, 0);
    try (Fetched all = await(api.fetch(ALICE, fitting))) {
      assertThat(all.nextOffset()).isEqualTo(5);
    }
    FetchRequest smaller = new FetchRequest(table.bucket(0), 0, both - 1, 0);
    try (Fetched one = await(api.fetch(ALICE, smaller))) {
      assertThat(one.nextOffset()).isEqualTo(1);
    }
  }

  @Test
  void aFetchAtTheEndWaitsForTheNextRecords() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1);
    try (Fetched none = await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 1, 100, 0)))) {
      assertThat(none.batches()).isEmpty();
      assertThat(none.nextOffset()).isEqualTo(1);
    }
    FetchRequest patient = new FetchRequest(table.bucket(0), 1, 1 << 20, 30_000_000_000L);
    CompletableFuture<Fetched> waiting = api.fetch(ALICE, patient);
    append(table, WriterStamp.NONE, 2);
    try (Fetched next = await(waiting)) {
      assertThat(next.batches()).extracting(Fetched.Batch::baseOffset).containsExactly(1L);
    }
    try (Fetched late =
        await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 2, 100, 1_000_000)))) {
      assertThat(late.batches()).isEmpty();
    }
  }

  @Test
  void aFetchOutsideTheBucketIsRefused() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1);
    assertCode(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        () -> api.fetch(ALICE, new FetchRequest(table.bucket(0), 2, 100, 0)));
    assertCode(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        () -> api.fetch(ALICE, new FetchRequest(table.bucket(0), -1, 100, 0)));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> api.fetch(ALICE, new FetchRequest(table.bucket(1), 0, 100, 0)));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> api.offset(ALICE, table.bucket(1), new OffsetSpec.Earliest()));
  }

  @Test
  void aFetchSetsItsMemoryAsideInTheStreamsShare() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2, 3);
    try (ReadShare share = api.openReads()) {
      assertThat(share.piece()).isPositive();
      FetchRequest request = new FetchRequest(table.bucket(0), 0, 1 << 16, 0, ReadSpec.ALL, share);
      Fetched fetched = await(api.fetch(ALICE, request));
      assertThat(fetched.permit().bytes()).isPositive();
      fetched.close();
    }
  }

  @Test
  void aReaderChoosesColumnsAndFiltersRows() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2, 3);
    append(table, WriterStamp.NONE, 4, 5);
    RowReader reader = api.reader(table, List.of("name", "id"), "id > 2 AND id <> 4");
    assertThat(reader.schema().getFields()).extracting("name").containsExactly("name", "id");
    assertThat(read(table, 0, 0, reader)).containsExactly("n3 3", "n5 5");
    assertThat(reader.counts().rowsReturned()).isEqualTo(2);
    assertThat(read(table, 0, 0, api.reader(table, null, "name = 'n2'"))).containsExactly("2 n2");
    assertThat(refused(() -> api.reader(table, List.of("none"), null)))
        .isEqualTo(ErrorCode.SCHEMA_MISMATCH);
    assertThat(refused(() -> api.reader(table, null, "none = 1")))
        .isEqualTo(ErrorCode.INVALID_FILTER);
    assertThat(refused(() -> api.reader(table, null, "id >"))).isEqualTo(ErrorCode.INVALID_FILTER);
  }

  @Test
  void aReaderComputesColumns() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2, 3);
    List<String> columns = List.of("upper(name) AS big", "__offset", "abs(id)", "id AS n");
    RowReader reader = api.reader(table, columns, "name <> 'n2'");
    assertThat(reader.schema().getFields())
        .extracting("name")
        .containsExactly("big", "__offset", "abs(id)", "n");
    assertThat(read(table, 0, 0, reader)).containsExactly("N1 0 1 1", "N3 2 3 3");
    assertThat(refused(() -> api.reader(table, List.of("lower(none)"), null)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(refused(() -> api.reader(table, List.of("name", "lower(name) AS name"), null)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    RowReader changes =
        api.reader(table, TableView.CHANGELOG, List.of("upper(_change_type) AS t", "id"), null);
    assertThat(read(table, 0, 1, changes)).containsExactly("INSERT 2", "INSERT 3");
  }

  private static ErrorCode refused(Runnable call) {
    ErrorCode[] code = new ErrorCode[1];
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(ThalwegException.class, thrown -> code[0] = thrown.code());
    return code[0];
  }

  @Test
  void aChangelogIsReadFromTheTablesOwnRecords() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2);
    RowReader reader =
        api.reader(
            table, TableView.CHANGELOG, List.of("_change_type", "_log_offset", "name"), null);
    assertThat(read(table, 0, 0, reader)).containsExactly("insert 0 n1", "insert 1 n2");
    assertThat(refused(() -> api.reader(table, TableView.BINLOG, null, null)))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void aPinIsLetGoAnyNumberOfTimes() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1);
    ScanPin pin = await(api.pin(ALICE, table, Map.of(0, 0L)));
    assertThat(read(table, 0, 0, api.reader(table, BOTH, null))).hasSize(1);
    pin.close();
    pin.close();
    assertCode(ErrorCode.BUCKET_NOT_FOUND, () -> api.pin(ALICE, table, Map.of(7, 0L)));
  }

  private CompletableFuture<Long> delete(TableInfo table, int bucket, long before) {
    return api.deleteRecords(ALICE, table, bucket, OptionalLong.of(before));
  }

  @Test
  void recordsBeforeAnOffsetAreDeleted() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2, 3);
    passTime();
    append(table, WriterStamp.NONE, 4, 5);
    assertThat(await(delete(table, 0, 0))).isZero();
    assertThat(await(delete(table, 0, 1))).isEqualTo(1);
    assertThat(offset(table, new OffsetSpec.Earliest())).isEqualTo(1);
    assertThat(offset(table, new OffsetSpec.Latest())).isEqualTo(5);
    assertThat(offset(table, new OffsetSpec.AtTimestamp(0))).as("within a batch").isEqualTo(1);
    assertThat(read(table, 0, 1, api.reader(table, BOTH, null)))
        .containsExactly("2 n2", "3 n3", "4 n4", "5 n5");
    assertCode(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        () -> api.fetch(ALICE, new FetchRequest(table.bucket(0), 0, 100, 0)));
    try (Fetched all = await(api.fetch(ALICE, new FetchRequest(table.bucket(0), 1, 1 << 20, 0)))) {
      assertThat(all.startOffset()).isEqualTo(1);
      assertThat(all.batches()).as("whole batches").extracting("baseOffset").contains(0L, 3L);
    }
    assertThat(await(api.statistics(ALICE, PATH, OptionalInt.empty(), Map.of(), false)).rows())
        .isEqualTo(4);
    assertThat(await(delete(table, 0, 4))).isEqualTo(4);
    assertThat(await(delete(table, 0, 2))).as("gone already").isEqualTo(4);
    assertThat(read(table, 0, 4, api.reader(table, BOTH, null))).containsExactly("5 n5");
    assertThat(offset(table, new OffsetSpec.AtTimestamp(0))).isEqualTo(4);
  }

  @Test
  void allRecordsAreDeletedAndOffsetsGoOn() {
    TableInfo table = create(log(2));
    append(table, WriterStamp.NONE, 1, 2, 3);
    assertThat(await(api.deleteRecords(ALICE, table, 0, OptionalLong.empty()))).isEqualTo(3);
    assertThat(await(api.deleteRecords(ALICE, table, 1, OptionalLong.empty()))).isZero();
    assertThat(offset(table, new OffsetSpec.Earliest())).isEqualTo(3);
    assertThat(offset(table, new OffsetSpec.OfLatestTime())).isEqualTo(3);
    CompletableFuture<Fetched> waiting =
        api.fetch(ALICE, new FetchRequest(table.bucket(0), 3, 1 << 20, 30_000_000_000L));
    assertThat(append(table, WriterStamp.NONE, 4).baseOffset()).isEqualTo(3);
    try (Fetched next = await(waiting)) {
      assertThat(next.batches()).extracting(Fetched.Batch::baseOffset).containsExactly(3L);
    }
  }

  @Test
  void recordsThatCannotBeDeletedStay() {
    TableInfo table = create(log(1));
    append(table, WriterStamp.NONE, 1, 2);
    assertCode(ErrorCode.OFFSET_OUT_OF_RANGE, () -> delete(table, 0, 3));
    assertCode(ErrorCode.OFFSET_OUT_OF_RANGE, () -> delete(table, 0, -1));
    assertCode(ErrorCode.BUCKET_NOT_FOUND, () -> delete(table, 1, 0));
    TableInfo rows =
        await(
            api.createTable(
                ALICE,
                TablePath.parse("rows"),
                descriptor(
                    "id BIGINT NOT NULL, name STRING", 1, List.of("id"), List.of(), Map.of())));
    assertCode(ErrorCode.INVALID_REQUEST, () -> delete(rows, 0, 0));
    try (ScanPin pin = await(api.pin(ALICE, table, Map.of(0, 1L)))) {
      assertThat(await(delete(table, 0, 1))).as("not needed").isEqualTo(1);
      assertCode(ErrorCode.OVERLOADED, () -> delete(table, 0, 2));
    }
    passTime();
    assertThat(await(delete(table, 0, 2))).isEqualTo(2);
    await(api.dropTable(ALICE, PATH));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> delete(table, 0, 2));
  }

  @Test
  void aTableThatWasDroppedIsNotMistakenForItsSuccessor() {
    TableInfo old = create(log(1));
    append(old, WriterStamp.NONE, 1);
    await(api.dropTable(ALICE, PATH));
    TableInfo successor = create(log(1));
    assertCode(
        ErrorCode.TABLE_NOT_FOUND,
        () -> append(old, OptionalInt.of(0), WriterStamp.NONE, BOTH, named(2)));
    assertCode(
        ErrorCode.TABLE_NOT_FOUND, () -> api.offset(ALICE, old.bucket(0), new OffsetSpec.Latest()));
    assertCode(
        ErrorCode.TABLE_NOT_FOUND,
        () -> api.fetch(ALICE, new FetchRequest(old.bucket(0), 0, 100, 0)));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.pin(ALICE, old, Map.of(0, 0L)));
    assertThat(offset(successor, new OffsetSpec.Latest())).isZero();
  }
}
