package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.wal.WalObject;
import io.thalweg.server.api.Fetched;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The next runs are loaded while one is worked on: a few, in their order, and none is lost. */
class ReadAheadTest {
  private final List<CompletableFuture<ReadAhead.Loaded>> loads = new ArrayList<>();
  private boolean closed;

  private final RunSource source =
      new RunSource() {
        @Override
        public CompletableFuture<List<Fetched.LogBatch>> load(Run run) {
          throw new AssertionError("the loads are the test's own");
        }

        @Override
        public void close() {
          closed = true;
        }
      };

  private ReadAhead ahead(int runs, int bytes) {
    List<Run> all = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      all.add(new Run(i, 1, 0, new Payload.Wal(new WalObject(1, i)), 0, bytes));
    }
    return new ReadAhead(
        all,
        (run, from) -> {
          loads.add(new CompletableFuture<>());
          return loads.get(loads.size() - 1);
        },
        source);
  }

  private static ReadAhead.Loaded loaded(int number) {
    Run run = new Run(number, 1, 0, new Payload.Wal(new WalObject(1, number)), 0, 1);
    return new ReadAhead.Loaded(run, List.of(new Fetched.Skipped(number, 1)), Optional.empty());
  }

  @Test
  void aFewRunsAreLoadedWhileOneIsWorkedOn() {
    ReadAhead ahead = ahead(10, 100);
    assertThat(loads).as("nobody has asked").isEmpty();
    CompletableFuture<ReadAhead.Loaded> first = ahead.next();
    assertThat(loads).hasSize(ReadAhead.RUNS + 1);
    assertThat(first.isDone()).isFalse();
    loads.get(1).complete(loaded(1));
    loads.get(0).complete(loaded(0));
    assertThat(first.join().run().baseOffset()).isZero();
    assertThat(ahead.next().join().run().baseOffset()).isEqualTo(1);
    assertThat(loads).hasSize(ReadAhead.RUNS + 2);
  }

  @Test
  void largeRunsAreLoadedOneByOne() {
    ReadAhead ahead = ahead(3, ReadAhead.BYTES);
    var unused = ahead.next();
    assertThat(loads).as("the one that is worked on and the next").hasSize(2);
  }

  @Test
  void closingWaitsForWhatIsBeingLoaded() {
    ReadAhead ahead = ahead(10, 100);
    var unused = ahead.next();
    CompletableFuture<Void> ended = ahead.close();
    assertThat(ahead.hasNext()).isFalse();
    for (int i = 1; i < loads.size() - 1; i++) {
      loads.get(i).complete(loaded(i));
    }
    assertThat(ended.isDone() || closed).isFalse();
    loads.get(loads.size() - 1).completeExceptionally(new IllegalStateException("gone"));
    assertThat(ended.isDone() && closed).isTrue();
  }

  @Test
  void allRunsComeInOrder() {
    ReadAhead ahead = ahead(20, 3 << 20);
    int next = 0;
    while (ahead.hasNext()) {
      CompletableFuture<ReadAhead.Loaded> one = ahead.next();
      loads.get(next).complete(loaded(next));
      assertThat(one.join().run().baseOffset()).isEqualTo(next++);
    }
    assertThat(next).isEqualTo(20);
  }
}
