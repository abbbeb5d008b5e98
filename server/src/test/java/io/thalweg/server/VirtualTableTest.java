package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.RowReader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code t$changelog} and {@code t$binlog}, through the server's façade. */
class VirtualTableTest extends VirtualTableFixture {
  @Test
  void theChangelogSaysWhatEachRecordDid() {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> rows = read(table, TableView.CHANGELOG, null);
    assertThat(texts(rows))
        .containsExactly(
            "insert 0 1 a 5",
            "insert 1 2 null 6",
            "update_before 2 1 a 5",
            "update_after 3 1 b 7",
            "delete 4 2 null 6",
            "insert 5 3 c 8",
            "update_before 6 1 b 7",
            "update_after 7 1 b 9");
    long first = (Long) rows.get(0).get("_commit_timestamp");
    assertThat(rows)
        .extracting(row -> (Long) row.get("_commit_timestamp") - first >= 60_000)
        .containsExactly(false, false, true, true, true, true, true, true);
    assertThat(rows.get(0).keySet())
        .containsExactly("_change_type", "_log_offset", "_commit_timestamp", "id", "name", "score");
  }

  @Test
  void theBinlogHasAnUpdateInOneRow() {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> rows = read(table, TableView.BINLOG, null);
    assertThat(texts(rows))
        .containsExactly(
            "insert 0 null [1, a, 5]",
            "insert 1 null [2, null, 6]",
            "update 2 [1, a, 5] [1, b, 7]",
            "delete 4 [2, null, 6] null",
            "insert 5 null [3, c, 8]",
            "update 6 [1, b, 7] [1, b, 9]");
    assertThat(rows.get(2).get("_commit_timestamp"))
        .isEqualTo(read(table, TableView.CHANGELOG, null).get(2).get("_commit_timestamp"));
  }

  @Test
  void withoutImagesBeforeUpdatesTheBinlogHasNone() {
    TableInfo table = fewChanges(Map.of("table.changelog.image", "wal"));
    List<String> expected =
        List.of(
            "insert 0 null [1, a, 5]",
            "insert 1 null [2, null, 6]",
            "update 2 null [1, b, 7]",
            "delete 3 [2, null, 6] null",
            "insert 4 null [3, c, 8]",
            "update 5 null [1, b, 9]");
    assertThat(texts(read(table, TableView.BINLOG, null))).isEqualTo(expected);
    RowReader reader = owner.reader(table, TableView.BINLOG, null, null);
    assertThat(texts(read(owner, table, reader, 2, 5))).isEqualTo(expected.subList(2, 5));
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type = 'update_after'")))
        .containsExactly("update_after 2 1 b 7", "update_after 5 1 b 9");
  }

  @Test
  void theChangelogOfALogTableHasInserts() {
    TableInfo table = create("id BIGINT NOT NULL, name STRING", List.of(), Map.of());
    test.await(test.append(table, OptionalInt.of(0), WriterStamp.NONE, 10, 3));
    assertThat(texts(read(table, TableView.CHANGELOG, null)))
        .containsExactly("insert 0 10 name-10", "insert 1 11 name-11", "insert 2 12 name-12");
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type <> 'insert'"))).isEmpty();
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type NOT IN ('delete', NULL)")))
        .isEmpty();
    assertThat(
            texts(read(table, TableView.CHANGELOG, "upper(_change_type) LIKE 'INS%' AND id < 11")))
        .containsExactly("insert 0 10 name-10");
    assertThat(texts(read(table, TableView.CHANGELOG, "_change_type = 'insert' AND id > 11")))
        .containsExactly("insert 2 12 name-12");
    refused(
        ErrorCode.INVALID_REQUEST,
        "has no primary key",
        () -> owner.reader(table, TableView.BINLOG, null, null));
  }

