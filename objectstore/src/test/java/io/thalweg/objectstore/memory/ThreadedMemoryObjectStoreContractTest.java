package io.thalweg.objectstore.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreContractTest;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.ThreadEventLoop;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;

/** On a loop with a thread of its own. */
class ThreadedMemoryObjectStoreContractTest extends ObjectStoreContractTest {
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private final ThreadEventLoop loop = new ThreadEventLoop("objects", thrown::set);

  @Override
  protected ObjectStore open() {
    return new MemoryObjectStore(loop, new SeededRandom(42), FaultPlan.none());
  }

  @AfterEach
  void closeLoop() {
    loop.close();
    assertThat(thrown.get()).isNull();
  }
}
