package io.thalweg.server.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** A scan with an end keeps what it began with, also columns that are dropped meanwhile. */
class DroppedColumnsTest {

  private static List<String> names(ServerUnderTest one, TableInfo table) {
    RowReader reader = one.server.reader(table, TableView.TABLE, List.of("name"), null);
    List<String> names = new ArrayList<>();
    try (Fetched fetched =
        one.await(
            one.server.fetch(
                ServerUnderTest.WHO,
                new FetchRequest(table.bucket(0), 0, 1 << 20, 0, reader.wants())))) {
      for (Fetched.Batch batch : fetched.batches()) {
        try (VectorSchemaRoot rows =
            reader.read(batch, 0, Long.MAX_VALUE, one.allocator).orElseThrow()) {
          for (int i = 0; i < rows.getRowCount(); i++) {
            names.add(String.valueOf(rows.getVector(0).getObject(i)));
          }
        }
      }
    }
    return names;
  }

  @Test
  void compactionWaitsForScansThatBeganBefore() {
    try (ServerUnderTest one = new ServerUnderTest(Map.of("compact.check.interval", "100ms"))) {
      TableInfo table =
          one.createTable(
              "t", "id BIGINT, name STRING", 1, List.of(), Map.of("table.segment.max-age", "1s"));
      one.await(one.append(table, OptionalInt.of(0), WriterStamp.NONE, 1, 2));
      ScanPin pin = one.await(one.server.pin(ServerUnderTest.WHO, table, Map.of(0, 0L)));
      one.await(
          one.server.alterTable(
              ServerUnderTest.WHO, TablePath.parse("t"), OptionalInt.empty(), "DROP COLUMN name"));
      one.scheduler.runFor(20_000_000_000L);
      assertThat(names(one, table)).containsExactly("name-1", "name-2");
      assertThat(one.await(one.server.files(ServerUnderTest.WHO, TablePath.parse("t")))).isEmpty();

      ScanPin later = one.await(one.server.pin(ServerUnderTest.WHO, table, Map.of(0, 0L)));
      pin.close();
      one.scheduler.runFor(20_000_000_000L);
      assertThat(one.await(one.server.files(ServerUnderTest.WHO, TablePath.parse("t")))).hasSize(1);
      later.close();
    }
  }
}
