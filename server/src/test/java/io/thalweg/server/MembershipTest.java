package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.AppendResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Servers with the same name, and a coordinator that accepts no entry. */
final class MembershipTest {
  private static final String COLUMNS = "id BIGINT, name STRING";
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void whoseNameIsTakenByAnotherProcessEndsAndSaysWhere() {
    try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
      ThalwegServer other = test.newServerAt("grpc://localhost:2", "s1");
      other.start();
      ThalwegException end = test.await(test.server.failed());
      assertThat(end).hasMessageContaining("'s1'").hasMessageContaining("grpc://localhost:2");
      long joined = test.truth.incarnations().open().get(0).number();
      test.scheduler.runFor(20 * SECOND);
      assertThat(test.truth.incarnations().open()).hasSize(1);
      assertThat(test.truth.incarnations().isOpen(joined)).as("nobody throws it out").isTrue();
      assertThat(other.failed()).isNotDone();
      test.await(other.close());
    }
  }

  @Test
  void anAppendIsRefusedAtOnceWhereTheCoordinatorTakesNothing() {
    for (String mode : List.of("inline", "object", "auto")) {
      try (ServerUnderTest test = new ServerUnderTest(Map.of())) {
        TableInfo table =
            test.createTable("t", COLUMNS, 1, List.of(), Map.of("table.write.mode", mode));
        test.await(append(test, table, 0));
        test.isFull.set(true);
        for (int i = 0; i < 3; i++) {
          CompletableFuture<AppendResult> first = append(test, table, 100);
          CompletableFuture<AppendResult> second = append(test, table, 200);
          test.scheduler.runFor(2 * SECOND);
          for (CompletableFuture<AppendResult> refused : List.of(first, second)) {
            assertThat(refused).as(mode).isDone();
            assertThatThrownBy(refused::join)
                .cause()
                .isInstanceOfSatisfying(
                    ThalwegException.class,
                    said -> assertThat(said.code()).isEqualTo(ErrorCode.NO_SPACE));
          }
        }
        test.isFull.set(false);
        AppendResult after = test.await(append(test, table, 5));
        assertThat(after.parts().get(0).baseOffset()).as(mode).isEqualTo(5);
      }
    }
  }

  private static CompletableFuture<AppendResult> append(
      ServerUnderTest test, TableInfo table, long first) {
    return test.append(table, OptionalInt.empty(), WriterStamp.NONE, first, 5);
  }
}
