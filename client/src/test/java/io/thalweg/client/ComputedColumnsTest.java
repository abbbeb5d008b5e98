package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.variant.Variant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Columns that are computed, of logs and of rows. */
@Timeout(60)
class ComputedColumnsTest extends OverServerInMemory {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String[] COLUMNS = {
    "variant_get(v, '$.n', 'BIGINT') AS n", "id", "place.city", "upper(place.city)"
  };

  private static List<Object> values(Row row) {
    List<Object> values = new ArrayList<>();
    for (String name : List.of("n", "id", "city", "upper(place.city)")) {
      values.add(row.get(name));
    }
    return values;
  }

  @Test
  void aScanOfALogComputesThem() throws Exception {
    connection.admin().createTable("t", "id BIGINT, place ROW<city STRING, zip INT>, v VARIANT", 1);
    try (TableWriter writer = connection.writer("t")) {
      var unused = writer.append(1L, List.of("Bonn", 53), Variant.parse("{\"n\": 7}"));
      writer.append(2L, null, null).join();
    }
    List<List<Object>> found = new ArrayList<>();
    try (LogScanner scanner =
        connection.scanner(
            ScanOptions.subscribe("t", Position.Named.EARLIEST).withColumns(COLUMNS))) {
      while (found.size() < 2) {
        for (ScanRecord record : scanner.poll(LONG).list()) {
          assertThat(record.offset()).isEqualTo(found.size());
          found.add(values(record.row()));
        }
      }
    }
    assertThat(found.get(0)).containsExactly(7L, 1L, "Bonn", "BONN");
    assertThat(found.get(1)).containsExactly(null, 2L, null, null);
    try (LogScanner positions =
        connection.scanner(ScanOptions.all("t").withColumns("__offset", "id AS n"))) {
      ScanRecord first = positions.poll(LONG).list().get(0);
      assertThat(first.row().values()).containsExactly(0L, 1L);
      assertThat(first.offset()).isZero();
    }
    fails(
        ErrorCode.INVALID_REQUEST,
        "column 'place' has no field 'town'",
        () -> connection.scanner(ScanOptions.all("t").withColumns("place.town")));
    fails(
        ErrorCode.SCHEMA_MISMATCH,
        "the table has no column 'town'",
        () -> connection.scanner(ScanOptions.all("t").withColumns("town")));
  }

  @Test
  void aScanOfRowsAndTheirChangelogComputeThem() throws Exception {
    TableDescriptor columns =
        TableJson.descriptor("id BIGINT, place ROW<city STRING, zip INT>, v VARIANT", 1);
    Schema keyed = Schema.first(columns.schema().columns(), List.of("id"));
    connection
        .admin()
        .createTable(
            TablePath.parse("k"), new TableDescriptor(keyed, 1, List.of(), Map.of(), ""), false);
    try (TableUpsertWriter writer = connection.upsertWriter("k")) {
      writer.upsert(1L, List.of("Bonn", 53), Variant.parse("{\"n\": 7}")).join();
    }
    ScanOptions options = ScanOptions.all("k").withColumns(COLUMNS);
    try (RowScanner rows = connection.rows(options)) {
      assertThat(rows.poll())
          .singleElement()
          .satisfies(row -> assertThat(values(row)).containsExactly(7L, 1L, "Bonn", "BONN"));
    }
    try (LogScanner changes = connection.scanner(options)) {
      assertThat(changes.poll(LONG).list())
          .singleElement()
          .satisfies(
              each -> assertThat(values(each.row())).containsExactly(7L, 1L, "Bonn", "BONN"));
    }
  }
}
