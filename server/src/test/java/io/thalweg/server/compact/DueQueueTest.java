package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The queue gives each due bucket once, in the order of time, as a plain map does. */
class DueQueueTest {
  private static TableBucket bucket(int number) {
    return new TableBucket(new StorageId(1), number);
  }

  @Test
  void nothingIsGivenBeforeItsTimeAndNothingTwice() {
    DueQueue queue = new DueQueue();
    queue.set(bucket(1), 100);
    queue.set(bucket(2), 50);
    queue.set(bucket(3), DueQueue.NEVER);
    assertThat(queue.take(49)).isEmpty();
    assertThat(queue.take(100)).contains(bucket(2));
    assertThat(queue.take(100)).contains(bucket(1));
    assertThat(queue.take(Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void itIsAsAMapInWhichOneLooksForTheEarliest() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      DueQueue queue = new DueQueue();
      Map<TableBucket, Long> model = new HashMap<>();
      for (int step = 0; step < 300; step++) {
        TableBucket bucket = bucket(random.nextInt(10));
        long millis = random.nextInt(20);
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            queue.set(bucket, millis);
            model.put(bucket, millis);
          }
          case 2 -> {
            queue.remove(bucket);
            model.remove(bucket);
          }
          default -> {
            Optional<TableBucket> taken = queue.take(millis);
            List<Long> due = new ArrayList<>();
            model.values().stream().filter(each -> each <= millis).sorted().forEach(due::add);
            assertThat(taken.isPresent()).as("seed %s", seed).isEqualTo(!due.isEmpty());
            if (taken.isPresent()) {
              assertThat(model.remove(taken.get())).as("seed %s", seed).isEqualTo(due.get(0));
            }
          }
        }
        assertThat(queue.size()).isEqualTo(model.size());
      }
    }
  }
}
