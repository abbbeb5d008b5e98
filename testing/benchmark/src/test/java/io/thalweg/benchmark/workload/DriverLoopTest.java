package io.thalweg.benchmark.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a driver process does with the orders that it gets; the system is in memory. */
class DriverLoopTest {
  private final MemoryDriver driver = new MemoryDriver();

  private List<Words> answers(String... orders) {
    return answers(new RowWork(driver, Duration.ofMillis(200)), orders);
  }

  private static List<Words> answers(Work work, String... orders) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new DriverLoop(work)
        .run(
            new BufferedReader(new StringReader(String.join("\n", orders))),
            new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8).lines().map(Words::parse).toList();
  }

  @Test
  void rowsAreAppendedAndScanned() {
    List<Words> answers =
        answers(
            "table table=t keyed=false buckets=4",
            "append table=t first=0 rows=10 payload=100",
            "append table=t first=10 rows=20 payload=100",
            "scan table=t rows=30 columns=id,ts,kind,payload");
    assertThat(driver.tables).containsExactly("t 4");
    assertThat(answers).extracting(Words::verb).containsOnly("done");
    assertThat(answers.get(2).count("rows")).isEqualTo(20);
    assertThat(answers.get(3).number("rate")).isPositive();
    assertThat(answers.get(3).count("letters")).isGreaterThan(30 * 100);
  }

  @Test
  void aScanOfAMissingRowHasNoFigures() {
    driver.lost = 7;
    List<Words> answers =
        answers(
            "append table=t first=0 rows=10 payload=100",
            "scan table=t rows=10 columns=id,payload",
            "append table=t first=10 rows=10 payload=100",
            "scan table=t rows=10 columns=id,payload");
    assertThat(answers).extracting(Words::verb).containsExactly("done", "failed", "done", "failed");
    assertThat(answers.get(1).text("because")).contains("9_read");
    assertThat(answers.get(3).text("because")).contains("sum_of_ids");
  }

  @Test
  void rowsAreWrittenByKeyAndFound() {
    List<Words> answers =
        answers(
            "load table=t keys=1000 seed=1 payload=100",
            "update table=t keys=1000 seed=1 payload=100 rows=500",
            "lookups table=t keys=1000 seed=1 rows=5000 window=20",
            "lookup table=t keys=1000 seed=1 warm=0.01 seconds=0.05");
    assertThat(answers).extracting(Words::verb).containsOnly("done");
    assertThat(driver.rowCount()).isEqualTo(1_000);
    assertThat(answers.get(3).number("p50")).isPositive();
    assertThat(answers.get(3).number("p99")).isGreaterThanOrEqualTo(answers.get(3).number("p50"));
  }

  @Test
  void lookupsOfAMissingRowHaveNoFigures() {
    driver.lost = 7;
    List<Words> answers =
        answers(
            "load table=t keys=10 seed=1 payload=100",
            "lookups table=t keys=10 seed=1 rows=1000 window=20");
    assertThat(answers).extracting(Words::verb).containsExactly("done", "failed");
  }

  @Test
  void aFollowerSeesEachRowOnce() {
    List<Words> answers = answers("tail table=t payload=100 per_second=1000 warm=0.1 seconds=0.2");
    assertThat(answers.get(0).verb()).isEqualTo("done");
    assertThat(answers.get(0).count("rows")).isEqualTo(300);
    assertThat(answers.get(0).count("timed")).isEqualTo(200);
  }

  @Test
  void whatTheSystemDoesNotDoIsToldApartFromFailures() {
    Work refusing =
        new Work() {
          @Override
          public Words carryOut(Words order) {
            throw order.verb().equals("dance")
                ? new RefusedException("not with me")
                : new IllegalStateException("fell");
          }

          @Override
          public void close() {}
        };
    List<Words> answers = answers(refusing, "dance", "walk");
    assertThat(answers).extracting(Words::verb).containsExactly(DriverLoop.REFUSED, "failed");
    assertThat(answers.get(0).text("because")).isEqualTo("not_with_me");
    assertThat(answers.get(1).text("because")).contains("IllegalStateException").contains("fell");
  }

  @Test
  void anUnknownOrderIsAnsweredAndTheNextIsDone() {
    assertThat(answers("dance", "table table=t keyed=true buckets=1"))
        .extracting(Words::verb)
        .containsExactly("failed", "done");
  }
}
