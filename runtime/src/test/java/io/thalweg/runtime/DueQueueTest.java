package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The queue gives each due key once, in the order of time, as a plain map does. */
class DueQueueTest {
  @Test
  void nothingIsGivenBeforeItsTimeAndNothingTwice() {
    DueQueue<Integer> queue = new DueQueue<>();
    queue.set(1, 100);
    queue.set(2, 50);
    queue.set(3, DueQueue.NEVER);
    assertThat(queue.take(49)).isEmpty();
    assertThat(queue.take(100)).contains(2);
    assertThat(queue.take(100)).contains(1);
    assertThat(queue.take(Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void itIsAsAMapInWhichOneLooksForTheEarliest() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      DueQueue<Integer> queue = new DueQueue<>();
      Map<Integer, Long> model = new HashMap<>();
      for (int step = 0; step < 300; step++) {
        int key = random.nextInt(10);
        long time = random.nextInt(20);
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            queue.set(key, time);
            model.put(key, time);
          }
          case 2 -> {
            queue.remove(key);
            model.remove(key);
          }
          default -> {
            Optional<Integer> taken = queue.take(time);
            List<Long> due = new ArrayList<>();
            model.values().stream().filter(each -> each <= time).sorted().forEach(due::add);
            assertThat(taken.isPresent()).as("seed %s", seed).isEqualTo(!due.isEmpty());
            if (taken.isPresent()) {
              assertThat(model.remove(taken.get())).as("seed %s", seed).isEqualTo(due.get(0));
            }
          }
        }
        assertThat(queue.size()).isEqualTo(model.size());
        assertThat(queue.next())
            .isEqualTo(model.values().stream().min(Long::compare).orElse(DueQueue.NEVER));
        assertThat(queue.time(key).stream().boxed().toList())
            .isEqualTo(model.containsKey(key) ? List.of(model.get(key)) : List.of());
      }
    }
  }
}
