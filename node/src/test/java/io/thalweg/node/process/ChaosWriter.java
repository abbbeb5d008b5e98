package io.thalweg.node.process;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.WriterId;
import io.thalweg.node.process.RawFlight.Refusal;
import io.thalweg.node.process.SendHistory.Slot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Appends to all slots in turn until stopped, and reconnects after failures. Runs on a thread of
 * its own.
 *
 * <p>With retries it has a writer id, and sends unacknowledged batches again with the same
 * sequence. Without, it drops them: they may be stored or not.
 */
public final class ChaosWriter implements Callable<Void> {
  /** Most unacknowledged batches of a slot: the servers recognise no more when they come again. */
  private static final int UNDER_WAY = WriterStamp.WINDOW;

  private static final int LARGE_ONE_IN = 60;
  private static final int LARGE_ROWS = 64;
  private static final int LARGE_PAD = 4096;
  private static final int MAX_SMALL_ROWS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final int number;
  private final boolean retries;
  private final Random random;
  private final int port;
  private final List<Slot> slots;
  private final SendHistory history;
  private final BooleanSupplier stopped;

  private final Map<Slot, Deque<Batch>> unacknowledged = new LinkedHashMap<>();
  private final Map<Slot, Integer> nextSequence = new LinkedHashMap<>();
  private WriterId writer;
  private long sends;

  private static final class Batch {
    final int sequence;
    final int count;
    final int pad;
    long sendNumber;
    CompletableFuture<AppendAck> ack;

    Batch(int sequence, int count, int pad) {
      this.sequence = sequence;
      this.count = count;
      this.pad = pad;
    }
  }

  public ChaosWriter(
      int number,
      boolean retries,
      long seed,
      int port,
      List<Slot> slots,
      SendHistory history,
      BooleanSupplier stopped) {
    this.number = number;
    this.retries = retries;
    this.random = new Random(seed);
    this.port = port;
    this.slots = slots;
    this.history = history;
    this.stopped = stopped;
    slots.forEach(slot -> unacknowledged.put(slot, new ArrayDeque<>()));
  }

  @Override
  public Void call() {
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    long known = 0;
    while (true) {
      if (history.acknowledgedBatches() > known) {
        known = history.acknowledgedBatches();
        giveUp = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() - giveUp > 0) {
        throw new AssertionError("nothing was acknowledged to anybody for " + PATIENCE);
      }
      if (!Await.listening(port)) {
        continue;
      }
      try (Connection connection = new Connection()) {
        connection.run();
        return null;
      } catch (RuntimeException cut) {
        Refusal refusal = Refusal.of(cut);
        if (refusal.retryable().equals("false")) {
          throw new AssertionError("writer " + number + " was refused: " + refusal, cut);
        }
        if (!retries) {
          forget();
        }
      }
      Await.pause();
    }
  }

  /** Unacknowledged batches may be stored or not, except one whose refusal ended its stream. */
  private void forget() {
    slots.stream()
        .map(Slot::table)
        .distinct()
        .forEach(
            table -> {
              Slot firstSlot = null;
              Batch first = null;
              for (Slot slot : slots) {
                Batch head = slot.table().equals(table) ? firstFailed(slot) : null;
                if (head != null && (first == null || head.sendNumber < first.sendNumber)) {
                  firstSlot = slot;
                  first = head;
                }
              }
              if (first != null) {
                Throwable thrown = first.ack.handle((ack, failure) -> failure).join();
                String code = Refusal.of(thrown).code();
                if (!code.isEmpty() && !code.equals("UNKNOWN_OUTCOME")) {
                  history.refused(firstSlot, number, first.sequence, first.count);
                }
              }
            });
    unacknowledged.values().forEach(Deque::clear);
  }

  private Batch firstFailed(Slot slot) {
    for (Batch batch : unacknowledged.get(slot)) {
      if (batch.ack != null && batch.ack.isCompletedExceptionally()) {
        return batch;
      }
    }
    return null;
  }

  /** One connection, with a stream for each table. */
  private final class Connection implements AutoCloseable {
    private final RawFlight flight = new RawFlight(port);
    private final VectorSchemaRoot root = NumberedRows.root(flight.allocator());
    private final Map<String, RawFlight.Appends> streams = new LinkedHashMap<>();

    void run() {
      if (retries && writer == null) {
        writer = flight.openWriter();
      }
      for (Slot slot : slots) {
        for (Batch batch : unacknowledged.get(slot)) {
          send(slot, batch);
        }
      }
      while (!stopped.getAsBoolean()) {
        Slot slot = slots.get(random.nextInt(slots.size()));
        Deque<Batch> open = unacknowledged.get(slot);
        while (open.size() >= UNDER_WAY) {
          takeHead(slot);
        }
        Batch batch = nextBatch(slot);
        open.add(batch);
        send(slot, batch);
        takeDone();
      }
      for (Slot slot : slots) {
        while (!unacknowledged.get(slot).isEmpty()) {
          takeHead(slot);
        }
      }
    }

    private Batch nextBatch(Slot slot) {
      boolean large = random.nextInt(LARGE_ONE_IN) == 0;
      int count = large ? LARGE_ROWS : 1 + random.nextInt(MAX_SMALL_ROWS);
      int sequence = nextSequence.getOrDefault(slot, 0);
      nextSequence.put(slot, sequence + count);
      history.sent(slot, number, retries, sequence + count);
      return new Batch(sequence, count, large ? LARGE_PAD : random.nextInt(40));
    }

    private void send(Slot slot, Batch batch) {
      RawFlight.Appends stream =
          streams.computeIfAbsent(
              slot.table(), table -> flight.append(table, Optional.ofNullable(writer), root));
      NumberedRows.fill(root, slot.id(number, batch.sequence), batch.count, batch.pad);
      batch.sendNumber = ++sends;
      batch.ack =
          stream.send(
              OptionalInt.of(slot.bucket()),
              retries ? OptionalInt.of(batch.sequence) : OptionalInt.empty());
    }

    private void takeDone() {
      for (Slot slot : slots) {
        Deque<Batch> open = unacknowledged.get(slot);
        while (!open.isEmpty() && open.peek().ack.isDone()) {
          takeHead(slot);
        }
      }
    }

    private void takeHead(Slot slot) {
      Batch head = unacknowledged.get(slot).peek();
      AppendAck ack = RawFlight.get(head.ack);
      AppendAck.Part part = ack.parts().get(0);
      if (ack.parts().size() != 1
          || part.bucket() != slot.bucket()
          || part.count() != head.count
          || (part.duplicate() && !retries)) {
        throw new AssertionError(head.count + " rows for " + slot + " were answered with " + ack);
      }
      history.acknowledged(
          slot, number, head.sequence, head.count, part.baseOffset(), part.duplicate());
      unacknowledged.get(slot).remove();
    }

    @Override
    public void close() {
      List<RawFlight.Appends> open = new ArrayList<>(streams.values());
      open.forEach(RawFlight.Appends::close);
      root.close();
      flight.close();
    }
  }
}
