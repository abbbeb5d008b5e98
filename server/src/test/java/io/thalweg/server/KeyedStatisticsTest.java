package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.CurrentRows;
import io.thalweg.format.stats.TableStatistics;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a server tells of a table with a primary key. */
class KeyedStatisticsTest extends KeyedTableFixture {
  private static final Map<String, String> YOUNG = Map.of("table.segment.max-age", "1s");

  private TableStatistics statistics(TableInfo table) {
    return one.await(
        server.statistics(ServerUnderTest.WHO, table.path(), OptionalInt.empty(), Map.of(), true));
  }

  private void write(TableInfo table, int from, int count) {
    In[] rows = new In[count];
    for (int i = 0; i < count; i++) {
      rows[i] = row(from + i, "n" + i % 3, i);
    }
    one.await(write(table, ALL, rows));
  }

  private void compact() {
    one.scheduler.runFor(10_000_000_000L);
  }

  @Test
  void rowsAreExactOnceAllChangesAreInSegmentsAndElseAnEstimate() {
    TableInfo table = table(2, YOUNG);
    assertThat(statistics(table).currentRows()).contains(new CurrentRows(0, true));
    write(table, 0, 100);
    assertThat(statistics(table).currentRows()).as("nothing was looked at yet").isEmpty();
    compact();
    assertThat(statistics(table).currentRows()).contains(new CurrentRows(100, true));

    write(table, 50, 100);
    TableStatistics between = statistics(table);
    assertThat(between.currentRows()).isPresent();
    assertThat(between.currentRows().get().exact()).isFalse();
    one.await(write(table, WITH_CHANGES, delete(3), delete(4), delete(7_000)));
    compact();
    TableStatistics all = statistics(table);
    assertThat(all.currentRows()).contains(new CurrentRows(148, true));
    assertThat(all.rows()).as("changes").isGreaterThan(148).isEqualTo(all.segmentRows());
    ColumnStatistics id =
        all.columns().stream().filter(each -> each.name().equals("id")).findFirst().orElseThrow();
    assertThat(id.distinct()).hasValue(150);
    assertThat(all.columns()).as("without system columns").hasSize(3);
  }

  @Test
  void rowsAreUnknownWhereTheLogDoesNotReachBack() {
    TableInfo table = table(1, Map.of("table.segment.max-age", "1s", "table.log.ttl", "30s"));
    write(table, 0, 10);
    compact();
    one.scheduler.runFor(700_000_000_000L);
    write(table, 10, 10);
    compact();
    TableStatistics trimmed = statistics(table);
    assertThat(trimmed.buckets().get(0).startOffset()).isPositive();
    assertThat(trimmed.currentRows()).isEmpty();
    assertThat(trimmed.rows()).isEqualTo(trimmed.segmentRows());
  }
}
