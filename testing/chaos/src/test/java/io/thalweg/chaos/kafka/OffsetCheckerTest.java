package io.thalweg.chaos.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.History.Read;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every anomaly of what is read at an offset, and a good history. */
class OffsetCheckerTest {
  private static final TableBucket A = new TableBucket(1, 0);

  private final OffsetChecker checker = new OffsetChecker();

  private List<String> found() {
    return checker.check(List.of());
  }

  @Test
  void acceptsAGoodHistory() {
    checker.saw("producer", A, new Read(3, 30));
    checker.saw("reader of all", A, new Read(4, 40));
    checker.sawCommitted("reader", A, new Read(3, 30));
    checker.drained(A, List.of(new Read(3, 30)));
    assertThat(found()).isEmpty();
  }

  @Test
  void findsAnOffsetWithTwoValues() {
    checker.saw("producer", A, new Read(3, 30));
    checker.saw("reader", A, new Read(3, 31));
    assertThat(found()).singleElement().asString().startsWith("INCONSISTENT_OFFSET");
  }

  @Test
  void findsAValueThatIsStoredTwice() {
    checker.saw("reader", A, new Read(3, 30));
    checker.saw("reader", A, new Read(4, 30));
    assertThat(found()).singleElement().asString().startsWith("DUPLICATE");
    assertThat(checker.check(List.of(A))).as("a copy that was aborted and made anew").isEmpty();
  }

  @Test
  void findsACommittedRecordThatIsGone() {
    checker.sawCommitted("reader", A, new Read(3, 30));
    checker.drained(A, List.of());
    assertThat(found()).singleElement().asString().startsWith("UNSTABLE_READ");
  }
}