  /** The filter's text, and the offsets of {@link #fewChanges} that pass. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "_change_type = 'insert' | 0 1 5",
        "_change_type <> 'insert' | 2 3 4 6 7",
        "_change_type IN ('delete', 'update_after', 'nothing') | 3 4 7",
        "NOT _change_type IN ('delete', 'update_after') | 0 1 2 5 6",
        "_change_type = 'nothing' | \"\"",
        "NOT _change_type = 'nothing' | 0 1 2 3 4 5 6 7",
        "_change_type > 'update' | 2 3 6 7",
        "_change_type <= 'insert' | 0 1 4 5",
        "_change_type BETWEEN 'update' AND 'v' | 2 3 6 7",
        "_change_type LIKE 'update%' | 2 3 6 7",
        "_change_type NOT LIKE '%e%e%' | 0 1 5",
        "_change_type IN ('delete', NULL) | 4",
        "_change_type NOT IN ('delete', NULL) OR id = 3 | 5",
        "_change_type IN (NULL) OR id = 3 | 5",
        "upper(_change_type) = 'INSERT' AND length(name) = 1 | 0 5",
        "year(_commit_timestamp) > 0 AND abs(_log_offset) > 6 AND lower(name) LIKE 'b' | 7",
        "_change_type IS NULL | \"\"",
        "_change_type IS NOT NULL | 0 1 2 3 4 5 6 7",
        "_log_offset >= 3 AND _log_offset < 6 | 3 4 5",
        "_log_offset IN (0, 7) OR score = 7 | 0 3 6 7",
        "__offset = 4 | 4",
        "_log_offset IS NULL OR name IS NULL | 1 4",
        "_commit_timestamp < TIMESTAMP '1971-01-01 00:00:00Z' OR id = 3 | 5",
        "_commit_timestamp IS NOT NULL AND _change_type = 'delete' AND id = 2 | 4",
        "NOT (score > 5) | 0 2",
      })
  void theChangelogIsFilteredByAllItsColumns(String filter, String offsets) {
    TableInfo table = fewChanges(COMPACTED);
    test.scheduler.runFor(5 * SECOND);
    List<Long> expected =
        offsets.isEmpty()
            ? List.of()
            : Arrays.stream(offsets.split(" ")).map(Long::valueOf).toList();
    for (ThalwegServer server : List.of(owner, second())) {
      RowReader reader = server.reader(table, TableView.CHANGELOG, List.of("_log_offset"), filter);
      assertThat(read(server, table, reader, 0, Long.MAX_VALUE))
          .extracting(row -> (Long) row.get("_log_offset"))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "_change_type = 'update' | 2 6",
        "_change_type IN ('insert', 'delete') | 0 1 4 5",
        "_log_offset > 2 | 4 5 6",
        "__offset = 6 | 6",
        "before IS NULL | 0 1 5",
        "after IS NULL AND _log_offset = 4 | 4",
        "before IS NOT NULL AND after IS NOT NULL | 2 6",
        "after.score > 7 | 5 6",
        "before.name IS NULL AND after.id = 1 | 0",
        "NOT before.score = 5 | 4 6",
        "_commit_timestamp < TIMESTAMP '1971-01-01 00:00:00Z' | \"\"",
        "NOT (_change_type = 'insert' OR _log_offset > 5) | 2 4",
      })
  void theBinlogIsFilteredByItsColumns(String filter, String offsets) {
    TableInfo table = fewChanges(Map.of());
    List<Map<String, Object>> all = read(table, TableView.BINLOG, null);
    List<Map<String, Object>> expected =
        all.stream()
            .filter(row -> List.of(offsets.split(" ")).contains("" + row.get("_log_offset")))
            .toList();
    assertThat(read(table, TableView.BINLOG, filter)).isEqualTo(expected);
  }

  @Test
  void aFilterSkipsBatchesByWhatTheChangelogAddsToo() {
    TableInfo table = keyed(Map.of());
    for (int i = 0; i < 10; i++) {
      write(table, new In(i, "a", i));
    }
    write(table, end(3));
    for (String filter :
        List.of("_change_type = 'delete'", "_log_offset = 10", "id = 3 AND _log_offset > 5")) {
      RowReader reader = owner.reader(table, TableView.CHANGELOG, null, filter);
      assertThat(texts(read(owner, table, reader, 0, Long.MAX_VALUE)))
          .containsExactly("delete 10 3 a 3");
      assertThat(reader.counts()).isEqualTo(new RowReader.Counts(11, 10, 11, 1));
    }
  }

  @Test
  void onlyTheColumnsAskedForAreRead() {
    TableInfo table = keyed(Map.of());
    assertThat(wanted(table, TableView.CHANGELOG, null, "_log_offset")).isEmpty();
    assertThat(wanted(table, TableView.CHANGELOG, null, "score", "_log_offset"))
        .containsExactly("score");
    assertThat(wanted(table, TableView.CHANGELOG, "name = 'a'", "score"))
        .containsExactly("name", "score");
    assertThat(wanted(table, TableView.CHANGELOG, null, "_change_type"))
        .containsExactly("__change_type");
    assertThat(wanted(table, TableView.BINLOG, "_commit_timestamp IS NULL", "_change_type"))
        .containsExactly("__change_type");
    assertThat(wanted(table, TableView.BINLOG, "before IS NULL", "_change_type"))
        .containsExactly("__change_type");
    assertThat(wanted(table, TableView.BINLOG, "before.id = 1", "_change_type"))
        .containsExactly("id", "name", "score", "__change_type");
    assertThat(wanted(table, TableView.BINLOG, null, "after"))
        .containsExactly("id", "name", "score", "__change_type");
    assertThat(owner.reader(table, TableView.CHANGELOG, List.of("id"), null).wants().timestamps())
        .isFalse();
    assertThat(
            owner
                .reader(table, TableView.BINLOG, List.of("_commit_timestamp"), null)
                .wants()
                .timestamps())
        .isTrue();
  }

  private List<String> wanted(TableInfo table, TableView view, String filter, String... columns) {
    List<Integer> ids =
        owner.reader(table, view, List.of(columns), filter).wants().columnIds().orElseThrow();
    return table.schema().ofLog().columns().stream()
        .filter(column -> ids.contains(column.id()))
        .map(Column::name)
        .toList();
  }

  @Test
  void columnsComeInTheOrderAskedForThoughTwoAreOne() {
    TableInfo table = fewChanges(Map.of());
    List<String> columns =
        List.of(
            "__offset", "score", "_log_offset", "_change_type", "__timestamp", "_commit_timestamp");
    RowReader reader = owner.reader(table, TableView.CHANGELOG, columns, "id = 3");
    Map<String, Object> row = read(owner, table, reader, 0, Long.MAX_VALUE).get(0);
    assertThat(row.keySet()).containsExactlyElementsOf(columns);
    assertThat(row).containsEntry("__offset", 5L).containsEntry("_log_offset", 5L);
    assertThat(row.get("__timestamp")).isEqualTo(row.get("_commit_timestamp")).isNotNull();
    List<String> system = List.of("__offset", "__timestamp", "_log_offset");
    reader = owner.reader(table, TableView.BINLOG, system, "_change_type = 'delete'");
    row = read(owner, table, reader, 0, Long.MAX_VALUE).get(0);
    assertThat(row).containsEntry("__offset", 4L).containsEntry("_log_offset", 4L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t$changelog", "t$binlog"})
  void virtualTablesCanOnlyBeRead(String name) {
    TableInfo table = keyed(Map.of());
    TablePath path = TablePath.parseReadable(name);
    TableInfo described = test.await(owner.table(WHO, path));
    assertThat(described).isEqualTo(path.view().of(table));
    assertThat(test.await(owner.listTables(WHO, "default"))).containsExactly(table);
    refused(
        ErrorCode.INVALID_NAME,
        "can only be read; the table is 'default.t'",
        () -> write(table, described, List.of(new In(1, "a", 1))));
    List<ThrowingCallable> calls =
        List.of(
            () -> test.await(owner.createTable(WHO, path, table.descriptor())),
            () -> test.await(owner.dropTable(WHO, path)),
            () -> test.await(owner.files(WHO, path)),
            () -> test.await(owner.scanRows(WHO, described, OptionalInt.of(0), null, null)));
    calls.forEach(call -> refused(ErrorCode.INVALID_NAME, "can only be read", call));
    assertThat(test.await(owner.table(WHO, table.path()))).isEqualTo(table);
    refused(
        ErrorCode.TABLE_NOT_FOUND,
        "there is no table 'default.u'",
        () -> test.await(owner.table(WHO, TablePath.parseReadable("u$changelog"))));
  }

  @Test
  void whatIsNotThereIsRefusedByItsName() {
    TableInfo table = keyed(Map.of());
    for (TableView view : List.of(TableView.CHANGELOG, TableView.BINLOG)) {
      refused(
          ErrorCode.SCHEMA_MISMATCH,
          "no column '__change_type'; its columns are [_change_type, _log_offset",
          () -> owner.reader(table, view, List.of("__change_type"), null));
      refused(
          ErrorCode.INVALID_FILTER,
          "_change_type, _log_offset",
          () -> owner.reader(table, view, null, "nothing = 1"));
      refused(
          ErrorCode.INVALID_REQUEST,
          "twice",
          () -> owner.reader(table, view, List.of("_log_offset", "_log_offset"), null));
    }
    refused(
        ErrorCode.INVALID_FILTER,
        "_change_type",
        () -> owner.reader(table, TableView.CHANGELOG, null, "_change_type = 1"));
  }
}
