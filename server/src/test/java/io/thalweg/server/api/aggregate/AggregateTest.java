package io.thalweg.server.api.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.RowScan;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read and what statistics answer, and what ends an aggregate early. */
class AggregateTest {
  private static final String COLUMNS =
      "id BIGINT NOT NULL, c STRING, a INT, d DOUBLE, n DECIMAL(9, 2), at TIMESTAMP(3)";
  private static final Map<String, String> YOUNG = Map.of("table.segment.max-age", "1s");

  private final AggregateFixture test =
      new AggregateFixture(
          Map.of(
              "compact.check.interval",
              "100ms",
              "server.aggregate.bytes",
              "64kib",
              "server.aggregate.memory",
              "80kib"));

  @AfterEach
  void everyByteWasGivenBack() {
    assertThat(test.groupBytes()).isZero();
    test.close();
  }

  private static List<List<Object>> rows(int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(
            i ->
                Arrays.<Object>asList(
                    (long) i,
                    "carrier-" + i % 3,
                    i % 4 == 0 ? null : (Object) (long) -i,
                    i == 3 ? Double.NaN : i / 2.0,
                    BigDecimal.valueOf(i, 2),
                    1_000L * i))
        .toList();
  }

  private static Aggregation all(String... select) {
    return Aggregation.parse(List.of(), List.of(select));
  }

  private AggregateFixture.Result ask(TableInfo table, long start, long stop, String... select) {
    return test.ofLog(
        table, TableView.TABLE, all(select), null, List.of(new LogAggregate.Span(0, start, stop)));
  }

