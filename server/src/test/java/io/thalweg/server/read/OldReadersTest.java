package io.thalweg.server.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadPieces;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Readers that began before a column lost its NOT NULL: only a null that they would get ends them,
 * and not before the rows in front of it.
 */
class OldReadersTest {
  private static final TablePath PATH = TablePath.parse("t");
  private final ServerUnderTest one = new ServerUnderTest(Map.of());
  private final List<Long> seen = new ArrayList<>();

  @AfterEach
  void close() {
    one.close();
  }

  /** Six rows, in one batch, of which the fourth has a null that came with the change. */
  private TableInfo changed(boolean keyed) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT NOT NULL, n BIGINT NOT NULL, s STRING").stream()
                .map(Column::of)
                .toList(),
            keyed ? List.of("id") : List.of());
    TableInfo old =
        one.await(
            one.server.createTable(
                ServerUnderTest.WHO,
                PATH,
                new TableDescriptor(schema, 1, List.of(), Map.of(), "")));
    one.await(
        one.server.alterTable(
            ServerUnderTest.WHO, PATH, OptionalInt.empty(), "ALTER COLUMN n DROP NOT NULL"));
    write(one.server.latest(old), "x", 0L, 1L, 2L, null, 4L, 5L);
    return old;
  }

  private void write(TableInfo table, String text, Long... numbers) {
    List<List<Object>> rows = new ArrayList<>();
    for (long id = 0; id < numbers.length; id++) {
      rows.add(Arrays.asList(id, numbers[(int) id], text));
    }
    try (VectorSchemaRoot root = RandomTables.toArrow(table.schema(), rows, one.allocator)) {
      one.await(one.append(one.server, table, OptionalInt.of(0), WriterStamp.NONE, root));
    }
  }

  /** Reads pieces of the log into {@link #seen}: the first column, or how many rows there are. */
  private void read(TableInfo old, TableView view, List<String> columns, String filter, long stop) {
    seen.clear();
    RowReader reader = one.server.reader(old, view, columns, filter);
    ReadPieces pieces = new ReadPieces(reader, one.allocator);
    FetchRequest request = new FetchRequest(old.bucket(0), 0, 1 << 30, 0, reader.wants());
    try (Fetched fetched = one.await(one.server.fetch(ServerUnderTest.WHO, request))) {
      Fetched.Batch batch = fetched.batches().get(0);
      for (long next = 0; next < stop; next = pieces.end()) {
        pieces.read(batch, next, stop).ifPresent(this::add);
      }
    }
  }

  private void add(VectorSchemaRoot rows) {
    try (rows) {
      for (int i = 0; i < rows.getRowCount(); i++) {
        Object first = rows.getVector(0).getObject(i);
        seen.add(first instanceof Long id ? id : (Long) (long) rows.getRowCount());
      }
    }
  }

  private static void refused(Runnable read) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
        .hasMessageContaining("column 'n' may be null now");
  }

  @Test
  void theRowsBeforeTheNullComeFirst() {
    TableInfo old = changed(false);
    refused(() -> read(old, TableView.TABLE, null, null, 6));
    assertThat(seen).containsExactly(0L, 1L, 2L);
    refused(() -> read(old, TableView.CHANGELOG, List.of("id", "n"), null, 6));
    assertThat(seen).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aNullThatIsNotAskedForDoesNotMatter() {
    TableInfo old = changed(false);
    read(old, TableView.TABLE, null, null, 3);
    assertThat(seen).containsExactly(0L, 1L, 2L);
    read(old, TableView.TABLE, null, "id < 3 OR id > 4", 6);
    assertThat(seen).containsExactly(0L, 1L, 2L, 5L);
    read(old, TableView.TABLE, null, "n >= 1", 6);
    assertThat(seen).containsExactly(1L, 2L, 4L, 5L);
    read(old, TableView.TABLE, null, "n IS NOT NULL", 6);
    assertThat(seen).hasSize(5);
    read(old, TableView.TABLE, List.of("id", "s"), null, 6);
    assertThat(seen).hasSize(6);
  }

  @Test
  void rowsByKeyAndTheirBinlogToo() {
    TableInfo old = changed(true);
    List<Object> found = new ArrayList<>();
    for (String filter : List.of("id < 3", "n >= 1")) {
      try (RowScan scan =
              one.await(
                  one.server.scanRows(
                      ServerUnderTest.WHO, old, OptionalInt.empty(), null, filter));
          VectorSchemaRoot rows = one.await(scan.next(100)).orElseThrow().rows().get()) {
        for (int i = 0; i < rows.getRowCount(); i++) {
          found.add(rows.getVector("id").getObject(i));
        }
      }
    }
    assertThat(found).containsExactly(0L, 1L, 2L, 1L, 2L, 4L, 5L);
    read(old, TableView.BINLOG, List.of("after.id AS id", "after.n AS n"), null, 6);
    assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
  }

  /** What is computed of a column may be many times as large as the column. */
  @Test
  void manyColumnsOfLongTextsComeInSmallMessages() {
    TableInfo old = changed(false);
    TableInfo now = one.server.latest(old);
    TablePath large = TablePath.parse("large");
    TableInfo table =
        one.await(one.server.createTable(ServerUnderTest.WHO, large, now.descriptor()));
    write(table, "y".repeat(900_000), 0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    List<String> fifty = columns(50);
    read(table, TableView.TABLE, fifty, null, 8);
    assertThat(seen).as("one row a message").containsExactly(1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L);
    assertThatThrownBy(() -> read(table, TableView.TABLE, columns(100), null, 8))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.TOO_LARGE))
        .hasMessageContaining("a row takes more than 64 MiB as the 100 columns");
  }

  private static List<String> columns(int count) {
    return IntStream.range(0, count).mapToObj(i -> "s AS c" + i).toList();
  }
}
