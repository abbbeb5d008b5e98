package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.meter.Meters;
import io.thalweg.runtime.meter.WorkerMeters;
import io.thalweg.runtime.sim.SimMeters;
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
    try (WorkerPool pool = new WorkerPool("test", 3, failure -> ended.add("failed"), Meters.NONE)) {
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
    try (WorkerPool pool =
        new WorkerPool("test", 1, failure -> heard.add(failure.getMessage()), Meters.NONE)) {
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
  void showsWhatWaitsAndWhatRuns() throws Exception {
    SimMeters meters = new SimMeters();
    CyclicBarrier together = new CyclicBarrier(2);
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    try (WorkerPool pool = new WorkerPool("test", 1, failure -> ended.add("failed"), meters)) {
      Runnable meet =
          () -> {
            try {
              together.await(10, TimeUnit.SECONDS);
              together.await(10, TimeUnit.SECONDS);
              ended.add("done");
            } catch (Exception alone) {
              ended.add(alone.toString());
            }
          };
      pool.execute(meet);
      pool.execute(meet);
      together.await(10, TimeUnit.SECONDS);
      assertThat(meters.value(WorkerMeters.BUSY, "test")).isEqualTo(1);
      assertThat(meters.value(WorkerMeters.WAITING, "test")).isEqualTo(1);
      together.await(10, TimeUnit.SECONDS);
      together.await(10, TimeUnit.SECONDS);
      assertThat(meters.value(WorkerMeters.WAITING, "test")).isZero();
      together.await(10, TimeUnit.SECONDS);
      assertThat(List.of(ended.poll(20, TimeUnit.SECONDS), ended.poll(20, TimeUnit.SECONDS)))
          .containsOnly("done");
    }
  }

  @Test
  void dropsTasksOnceItIsClosed() {
    WorkerPool pool = new WorkerPool("test", 1, failure -> {}, Meters.NONE);
    pool.close();
    pool.execute(
        () -> {
          throw new AssertionError("it ran");
        });
  }
}