  /** Two segments of 100 rows each, and a batch of 10 behind them. */
  private TableInfo compacted() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), YOUNG);
    test.append(table, OptionalInt.of(0), rows(0, 100));
    test.compact();
    test.append(table, OptionalInt.of(0), rows(100, 100));
    test.compact();
    test.restart();
    test.append(table, OptionalInt.of(0), rows(200, 10));
    return table;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // start | stop | select | batches | by statistics | result
        "0 | 210 | count(*)                      | 3 | 3 | [210]",
        "5 | 207 | count(*)                      | 3 | 3 | [202]",
        "0 | 210 | count(a) min(a) max(a)        | 3 | 3 | [157, -209, -1]",
        "0 | 210 | count(*) min(n) max(at)       | 3 | 3 | [210, 0.00, 209000]",
        "0 | 150 | count(*) max(a)               | 2 | 1 | [150, -1]",
        "50 | 210 | min(a) max(id)               | 3 | 2 | [-209, 209]",
        "0 | 210 | count(d)                      | 3 | 3 | [210]",
        "0 | 210 | max(d)                        | 3 | 2 | [NaN]",
        "0 | 210 | min(d)                        | 3 | 2 | [0.0]",
        "0 | 210 | min(c)                        | 3 | 0 | [carrier-0]",
        "0 | 210 | sum(a)                        | 3 | 0 | [-16433]",
        "0 | 210 | min(id) sum(id)               | 3 | 0 | [0, 21945]",
        "0 | 0 | count(*) min(a)                 | 0 | 0 | [0, null]",
      })
  void statisticsAnswerWhatTheyKnow(
      long start, long stop, String select, int batches, int byStatistics, String result) {
    TableInfo table = compacted();
    AggregateFixture.Result got = ask(table, start, stop, select.trim().split(" +"));
    assertThat(got.merged()).hasSize(1);
    assertThat(got.merged().get(0)).hasToString(result.trim());
    assertThat(got.parts()).hasSize(1);
    assertThat(got.parts().get(0).baseOffset()).isEqualTo(start);
    assertThat(got.parts().get(0).nextOffset()).isEqualTo(stop);
    assertThat(got.counts().rows()).isEqualTo(stop - start);
    assertThat(got.counts().byStatistics()).as("%s", got.counts()).isEqualTo(byStatistics);
    assertThat(got.counts().batches()).as("%s", got.counts()).isGreaterThanOrEqualTo(batches);
  }

  @Test
  void aFilterAndGroupsAreRead() {
    TableInfo table = compacted();
    List<LogAggregate.Span> whole = List.of(new LogAggregate.Span(0, 0, 210));
    AggregateFixture.Result filtered =
        test.ofLog(table, TableView.TABLE, all("count(*)"), "id >= 150", whole);
    assertThat(filtered.merged()).containsExactly(List.of(60L));
    assertThat(filtered.counts().byStatistics()).isZero();
    assertThat(filtered.counts().skipped()).isEqualTo(1);
    AggregateFixture.Result grouped =
        test.ofLog(
            table,
            TableView.TABLE,
            Aggregation.parse(List.of("c"), List.of("count(*)", "max(__offset)")),
            null,
            whole);
    assertThat(grouped.merged())
        .containsExactlyInAnyOrder(
            List.of("carrier-0", 70L, 207L),
            List.of("carrier-1", 70L, 208L),
            List.of("carrier-2", 70L, 209L));
    AggregateFixture.Result changes =
        test.ofLog(
            table,
            TableView.CHANGELOG,
            Aggregation.parse(List.of("_change_type"), List.of("count(*)", "min(_log_offset)")),
            "id < 7",
            whole);
    assertThat(changes.merged()).containsExactly(List.of("insert", 7L, 0L));
  }

  @Test
  void boundsOfAnOlderTypeTellWhatTheyMeanNow() {
    TableInfo old = compacted();
    TableInfo wide =
        test.alter(
            "ALTER COLUMN a TYPE BIGINT, ADD COLUMN extra INT DEFAULT 5, RENAME COLUMN n TO m");
    test.append(
        wide,
        OptionalInt.of(0),
        List.of(
            Arrays.asList(210L, "x", 7_000_000_000L, 1.5, BigDecimal.valueOf(99_999, 2), 5L, 6L)));
    AggregateFixture.Result numbers = ask(wide, 0, 211, "max(a)", "max(m)", "count(*)");
    assertThat(numbers.merged())
        .containsExactly(List.of(7_000_000_000L, new BigDecimal("999.99"), 211L));
    assertThat(numbers.counts().byStatistics()).isEqualTo(4);
    // The segments do not have the column: their rows are read, as ones of its default.
    AggregateFixture.Result added = ask(wide, 0, 211, "min(extra)", "max(extra)", "count(extra)");
    assertThat(added.merged()).containsExactly(List.of(5L, 6L, 211L));
    assertThat(added.counts().byStatistics()).isEqualTo(1);
    // A reader that began before reads what is newer, so that it notices what it cannot have.
    assertThat(ask(old, 0, 210, "min(a)").counts().byStatistics()).isEqualTo(3);
    refused(
        ErrorCode.SCHEMA_CHANGED, "column 'a' has become wider", () -> ask(old, 0, 211, "max(a)"));
    assertThat(ask(old, 0, 211, "count(*)").merged()).containsExactly(List.of(211L));
  }

  @Test
  void onlyTheColumnsNeededAreRead() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), YOUNG);
    AggregatePlan plan =
        AggregatePlan.ofLog(
            table,
            TableView.TABLE,
            "at > TIMESTAMP '2026-01-01 00:00:00'",
            Aggregation.parse(List.of("c"), List.of("count(*)", "sum(n)", "max(n)")),
            10);
    assertThat(plan.columns()).containsExactly("c", "n");
    assertThat(
            test.server
                .reader(table, plan.view(), plan.columns(), plan.filter())
                .wants()
                .columnIds())
        .contains(List.of(2, 5, 6));
    assertThat(AggregatePlan.ofLog(table, TableView.TABLE, null, all("count(*)"), 10).columns())
        .isEmpty();
  }

  @Test
  void tooManyGroupsAreRefused() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), Map.of());
    test.append(table, OptionalInt.of(0), rows(0, 1_000));
    List<LogAggregate.Span> whole = List.of(new LogAggregate.Span(0, 0, 1_000));
    Aggregation each = Aggregation.parse(List.of("id"), List.of("count(*)"));
    AggregatePlan few = AggregatePlan.ofLog(table, TableView.TABLE, null, each, 299);
    refused(
        ErrorCode.LIMIT_REACHED,
        "more than 299 groups; filter, or group by fewer columns",
        () -> test.run(few, test.logScan(few, whole)));
    AggregatePlan large = AggregatePlan.ofLog(table, TableView.TABLE, null, each, 1_000);
    refused(
        ErrorCode.LIMIT_REACHED,
        "take more than 65536 bytes; filter, or group by fewer columns",
        () -> test.run(large, test.logScan(large, whole)));
    refused(
        ErrorCode.LIMIT_REACHED,
        "server.aggregate.groups.max",
        () -> test.server.groupMemory().groups(OptionalInt.of(1_000_001)));
    assertThat(test.server.groupMemory().groups(OptionalInt.empty())).isEqualTo(10_000);
  }

  @Test
  void allAggregatesShareTheirMemory() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), Map.of());
    test.append(table, OptionalInt.of(0), rows(0, 300));
    List<LogAggregate.Span> whole = List.of(new LogAggregate.Span(0, 0, 300));
    AggregatePlan plan =
        AggregatePlan.ofLog(
            table,
            TableView.TABLE,
            null,
            Aggregation.parse(List.of("id"), List.of("count(*)")),
            1_000);
    LogAggregate first = test.logScan(plan, whole);
    Partial held = test.one.await(test.next(first)).orElseThrow();
    assertThat(test.groupBytes()).isEqualTo(held.bytes()).isGreaterThan(40 << 10);
    refused(
        ErrorCode.OVERLOADED,
        "server.aggregate.memory",
        () -> test.run(plan, test.logScan(plan, whole)));
    held.close();
    assertThat(test.run(plan, test.logScan(plan, whole)).merged()).hasSize(300);
    first.close();
  }

  /** Until it has what it waits for; a closed aggregate gives everything back and says no more. */
  @Test
  void anAggregateThatWaitsForRecordsCanBeClosed() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), Map.of());
    test.append(table, OptionalInt.of(0), rows(0, 10));
    AggregatePlan plan =
        AggregatePlan.ofLog(
            table,
            TableView.TABLE,
            null,
            Aggregation.parse(List.of("id"), List.of("count(*)")),
            1_000);
    LogAggregate waiting = test.logScan(plan, List.of(new LogAggregate.Span(0, 0, 20)));
    CompletableFuture<Optional<Partial>> next = test.next(waiting);
    test.one.scheduler.runFor(30 * AggregateFixture.SECOND);
    assertThat(next).isNotDone();
    assertThat(test.groupBytes()).isPositive();
    test.tasks.run(waiting::close, () -> {});
    test.one.scheduler.runFor(30 * AggregateFixture.SECOND);
    assertThat(next).isNotDone();
    assertThat(test.groupBytes()).isZero();

    LogAggregate second = test.logScan(plan, List.of(new LogAggregate.Span(0, 0, 20)));
    CompletableFuture<Optional<Partial>> later = test.next(second);
    test.append(table, OptionalInt.of(0), rows(10, 15));
    try (Partial part = test.one.await(later).orElseThrow()) {
      assertThat(part.count()).isEqualTo(20);
      assertThat(part.endOffset()).isEqualTo(25);
    }
    second.close();
  }

  @Test
  void rowsOfEveryBucketAndOfEmptyOnes() {
    TableInfo table = test.create("id BIGINT NOT NULL, a INT", 4, List.of("id"), Map.of());
    Aggregation count = all("count(*)", "sum(a)");
    AggregateFixture.Result none = test.ofRows(table, count, null);
    assertThat(none.parts()).hasSize(4);
    assertThat(none.merged()).containsExactly(Arrays.asList(0L, null));
    for (long round = 1; round <= 2; round++) {
      long factor = round;
      test.append(
          table,
          OptionalInt.empty(),
          IntStream.range(0, 3)
              .mapToObj(i -> Arrays.<Object>asList((long) i, i * factor))
              .toList());
    }
    AggregateFixture.Result some = test.ofRows(table, count, null);
    assertThat(some.parts().stream().map(AggregateFixture.Part::bucket))
        .containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(some.merged()).containsExactly(List.of(3L, new BigDecimal(6)));
    assertThat(test.ofRows(table, all("count(*)"), null).merged()).containsExactly(List.of(3L));
    assertThat(test.ofRows(table, all("count(*)"), "a > 1").merged()).containsExactly(List.of(2L));
  }

  @Test
  void aClosedAggregateOfRowsLetsGoOfThem() {
    TableInfo table = test.create("id BIGINT NOT NULL, a INT", 2, List.of("id"), Map.of());
    test.append(
        table,
        OptionalInt.empty(),
        IntStream.range(0, 100).mapToObj(i -> Arrays.<Object>asList((long) i, 1L)).toList());
    AggregatePlan plan =
        AggregatePlan.ofRows(
            table, null, Aggregation.parse(List.of("id"), List.of("count(*)")), 1_000);
    RowScan rows =
        test.one.await(
            test.server.scanRows(
                ServerUnderTest.WHO, table, OptionalInt.empty(), plan.columns(), null));
    RowsAggregate scan =
        new RowsAggregate(rows, plan, test.server.groupMemory(), ReadShare.UNLIMITED, test.tasks);
    Partial first = test.one.await(test.next(scan)).orElseThrow();
    first.close();
    CompletableFuture<Optional<Partial>> second = test.next(scan);
    test.tasks.run(scan::close, () -> {});
    test.one.scheduler.runFor(AggregateFixture.SECOND);
    assertThat(second).isNotDone();
    assertThat(test.groupBytes()).isZero();
  }

  @Test
  void whoMayNotReadGetsNoAggregate() {
    TableInfo table = test.create(COLUMNS, 1, List.of(), Map.of());
    AggregatePlan plan = AggregatePlan.ofLog(table, TableView.TABLE, null, all("count(*)"), 1);
    var refusing =
        test.one.newServer("s2", Map.of(), (who, what, of) -> !who.name().equals("nobody"));
    refusing.start();
    test.one.scheduler.runFor(AggregateFixture.SECOND);
    LogAggregate scan =
        new LogAggregate(
            refusing,
            new Principal("nobody"),
            plan,
            List.of(new LogAggregate.Span(0, 0, 1)),
            ReadShare.UNLIMITED,
            test.tasks);
    refused(ErrorCode.DENIED, "nobody", () -> test.run(plan, scan));
    test.one.await(refusing.close());
  }

  private static void refused(ErrorCode code, String message, Runnable asked) {
    assertThatThrownBy(asked::run)
        .satisfies(
            thrown -> {
              Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
              assertThat(cause).isInstanceOf(ThalwegException.class).hasMessageContaining(message);
              assertThat(((ThalwegException) cause).code()).isEqualTo(code);
            });
  }
}
