package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TablePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rows that are set value by value. */
@Timeout(60)
class RowBuilderTest extends OverServerInMemory {

  private List<ScanRecord> read() {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(ScanOptions.all("default.t"))) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(Duration.ofSeconds(20)).list());
      }
    }
    return records;
  }

  @Test
  void aBuilderWritesRowsValueByValue() {
    connection.admin().createTable("default.t", "id BIGINT NOT NULL, name STRING", 2);
    try (TableWriter writer = connection.writer("default.t")) {
      RowBuilder row = writer.row();
      assertThat(row.setLong(0, 1).setString(1, "one").write()).isNotNull();
      assertThat(row.set("name", "two").set("id", 2).write()).isNotNull();
      fails(ErrorCode.SCHEMA_MISMATCH, "'id'", () -> row.setString(0, "three"));
      fails(ErrorCode.SCHEMA_MISMATCH, "no column 'nome'", () -> row.set("nome", 1));
      assertThat(row.setLong(0, 3).write()).isNotNull();
      writer.flush().join();
    }
    assertThat(read().stream().map(record -> record.row().values()))
        .containsExactlyInAnyOrder(List.of(1L, "one"), List.of(2L, "two"), Arrays.asList(3L, null));
  }

  @Test
  void aRowWithoutAValueThatItMustHaveIsRefusedAndCanBeMended() {
    createKeyed(connection, TablePath.parse("default.k"), "id BIGINT, size INT", 3, "id");
    try (TableUpsertWriter writer = connection.upsertWriter("default.k");
        Lookuper lookuper = connection.lookuper("default.k")) {
      RowBuilder row = writer.row().set("size", 5);
      fails(ErrorCode.NULL_VALUE, "'id'", row::write);
      row.setLong(row.index("id"), 7).write().join();
      assertThat(lookuper.lookup(7L).join().map(Row::values))
          .isEqualTo(Optional.of(List.of(7L, 5)));
      assertThat(row.clear().setLong(0, 8).write().join().parts()).hasSize(1);
      assertThat(lookuper.lookup(8L).join().orElseThrow().isNull("size")).isTrue();
    }
  }
}
