package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Segments store paths of variants apart; filters find the same there as in batches. */
class ShreddedSegmentsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int ROWS = 2_000;
  private static final String FILTER = "variant_get(v, '$.a.n', 'BIGINT') >= 55000";

  private static void append(ServerUnderTest test, TableInfo table, long first)
      throws VariantException {
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(table.schema().toArrow(), test.allocator)) {
      for (int i = 0; i < ROWS; i++) {
        long id = first + i;
        ((BigIntVector) root.getVector(0)).setSafe(i, id);
        String mixed = id % 2 == 0 ? "1" : "\"x\"";
        Variant variant = Variant.parse("{\"a\": {\"n\": %d}, \"mixed\": %s}".formatted(id, mixed));
        VectorWriter.write(root.getVector(1), i, new DataType.Variant(true), variant);
      }
      root.setRowCount(ROWS);
      test.await(test.append(test.server, table, OptionalInt.of(0), WriterStamp.NONE, root));
    }
  }

  /**
   * Reads computed columns of everything.
   *
   * @param parts whether rows of segments come with the paths alone
   */
  private static List<String> computed(
      ServerUnderTest test, TableInfo table, List<String> columns, String filter, boolean parts) {
    RowReader reader = test.server.reader(table, columns, filter);
    List<String> found = new ArrayList<>();
    boolean segments = false;
    long next = 0;
    while (true) {
      FetchRequest request = new FetchRequest(table.bucket(0), next, 1 << 20, 0, reader.wants());
      try (Fetched fetched = test.await(test.server.fetch(ServerUnderTest.WHO, request))) {
        if (fetched.batches().isEmpty()) {
          assertThat(segments).isTrue();
          return found;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          if (batch instanceof Fetched.SegmentRows rows) {
            segments = true;
            assertThat(rows.rows().getVector("v").getField().getChildren())
                .anyMatch(field -> field.getName().equals("value") != parts);
          }
          reader
              .read(batch, next, Long.MAX_VALUE, test.allocator)
              .ifPresent(rows -> add(rows, found));
        }
        next = fetched.nextOffset();
      }
    }
  }

  private static void add(VectorSchemaRoot rows, List<String> found) {
    try (rows) {
      for (int row = 0; row < rows.getRowCount(); row++) {
        int at = row;
        found.add(
            rows.getFieldVectors().stream()
                .map(vector -> String.valueOf(vector.getObject(at)))
                .collect(Collectors.joining(" ")));
      }
    }
  }

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  private static void check(String shredding, boolean skips) throws VariantException {
    try (ServerUnderTest test =
        new ServerUnderTest(Map.of("cache.tail", "1mib", "compact.check.interval", "100ms"))) {
      TableInfo table =
          test.createTable(
              "t",
              "id BIGINT NOT NULL, v VARIANT",
              1,
              List.of(),
              Map.of(
                  "table.variant.shredding",
                  shredding,
                  "table.segment.target-size",
                  "64kib",
                  "table.write.mode",
                  "object"));
      for (long first = 0; first < 30 * ROWS; first += ROWS) {
        append(test, table, first);
      }
      test.scheduler.runFor(30 * SECOND);
      BucketLog log = test.truth.bucket(table.bucket(0)).orElseThrow().log();
      assertThat(log.runs()).anyMatch(run -> run.payload() instanceof Payload.Segment);
      RowReader[] used = new RowReader[1];
      assertThat(test.ids(table, 0, 0, FILTER, used)).isEqualTo(range(55_000, 60_000));
      if (skips) {
        assertThat(used[0].counts().batchesSkipped()).isPositive();
      }
      assertThat(test.ids(table, 0, 0, "variant_get(v, '$.mixed', 'STRING') = 'x'", null))
          .hasSize(30_000);
      assertThat(test.ids(table, 0, 0, FILTER + " AND v IS NOT NULL", null)).hasSize(5_000);
      assertThat(test.ids(table, 0, 0, "variant_get(v, '$.none', 'STRING') IS NULL", null))
          .hasSize(60_000);
      String n = "variant_get(v, '$.a.n', 'BIGINT') AS n";
      assertThat(
              computed(
                  test,
                  table,
                  List.of(n, "id", "variant_get(v, '$.mixed', 'STRING')"),
                  null,
                  skips))
          .containsExactlyElementsOf(
              LongStream.range(0, 30 * ROWS)
                  .mapToObj(id -> id + " " + id + (id % 2 == 0 ? " 1" : " x"))
                  .toList());
      String some = "variant_get(v, '$.a.n', 'BIGINT') BETWEEN 25000 AND 25999";
      assertThat(computed(test, table, List.of(n), some, skips))
          .containsExactlyElementsOf(range(25_000, 26_000).stream().map(String::valueOf).toList());
      assertThat(computed(test, table, List.of(n), "v IS NULL OR id = 7", false))
          .containsExactly("7");
    }
  }

  @Test
  void pathsThatTheTableNames() throws Exception {
    check("v:$.a.n BIGINT, v:$.mixed STRING", true);
  }

  @Test
  void pathsThatCompactionChooses() throws Exception {
    check("auto", true);
  }

  @Test
  void wholeVariants() throws Exception {
    check("off", false);
  }
}
