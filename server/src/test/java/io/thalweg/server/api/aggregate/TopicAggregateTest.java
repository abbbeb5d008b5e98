package io.thalweg.server.api.aggregate;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Aggregates of a topic count the records that are rows, and no others. */
class TopicAggregateTest {
  private static final String COLUMNS =
      "key BYTES, value BYTES, headers ARRAY<ROW<key STRING NOT NULL, value BYTES> NOT NULL> NOT"
          + " NULL, timestamp TIMESTAMP_LTZ(3) NOT NULL, id BIGINT, tag STRING";

  @Test
  void recordsThatDoNotFitCountNowhere() {
    try (AggregateFixture test = new AggregateFixture(Map.of("compact.check.interval", "100ms"))) {
      TableInfo table =
          test.create(
              COLUMNS,
              1,
              List.of(),
              Map.of(
                  "table.log.format", "kafka",
                  "table.kafka.value-format", "json",
                  "table.segment.max-age", "1s"));
      test.one.await(
          test.server.appendRecords(
              WHO,
              table,
              0,
              Optional.empty(),
              new KafkaBatches()
                  .of(
                      "{\"id\":1,\"tag\":\"a\"}",
                      "bad",
                      "{\"id\":3,\"tag\":\"b\"}",
                      null,
                      "{\"id\":5,\"tag\":\"a\"}",
                      "{\"id\":0.5}"),
              test.one.await(test.server.reserve(1_000))));
      check(test, table);
      test.compact();
      test.restart();
      check(test, table);
      assertThat(
              ask(test, table, TableView.REJECTED, List.of(), null, "count(*)", "min(_log_offset)"))
          .containsExactly(List.of(2L, 1L));
    }
  }

  private static void check(AggregateFixture test, TableInfo table) {
    assertThat(ask(test, table, TableView.TABLE, List.of(), null, "count(*)"))
        .containsExactly(List.of(4L));
    assertThat(
            ask(test, table, TableView.TABLE, List.of(), null, "count(*)", "count(id)", "max(id)"))
        .containsExactly(List.of(4L, 3L, 5L));
    assertThat(ask(test, table, TableView.TABLE, List.of(), "id > 1", "count(*)", "sum(id)"))
        .extracting(row -> row.toString())
        .containsExactly("[2, 8]");
    assertThat(ask(test, table, TableView.TABLE, List.of("tag"), "tag IS NOT NULL", "count(*)"))
        .containsExactlyInAnyOrder(List.of("a", 2L), List.of("b", 1L));
  }

  private static List<List<Object>> ask(
      AggregateFixture test,
      TableInfo table,
      TableView view,
      List<String> groupBy,
      String filter,
      String... select) {
    return test.ofLog(
            table,
            view,
            Aggregation.parse(groupBy, List.of(select)),
            filter,
            List.of(new LogAggregate.Span(0, 0, 6)))
        .merged();
  }
}
