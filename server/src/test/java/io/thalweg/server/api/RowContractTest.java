package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** The contract of {@link ServerApi} for rows by key: upsert, lookup, scan, resume, end. */
public abstract class RowContractTest extends LogContractTest {
  private static final List<String> BOTH = List.of("id", "name");

  /** A table (id, name) with the key id. */
  protected static TableDescriptor keyed(int buckets) {
    return descriptor("id BIGINT, name STRING", buckets, List.of("id"), List.of(), Map.of());
  }

  private AppendResult.Part write(TableInfo table, Object[]... rows) {
    return await(append(table, OptionalInt.of(0), WriterStamp.NONE, BOTH, rows)).parts().get(0);
  }

  private List<String> look(TableInfo table, List<String> columns, long... ids) {
    Object[][] keys = new Object[ids.length][];
    for (int i = 0; i < ids.length; i++) {
      keys[i] = row(ids[i]);
    }
    try (VectorSchemaRoot root = vectors(List.of("id"), keys)) {
      return texts(await(api.lookup(ALICE, table, root, columns)));
    }
  }

  @Test
  void theLatestRowOfAKeyIsFound() {
    TableInfo table = create(keyed(1));
    write(table, row(1L, "a"), row(2L, "b"));
    write(table, row(1L, "c"));
    assertThat(look(table, null, 2, 9, 1)).containsExactly("0 2 b", "2 1 c");
    assertThat(look(table, List.of("name"), 1)).containsExactly("0 c");
    assertThat(look(table, List.of("name", "id"), 1)).containsExactly("0 c 1");
    assertThat(look(table, null)).isEmpty();
  }

  @Test
  void aDeletedRowIsNotFoundAndColumnsThatAreMissingStay() {
    TableInfo table =
        create(
            descriptor(
                "id BIGINT, name STRING, note STRING", 1, List.of("id"), List.of(), Map.of()));
    OptionalInt first = OptionalInt.of(0);
    List<String> all = List.of("id", "name", "note");
    await(append(table, first, WriterStamp.NONE, all, row(1L, "a", "x"), row(2L, "b", "y")));
    await(append(table, first, WriterStamp.NONE, BOTH, row(1L, "c")));
    await(append(table, first, WriterStamp.NONE, List.of("id", "__change_type"), row(2L, "-D")));
    assertThat(look(table, null, 1, 2)).containsExactly("0 1 c x");
  }

  @Test
  void everyChangeIsARecordOfTheTablesLog() {
    TableInfo table = create(keyed(1));
    write(table, row(1L, "a"));
    AppendResult.Part update = write(table, row(1L, "b"));
    assertThat(update.baseOffset()).isEqualTo(1);
    RowReader changes =
        api.reader(table, TableView.CHANGELOG, List.of("_change_type", "id", "name"), null);
    assertThat(read(table, 0, 0, changes))
        .containsExactly("insert 1 a", "update_before 1 a", "update_after 1 b");
    RowReader binlog =
        api.reader(table, TableView.BINLOG, List.of("_change_type", "upper(after.name)"), null);
    assertThat(read(table, 0, 0, binlog)).containsExactly("insert A", "update B");
  }

  @Test
  void aWritersUpsertIsStoredOnce() {
    TableInfo table = create(keyed(1));
    WriterStamp writer = await(api.openWriter(ALICE));
    OptionalInt first = OptionalInt.of(0);
    AppendResult.Part part = await(append(table, first, writer, BOTH, named(1))).parts().get(0);
    assertThat(part.duplicate()).isFalse();
    AppendResult.Part again = await(append(table, first, writer, BOTH, named(1))).parts().get(0);
    assertThat(again.duplicate()).isTrue();
    assertThat(again.baseOffset()).isEqualTo(part.baseOffset());
    assertThat(offset(table, new OffsetSpec.Latest())).isEqualTo(1);
  }

