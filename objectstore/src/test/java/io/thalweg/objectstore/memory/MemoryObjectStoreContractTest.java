package io.thalweg.objectstore.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreContractTest;
import io.thalweg.runtime.sim.SimScheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** In virtual time. */
class MemoryObjectStoreContractTest extends ObjectStoreContractTest {
  private final SimScheduler scheduler = new SimScheduler(42);

  @Override
  protected ObjectStore open() {
    FaultPlan slow = FaultPlan.none().withLatency(Duration.ofMillis(5), Duration.ofMillis(40));
    return new MemoryObjectStore(scheduler.newLoop("objects"), scheduler.random(), slow);
  }

  @Override
  protected void settle(CompletableFuture<?> future) {
    while (!future.isDone()) {
      assertThat(scheduler.step()).as("a call is pending").isTrue();
    }
  }
}
