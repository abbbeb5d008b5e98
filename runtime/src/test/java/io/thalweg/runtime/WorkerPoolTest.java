package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tasks run in parallel, and a failure is reported. */
class WorkerPoolTest {

  @Test
  void runsAsManyTasksAtOnceAsItHasThreads() throws Exception {
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    CyclicBarrier together = new CyclicBarrier(3);
    try (WorkerPool pool = new WorkerPool("test", 3, failure -> ended.add("failed"))) {
      for (int i = 0; i < 3; i++) {
        pool.execute(
            () -> {
              try {
                together.await(10, TimeUnit.SECONDS);
                ended.add("done");
              } catch (Exception alone) {
                ended.add(alone.toString());
              }
            });
      }
      for (int i = 0; i < 3; i++) {
        assertThat(ended.poll(20, TimeUnit.SECONDS)).isEqualTo("done");
      }
    }
  }

  @Test
  void tellsOfAFailureAndContinues() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (WorkerPool pool = new WorkerPool("test", 1, failure -> heard.add(failure.getMessage()))) {
      pool.execute(
          () -> {
            throw new IllegalStateException("broken");
          });
      pool.execute(() -> heard.add("next"));
      assertThat(List.of(heard.poll(10, TimeUnit.SECONDS), heard.poll(10, TimeUnit.SECONDS)))
          .containsExactly("broken", "next");
    }
  }

  @Test
  void dropsTasksOnceItIsClosed() {
    WorkerPool pool = new WorkerPool("test", 1, failure -> {});
    pool.close();
    pool.execute(
        () -> {
          throw new AssertionError("it ran");
        });
  }
}
