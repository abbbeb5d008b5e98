package io.thalweg.server.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.TableStatistics;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.SegmentEntry;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a server tells of tables whose records it compacts. */
class StatisticsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Map<String, String> YOUNG = Map.of("table.segment.max-age", "1s");

  private final ServerUnderTest test =
      new ServerUnderTest(Map.of("compact.check.interval", "100ms", "compact.delete.delay", "1s"));

  @AfterEach
  void close() {
    test.close();
  }

  private TableInfo table(String columns, int buckets, Map<String, String> properties) {
    return test.createTable("t", columns, buckets, List.of(), properties);
  }

  private void append(TableInfo table, int bucket, int count, IntFunction<List<Object>> row) {
    Schema schema = table.schema();
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema.toArrow(), test.allocator)) {
      root.allocateNew();
      for (int i = 0; i < count; i++) {
        List<Object> values = row.apply(i);
        for (int c = 0; c < values.size(); c++) {
          VectorWriter.write(root.getVector(c), i, schema.columns().get(c).type(), values.get(c));
        }
      }
      root.setRowCount(count);
      test.await(test.append(test.server, table, OptionalInt.of(bucket), WriterStamp.NONE, root));
    }
  }

  /** Waits until all records are in segments. */
  private void compact() {
    test.scheduler.runFor(5 * SECOND);
  }

  private TableInfo alter(String changes) {
    return test.await(
        test.server.alterTable(
            ServerUnderTest.WHO, TablePath.parse("t"), OptionalInt.empty(), changes));
  }

  private TableStatistics statistics() {
    return statistics(OptionalInt.empty());
  }

  private TableStatistics statistics(OptionalInt bucket) {
    return test.await(
        test.server.statistics(ServerUnderTest.WHO, TablePath.parse("t"), bucket, Map.of(), true));
  }

  private static ColumnStatistics column(TableStatistics statistics, String name) {
    return statistics.columns().stream()
        .filter(column -> column.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Object text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static List<Object> row(Object... values) {
    return Arrays.asList(values);
  }

  private static void known(
      ColumnStatistics column, long rows, long nulls, String min, String max, long distinct) {
    assertThat(column.rows()).as("%s", column).isEqualTo(rows);
    assertThat(column.nulls()).as("%s", column).hasValue(nulls);
    assertThat(column.min()).as("%s", column).isEqualTo(Optional.ofNullable(min));
    assertThat(column.max()).as("%s", column).isEqualTo(Optional.ofNullable(max));
    assertThat(column.distinct()).as("%s", column).hasValue(distinct);
    assertThat(column.distinctRows()).as("%s", column).isEqualTo(rows);
  }

  @Test
  void ofATableWithoutRows() {
    table("id BIGINT, tags ARRAY<INT>", 2, Map.of());
    TableStatistics none = statistics();
    assertThat(none.rows()).isZero();
    assertThat(none.bytes()).isZero();
    assertThat(none.currentRows()).isEmpty();
    assertThat(none.columns()).hasSize(2);
    assertThat(column(none, "id").nulls()).isEmpty();
    assertThat(column(none, "id").distinct()).isEmpty();
  }

  @Test
  void segmentsAreMergedAndTheTailIsCountedOnly() {
    TableInfo table =
        table(
            "id BIGINT NOT NULL, name STRING, price DECIMAL(9, 2), at TIMESTAMP(3), tags ARRAY<INT>",
            2,
            YOUNG);
    for (int part = 0; part < 4; part++) {
      int first = part * 1_000;
      append(
          table,
          part % 2,
          1_000,
          i ->
              row(
                  (long) (first + i),
                  i % 10 == 0 ? null : text("n" + i % 7),
                  new BigDecimal("-1.50").add(BigDecimal.valueOf(i % 5)),
                  1_000L * i,
                  null));
      compact();
    }
    TableStatistics all = statistics();
    assertThat(all.rows()).isEqualTo(4_000).isEqualTo(all.segmentRows());
    assertThat(all.buckets())
        .extracting(BucketStatistics::endOffset)
        .containsExactly(2_000L, 2_000L);
    assertThat(all.buckets()).allMatch(bucket -> bucket.segments() == 2 && bucket.bytes() > 0);
    ColumnStatistics id = column(all, "id");
    assertThat(id.min()).contains("0");
    assertThat(id.max()).contains("3999");
    assertThat(id.distinct().getAsLong()).isCloseTo(4_000, within(400L));
    known(column(all, "name"), 4_000, 400, "n0", "n6", 7);
    known(column(all, "price"), 4_000, 0, "-1.50", "2.50", 5);
    assertThat(column(all, "at").max()).contains("1970-01-01T00:16:39");
    ColumnStatistics nested = column(all, "tags");
    assertThat(nested.nulls()).isEmpty();
    assertThat(nested.min()).isEmpty();
    assertThat(nested.distinct()).isEmpty();
    TableStatistics one = statistics(OptionalInt.of(1));
    known(column(one, "name"), 2_000, 200, "n0", "n6", 7);
    assertThat(column(one, "id").min()).contains("1000");

    append(table, 0, 10, i -> row((long) -i, null, null, null, null));
    TableStatistics later = statistics();
    assertThat(later.rows()).isEqualTo(4_010);
    assertThat(later.segmentRows()).isEqualTo(4_000);
    assertThat(later.buckets().get(0).endOffset()).isEqualTo(2_010);
    assertThat(later.columns()).isEqualTo(all.columns());
  }

  @Test
  void asManyDistinctValuesAsAreExactlyCounted() {
    TableInfo table = table("a BIGINT, b STRING", 1, YOUNG);
    for (int part = 0; part < 5; part++) {
      int first = part * 5_000;
      append(table, 0, 10_000, i -> row((long) (first + i), text("b" + (first + i) % 900)));
      compact();
    }
    TableStatistics all = statistics();
    assertThat(column(all, "a").distinct().getAsLong()).isCloseTo(30_000, within(3_000L));
    assertThat(column(all, "b").distinct()).hasValue(900);
  }

  @Test
  void figuresFollowTheSchema() {
    TableInfo table = table("a INT, b INT, c STRING, e FLOAT", 1, YOUNG);
    append(table, 0, 100, i -> row((long) i, (long) i, text("c" + i % 3), i / 2.0));
    compact();
    table =
        alter(
            "DROP COLUMN c, ALTER COLUMN a TYPE BIGINT, RENAME COLUMN b TO bb, ADD COLUMN d INT"
                + " DEFAULT 7, ADD COLUMN c STRING, ALTER COLUMN e TYPE DOUBLE");
    TableStatistics old = statistics();
    assertThat(old.schemaId()).isEqualTo(table.schema().schemaId());
    assertThat(column(old, "a").min()).contains("0");
    assertThat(column(old, "a").max()).contains("99");
    assertThat(column(old, "a").rows()).isEqualTo(100);
    assertThat(column(old, "a").distinct()).as("INT is hashed as four bytes").isEmpty();
    assertThat(column(old, "a").distinctRows()).isZero();
    assertThat(column(old, "e").max()).contains("49.5");
    assertThat(column(old, "e").distinct()).isEmpty();
    known(column(old, "bb"), 100, 0, "0", "99", 100);
    known(column(old, "c"), 100, 100, null, null, 0);
    known(column(old, "d"), 100, 0, "7", "7", 1);

    append(
        table,
        0,
        50,
        i -> rowOf(statistics(), Map.of("a", 1L << 40, "bb", 500L + i, "c", text("x"), "d", 8L)));
    compact();
    TableStatistics both = statistics();
    ColumnStatistics a = column(both, "a");
    assertThat(a.max()).contains(Long.toString(1L << 40));
    assertThat(a.rows()).isEqualTo(150);
    assertThat(a.distinct()).hasValue(1);
    assertThat(a.distinctRows()).isEqualTo(50);
    known(column(both, "bb"), 150, 0, "0", "549", 150);
    known(column(both, "c"), 150, 100, "x", "x", 1);
    known(column(both, "d"), 150, 0, "7", "8", 2);
    assertThat(column(both, "e").nulls()).hasValue(50);
  }

  /** Values in the order of the columns; those that are not given are null. */
  private static List<Object> rowOf(TableStatistics statistics, Map<String, Object> values) {
    return statistics.columns().stream().map(column -> values.get(column.name())).toList();
  }

  @Test
  void onlyTheColumnsOfTheOptionAreCounted() {
    Map<String, String> some = new TreeMap<>(YOUNG);
    some.put("table.statistics.columns", "b");
    TableInfo table = table("a INT, b INT", 1, some);
    append(table, 0, 100, i -> row((long) i, (long) i));
    compact();
    TableStatistics one = statistics();
    assertThat(column(one, "a").max()).contains("99");
    assertThat(column(one, "a").distinct()).isEmpty();
    known(column(one, "b"), 100, 0, "0", "99", 100);
    alter("SET ('table.statistics.columns' = 'none')");
    append(table, 0, 100, i -> row((long) i, (long) i));
    compact();
    ColumnStatistics b = column(statistics(), "b");
    assertThat(b.rows()).isEqualTo(200);
    assertThat(b.distinctRows()).isEqualTo(100);
  }

  @Test
  void damagedSketchesDisturbStatisticsOnly() {
    TableInfo table = table("id BIGINT NOT NULL, name STRING", 1, YOUNG);
    append(table, 0, 100, i -> row((long) i, text("n" + i)));
    compact();
    SegmentEntry file = test.await(test.server.files(ServerUnderTest.WHO, table.path())).get(0);
    damageSketches(file);
    assertThatThrownBy(this::statistics)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_DATA))
        .hasMessageContaining(file.key())
        .hasMessageContaining("the checksum of its sketches is wrong");
    assertThat(test.ids(table, 0, 0, null, null)).hasSize(100);
    assertThat(
            test.await(
                    test.server.statistics(
                        ServerUnderTest.WHO, table.path(), OptionalInt.empty(), Map.of(), false))
                .rows())
        .isEqualTo(100);
  }

  private void damageSketches(SegmentEntry file) {
    ByteBuffer whole = test.await(test.store.get(file.key(), 0, (int) file.length()));
    byte[] bytes = new byte[whole.remaining()];
    whole.get(bytes);
    String tail = new String(bytes, StandardCharsets.ISO_8859_1);
    int key = tail.lastIndexOf("thalweg.sketches");
    Matcher place = Pattern.compile("(\\d+),(\\d+),[0-9a-f]{8}").matcher(tail);
    assertThat(place.find(key)).isTrue();
    bytes[Integer.parseInt(place.group(1)) + Integer.parseInt(place.group(2)) / 2] ^= 1;
    test.await(test.store.delete(List.of(file.key())));
    test.await(test.store.put(file.key(), List.of(ByteBuffer.wrap(bytes))));
  }

  @Test
  void aSegmentThatWasMergedMeanwhileIsLookedUpAgain() {
    TableInfo table = table("id BIGINT NOT NULL, name STRING", 1, YOUNG);
    for (int i = 0; i < 40; i++) {
      append(table, 0, 100, row -> row((long) row, null));
      test.scheduler.runFor(SECOND);
      TableStatistics now = statistics();
      assertThat(now.rows()).isEqualTo(100L * (i + 1));
      assertThat(column(now, "id").rows()).isEqualTo(now.segmentRows());
    }
  }

  @Test
  void aDroppedTableHasNone() {
    TableInfo table = table("id BIGINT NOT NULL", 1, YOUNG);
    test.await(test.server.dropTable(ServerUnderTest.WHO, table.path()));
    assertThatThrownBy(this::statistics).hasMessageContaining("there is no table 'default.t'");
  }

  @Test
  void manyCallersAtOnceAllHearTheSame() {
    TableInfo table = table("id BIGINT NOT NULL", 1, YOUNG);
    append(table, 0, 100, i -> row((long) i));
    compact();
    var answers =
        IntStream.range(0, 50)
            .mapToObj(
                i ->
                    test.server.statistics(
                        ServerUnderTest.WHO, table.path(), OptionalInt.empty(), Map.of(), true))
            .toList();
    for (var answer : answers) {
      assertThat(column(test.await(answer), "id").distinct()).isEqualTo(OptionalLong.of(100));
    }
    var tooMany =
        IntStream.range(0, 200)
            .mapToObj(
                i ->
                    test.server.statistics(
                        ServerUnderTest.WHO, table.path(), OptionalInt.empty(), Map.of(), true))
            .toList();
    test.scheduler.runFor(SECOND);
    assertThat(tooMany).allMatch(CompletableFuture::isDone);
    assertThat(column(statistics(), "id").distinct()).hasValue(100);
  }
}
