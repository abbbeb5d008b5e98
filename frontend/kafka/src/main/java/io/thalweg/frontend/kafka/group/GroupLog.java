package io.thalweg.frontend.kafka.group;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.TransactionTicket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bucket of the groups' log, as its owner writes it. Batches are sent one after the other
 * without waiting for the outcome of those before; after one that was refused the log is broken,
 * and takes nothing until it is loaded anew. Any thread.
 */
final class GroupLog {
  private static final Logger log = LoggerFactory.getLogger(GroupLog.class);

  private final ServerApi api;
  private final Principal self;
  private final TableInfo table;
  private final int partition;
  private final IntConsumer onBroken;
  private final List<PartitionWriter.Listener> listeners = new CopyOnWriteArrayList<>();

  /** Completes once all batches so far have been handed to the server, in their order. */
  private CompletableFuture<Void> handedOver = CompletableFuture.completedFuture(null);

  /** Completes once the outcome of all batches so far is known. */
  private CompletableFuture<Void> decided = CompletableFuture.completedFuture(null);

  /** Those of batches that were let in and never came go with their guards. */
  private final Map<VerificationGuard, TransactionTicket> tickets = new WeakHashMap<>();

  private int epoch;
  private long end;
  private boolean open;

  /**
   * A log that is not loaded.
   *
   * @param onBroken called with the partition after a refused batch
   */
  GroupLog(ServerApi api, Principal self, TableInfo table, int partition, IntConsumer onBroken) {
    this.api = api;
    this.self = self;
    this.table = table;
    this.partition = partition;
    this.onBroken = onBroken;
  }

  TopicPartition name() {
    return new TopicPartition(OffsetsTopic.NAME, partition);
  }

  void listen(PartitionWriter.Listener listener) {
    listeners.add(listener);
  }

  void unlisten(PartitionWriter.Listener listener) {
    listeners.remove(listener);
  }

  LogConfig config() {
    return new LogConfig(Map.of());
  }

  /**
   * Lets the next batch that comes with the guard into a producer's transaction.
   *
   * @param joins whether the batch may begin the transaction
   */
  CompletableFuture<VerificationGuard> admit(String name, WriterStamp producer, boolean joins) {
    return api.transactions()
        .ownersTicket(self, name, producer, table.bucket(partition), joins)
        .handle(
            (ticket, failure) -> {
              if (failure != null) {
                throw KafkaErrors.ofTransaction(failure).exception(KafkaErrors.message(failure));
              }
              VerificationGuard guard = new VerificationGuard();
              synchronized (this) {
                tickets.put(guard, ticket);
              }
              return guard;
            });
  }

  /** Takes nothing from now on, and completes once the outcome of all that it took is known. */
  synchronized CompletableFuture<Void> close() {
    open = false;
    return decided;
  }

  /** Whether it is loaded, and takes batches. */
  synchronized boolean isOpen() {
    return open;
  }

  /** Goes on behind what was loaded. */
  synchronized void open(int ownerEpoch, long loadedEnd) {
    epoch = ownerEpoch;
    end = loadedEnd;
    open = true;
  }

  /** Sends a batch; gives the offset behind it if it will be stored. */
  synchronized long append(VerificationGuard guard, MemoryRecords records) {
    Optional<TransactionTicket> ticket = Optional.ofNullable(tickets.remove(guard));
    if (!open) {
      throw new NotLeaderOrFollowerException(name() + " is not loaded here");
    }
    int count = 0;
    for (RecordBatch batch : records.batches()) {
      count += Math.toIntExact(batch.lastOffset() - batch.baseOffset() + 1);
    }
    ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes());
    bytes.put(records.buffer().duplicate()).flip();
    LogPlace place = new LogPlace(epoch, end);
    end += count;
    long after = end;
    CompletableFuture<Void> handed = new CompletableFuture<>();
    CompletableFuture<Void> outcome =
        api.reserve(bytes.remaining())
            .thenCombine(handedOver, (permit, before) -> permit)
            .thenCompose(
                permit -> {
                  CompletableFuture<AppendResult.Part> appending =
                      api.appendRecordsAt(self, table, partition, place, ticket, bytes, permit);
                  handed.complete(null);
                  return appending;
                })
            .handle(
                (stored, failure) -> {
                  handed.complete(null);
                  if (failure == null) {
                    stored(after);
                  } else {
                    refused(place, failure);
                  }
                  return null;
                });
    handedOver = handed;
    decided = decided.thenCombine(outcome, (before, now) -> null);
    return after;
  }

  private void stored(long after) {
    listeners.forEach(each -> each.onHighWatermarkUpdated(name(), after));
  }

  private void refused(LogPlace place, Throwable failure) {
    synchronized (this) {
      if (!open || place.ownerEpoch() != epoch) {
        return; // It is known that it is broken, or was loaded anew since.
      }
      open = false;
    }
    log.info(
        "{} is loaded anew: its batch for {} was refused: {}", name(), place, failure.toString());
    onBroken.accept(partition);
  }
}
