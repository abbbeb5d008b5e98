package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.Position;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code t$changelog} and {@code t$binlog} read by the client through a front door. */
@Timeout(60)
class VirtualTablesTest extends OverServerInMemory {
  private static final Duration LONG = Duration.ofSeconds(20);

  private TableInfo table;

  /** Two inserts, an update, a delete, an update: offsets 0, 1, 2 and 3, 4, 5 and 6. */
  @BeforeEach
  void writeChanges() throws Exception {
    createKeyed(connection, TablePath.parse("t"), "id BIGINT, name STRING", 1, "id");
    table = connection.admin().table(TablePath.parse("t"));
    try (TableUpsertWriter writer = connection.upsertWriter("t")) {
      writer.upsert(1L, "a").join();
      writer.upsert(2L, "b").join();
      writer.upsert(1L, "c").join();
      writer.delete(2L).join();
      writer.upsert(1L, "d").join();
    }
  }

  private List<ScanRecord> read(ScanOptions options) {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(options)) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(LONG).list());
      }
    }
    return records;
  }

  private static List<String> texts(List<ScanRecord> records, String... columns) {
    return records.stream()
        .map(
            record -> {
              List<String> values = new ArrayList<>();
              for (String column : columns) {
                values.add(String.valueOf(record.row().get(column)));
              }
              return String.join(" ", values);
            })
        .toList();
  }

  @Test
  void theChangelogIsReadLikeALogTable() {
    List<ScanRecord> records = read(ScanOptions.all("t$changelog"));
    assertThat(texts(records, "_change_type", "_log_offset", "id", "name"))
        .containsExactly(
            "insert 0 1 a",
            "insert 1 2 b",
            "update_before 2 1 a",
            "update_after 3 1 c",
            "delete 4 2 b",
            "update_before 5 1 c",
            "update_after 6 1 d");
    for (ScanRecord record : records) {
      assertThat(record.row().get("_log_offset")).isEqualTo(record.offset());
      assertThat(record.row().get("_commit_timestamp"))
          .isEqualTo(Instant.ofEpochMilli(record.timestampMillis()));
      assertThat(record.changeType()).isEqualTo(ChangeType.INSERT);
    }
    ScanOptions some =
        ScanOptions.all("t$changelog")
            .withColumns("name", "_change_type")
            .withFilter("_change_type <> 'insert' AND id = 1 AND _log_offset > 2")
            .withoutPositions();
    assertThat(texts(read(some), "name", "_change_type"))
        .containsExactly("c update_after", "c update_before", "d update_after");
  }

  @Test
  void theBinlogGoesOnBehindWhateverWasRead() {
    List<String> all =
        List.of(
            "insert null [1, a]",
            "insert null [2, b]",
            "update [1, a] [1, c]",
            "delete [2, b] null",
            "update [1, c] [1, d]");
    String[] columns = {"_change_type", "before", "after"};
    List<ScanRecord> records = read(ScanOptions.all("t$binlog"));
    assertThat(texts(records, columns)).isEqualTo(all);
    assertThat(records).extracting(ScanRecord::offset).containsExactly(0L, 1L, 2L, 4L, 5L);
    for (int limit = 1; limit <= all.size(); limit++) {
      try (LogScanner scanner = connection.scanner(ScanOptions.all("t$binlog").withLimit(limit))) {
        List<ScanRecord> first = new ArrayList<>();
        while (!scanner.finished()) {
          first.addAll(scanner.poll(LONG).list());
        }
        assertThat(texts(first, columns)).isEqualTo(all.subList(0, limit));
        Position behind = new Position.Buckets(scanner.positions());
        assertThat(texts(read(ScanOptions.all("t$binlog").from(behind)), columns))
            .isEqualTo(all.subList(limit, all.size()));
      }
    }
  }

  @Test
  void theTailIsFollowed() {
    ScanOptions options =
        ScanOptions.subscribe("t$binlog", Position.Named.LATEST).withColumns("before", "after");
    try (LogScanner scanner = connection.scanner(options);
        TableUpsertWriter writer = connection.upsertWriter("t")) {
      writer.upsert(1L, "e").join();
      List<ScanRecord> records = new ArrayList<>();
      while (records.isEmpty()) {
        records.addAll(scanner.poll(LONG).list());
      }
      assertThat(texts(records, "before", "after")).containsExactly("[1, d] [1, e]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"t$changelog", "t$binlog"})
  void virtualTablesAreDescribedButNotListedAndNotWritten(String name) {
    TablePath path = TablePath.parseReadable(name);
    TableInfo described = connection.admin().table(path);
    assertThat(described.path()).isEqualTo(path);
    assertThat(described.schema().columns())
        .extracting(column -> column.name() + " " + column.type())
        .isEqualTo(
            path.view().of(table).schema().columns().stream()
                .map(column -> column.name() + " " + column.type())
                .toList());
    assertThat(connection.admin().tables("default"))
        .extracting(TableInfo::path)
        .containsExactly(table.path());
    fails(ErrorCode.INVALID_NAME, "can only be read", () -> connection.writer(name));
    fails(ErrorCode.INVALID_NAME, "can only be read", () -> connection.upsertWriter(name));
    fails(ErrorCode.INVALID_NAME, "can only be read", () -> connection.lookuper(name));
    fails(
        ErrorCode.INVALID_NAME,
        "can only be read",
        () -> connection.admin().createTable(path, table.descriptor(), true));
    fails(
        ErrorCode.INVALID_NAME, "can only be read", () -> connection.admin().dropTable(path, true));
    fails(ErrorCode.INVALID_NAME, "can only be read", () -> connection.admin().files(path));
    fails(
        ErrorCode.INVALID_REQUEST,
        "has no primary key",
        () -> connection.rows(ScanOptions.all(name)));
  }

  @Test
  void aLogTableHasNoBinlog() {
    connection.admin().createTable("log", "id BIGINT", 1);
    fails(
        ErrorCode.INVALID_REQUEST,
        "read default.log$changelog",
        () -> connection.scanner(ScanOptions.all("log$binlog")));
    assertThat(read(ScanOptions.all("log$changelog"))).isEmpty();
  }
}