  @Test
  void rowsWithoutAWholeKeyOrInAForeignBucketAreRefused() {
    TableInfo table = create(keyed(2));
    assertCode(
        ErrorCode.NULL_VALUE,
        () ->
            append(
                table, OptionalInt.empty(), WriterStamp.NONE, BOTH, row(1L, "a"), row(null, "b")));
    assertCode(
        ErrorCode.NULL_VALUE,
        () -> append(table, OptionalInt.empty(), WriterStamp.NONE, List.of("name"), row("a")));
    int home =
        await(append(table, OptionalInt.empty(), WriterStamp.NONE, BOTH, named(1)))
            .parts()
            .get(0)
            .bucket();
    assertCode(
        ErrorCode.INVALID_REQUEST,
        () -> append(table, OptionalInt.of(1 - home), WriterStamp.NONE, BOTH, named(1)));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> append(table, OptionalInt.of(2), WriterStamp.NONE, BOTH, named(1)));
  }

  @Test
  void theBeginningOfAKeyFindsAllItsRows() {
    TableInfo table =
        create(
            descriptor(
                "shop STRING NOT NULL, id BIGINT NOT NULL",
                1,
                List.of("shop", "id"),
                List.of("shop"),
                Map.of()));
    await(
        append(
            table,
            OptionalInt.of(0),
            WriterStamp.NONE,
            List.of("shop", "id"),
            row("s", 1L),
            row("s", 2L),
            row("t", 1L)));
    try (VectorSchemaRoot prefix = vectors(List.of("shop"), row("none"), row("s"))) {
      assertThat(texts(await(api.lookup(ALICE, table, prefix, null))))
          .containsExactly("1 s 1", "1 s 2");
    }
  }

  @Test
  void aLookupThatDoesNotFitTheTableIsRefused() {
    TableInfo table = create(keyed(1));
    try (VectorSchemaRoot keys = vectors(List.of("id"), row(1L));
        VectorSchemaRoot wrong = vectors(List.of("name"), row("x"))) {
      assertCode(ErrorCode.SCHEMA_MISMATCH, () -> api.lookup(ALICE, table, keys, List.of("none")));
      assertCode(ErrorCode.INVALID_REQUEST, () -> api.lookup(ALICE, table, wrong, null));
      TableInfo records = await(api.createTable(ALICE, TablePath.parse("records"), log(1)));
      assertCode(ErrorCode.INVALID_REQUEST, () -> api.lookup(ALICE, records, keys, null));
      assertCode(
          ErrorCode.INVALID_REQUEST,
          () -> api.scanRows(ALICE, records, OptionalInt.empty(), null, null));
    }
  }

  private RowScan scan(TableInfo table, List<String> columns, String filter) {
    return await(api.scanRows(ALICE, table, OptionalInt.empty(), columns, filter));
  }

  /** The next page that has rows, as texts put into {@code into}; empty at the end. */
  private Optional<RowScan.Page> page(RowScan scan, long wanted, List<String> into) {
    while (true) {
      Optional<RowScan.Page> page = await(scan.next(wanted));
      if (page.isEmpty()) {
        return page;
      }
      assertThat(page.get().count()).isLessThanOrEqualTo((int) wanted);
      into.addAll(texts(page.get().rows().get()));
      if (page.get().count() > 0) {
        return page;
      }
    }
  }

  private List<String> rest(RowScan scan) {
    List<String> all = new ArrayList<>();
    while (page(scan, 1_000, all).isPresent()) {
      assertThat(all).hasSizeLessThan(10_000);
    }
    return all;
  }

  private TableInfo five() {
    TableInfo table = create(keyed(1));
    await(append(table, OptionalInt.of(0), WriterStamp.NONE, BOTH, named(1, 2, 3, 4, 5)));
    return table;
  }

  @Test
  void aScanGivesEveryRowOnceAsOfItsOffset() {
    TableInfo table = five();
    try (RowScan scan = scan(table, null, null)) {
      List<String> first = new ArrayList<>();
      page(scan, 2, first);
      assertThat(first).containsExactly("1 n1", "2 n2");
      write(table, row(3L, "later"));
      assertThat(rest(scan)).containsExactly("3 n3", "4 n4", "5 n5");
      assertThat(scan.offsets()).containsExactly(Map.entry(0, 5L));
    }
  }

  @Test
  void aScanOfAllBucketsIsTheSumOfScansOfEach() {
    TableInfo table = create(keyed(3));
    await(
        append(table, OptionalInt.empty(), WriterStamp.NONE, BOTH, named(1, 2, 3, 4, 5, 6, 7, 8)));
    List<String> each = new ArrayList<>();
    for (int bucket = 0; bucket < 3; bucket++) {
      try (RowScan one = await(api.scanRows(ALICE, table, OptionalInt.of(bucket), null, null))) {
        each.addAll(rest(one));
      }
    }
    try (RowScan all = scan(table, null, null)) {
      assertThat(rest(all)).hasSize(8).containsExactlyElementsOf(each);
      assertThat(all.offsets()).containsOnlyKeys(0, 1, 2);
    }
  }

  @Test
  void aScanChoosesColumnsAndFiltersRows() {
    TableInfo table = five();
    try (RowScan scan = scan(table, List.of("name", "id"), "id > 2 AND name <> 'n4'")) {
      assertThat(scan.schema().getFields()).extracting("name").containsExactly("name", "id");
      assertThat(rest(scan)).containsExactly("n3 3", "n5 5");
    }
    try (RowScan scan = scan(table, List.of("upper(name) AS big", "id"), "id > 3")) {
      assertThat(scan.schema().getFields()).extracting("name").containsExactly("big", "id");
      assertThat(rest(scan)).containsExactly("N4 4", "N5 5");
    }
    assertCode(
        ErrorCode.SCHEMA_MISMATCH,
        () -> api.scanRows(ALICE, table, OptionalInt.empty(), List.of("none"), null));
    assertCode(
        ErrorCode.INVALID_FILTER,
        () -> api.scanRows(ALICE, table, OptionalInt.empty(), null, "none = 1"));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> api.scanRows(ALICE, table, OptionalInt.of(1), null, null));
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> api.scanRows(ALICE, table, OptionalInt.of(-1), null, null));
  }

  private CompletableFuture<RowScan> resume(TableInfo table, String token) {
    return api.resumeRows(ALICE, table, token, null, null);
  }

  @Test
  void aScanThatWasLeftIsResumedBehindTheLastRowsTaken() {
    TableInfo table = five();
    RowScan scan = scan(table, null, null);
    List<String> taken = new ArrayList<>();
    String token = page(scan, 2, taken).orElseThrow().resume();
    assertCode(ErrorCode.UNAVAILABLE, () -> resume(table, token));
    page(scan, 2, new ArrayList<>());
    scan.leave();
    passTime();
    write(table, row(3L, "later"));
    try (RowScan again = await(resume(table, token))) {
      assertThat(rest(again)).containsExactly("3 n3", "4 n4", "5 n5");
    }
  }

  @Test
  void whatEndedCannotBeResumed() {
    TableInfo table = five();
    RowScan closed = scan(table, null, null);
    String token = page(closed, 2, new ArrayList<>()).orElseThrow().resume();
    closed.close();
    closed.close();
    passTime();
    assertCode(ErrorCode.SCAN_EXPIRED, () -> resume(table, token));

    RowScan left = scan(table, null, null);
    String other = page(left, 2, new ArrayList<>()).orElseThrow().resume();
    left.leave();
    passTime();
    await(api.endRows(ALICE, table, other));
    await(api.endRows(ALICE, table, other));
    passTime();
    assertCode(ErrorCode.SCAN_EXPIRED, () -> resume(table, other));
  }

  @Test
  void aScanIsResumedOnlyByWhoBeganItAndInItsTable() {
    TableInfo table = five();
    TableInfo other = await(api.createTable(ALICE, TablePath.parse("other"), keyed(1)));
    RowScan scan = scan(table, null, null);
    String token = page(scan, 2, new ArrayList<>()).orElseThrow().resume();
    scan.leave();
    passTime();
    Principal bob = new Principal("bob");
    assertCode(ErrorCode.SCAN_EXPIRED, () -> api.resumeRows(bob, table, token, null, null));
    assertCode(ErrorCode.SCAN_EXPIRED, () -> resume(other, token));
    await(api.endRows(bob, table, token));
    assertCode(ErrorCode.INVALID_REQUEST, () -> resume(table, "no token"));
    assertCode(ErrorCode.INVALID_REQUEST, () -> api.endRows(ALICE, table, "no token"));
    try (RowScan again = await(resume(table, token))) {
      assertThat(rest(again)).hasSize(3);
    }
  }

  @Test
  void rowsOfADroppedTableAreGone() {
    TableInfo old = five();
    await(api.dropTable(ALICE, PATH));
    create(keyed(1));
    try (VectorSchemaRoot keys = vectors(List.of("id"), row(1L))) {
      assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.lookup(ALICE, old, keys, null));
    }
    assertCode(
        ErrorCode.TABLE_NOT_FOUND,
        () -> append(old, OptionalInt.of(0), WriterStamp.NONE, BOTH, named(1)));
  }
}
