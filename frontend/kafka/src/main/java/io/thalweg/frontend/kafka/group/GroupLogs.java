package io.thalweg.frontend.kafka.group;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.IntConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;

/** All buckets of the groups' log, as Kafka's coordinator writes and loads them. Any thread. */
final class GroupLogs implements PartitionWriter, CoordinatorLoader<CoordinatorRecord> {
  /** From this version of the request on offsets may begin a transaction. */
  private static final int JOINING = 5;

  private final ServerApi api;
  private final Principal self;
  private final Executor executor;
  private final IntConsumer onBroken;
  private final Map<Integer, GroupLog> logs = new ConcurrentHashMap<>();
  private final Map<Integer, Integer> epochs = new ConcurrentHashMap<>();
  private volatile TableInfo table;

  /**
   * No logs yet.
   *
   * @param executor replays what is loaded
   * @param onBroken called with a partition whose log must be loaded anew
   */
  GroupLogs(ServerApi api, Principal self, Executor executor, IntConsumer onBroken) {
    this.api = api;
    this.self = self;
    this.executor = executor;
    this.onBroken = onBroken;
  }

  /** The table of the logs; before the first load. */
  void of(TableInfo offsets) {
    table = offsets;
  }

  /** This server owns the bucket in that epoch: the next load is for it. */
  void owned(int partition, int ownerEpoch) {
    epochs.put(partition, ownerEpoch);
  }

  /** Whether this server has loaded the partition. */
  boolean isLoaded(int partition) {
    GroupLog log = logs.get(partition);
    return log != null && log.isOpen();
  }

  private GroupLog log(TopicPartition of) {
    if (table == null) {
      throw new NotLeaderOrFollowerException("there are no groups here yet");
    }
    return logs.computeIfAbsent(
        of.partition(), number -> new GroupLog(api, self, table, number, onBroken));
  }

  @Override
  public void registerListener(TopicPartition of, Listener listener) {
    log(of).listen(listener);
  }

  @Override
  public void deregisterListener(TopicPartition of, Listener listener) {
    log(of).unlisten(listener);
  }

  @Override
  public LogConfig config(TopicPartition of) {
    return log(of).config();
  }

  @Override
  public long append(
      TopicPartition of, VerificationGuard guard, MemoryRecords records, short version) {
    return log(of).append(guard, records);
  }

  @Override
  public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
      TopicPartition of, String transactionalId, long producer, short epoch, int version) {
    return log(of).admit(transactionalId, new WriterStamp(producer, epoch, 0), version >= JOINING);
  }

  /** Keeps them: only share groups ask for this, and there are none here. */
  @Override
  public CompletableFuture<Void> deleteRecords(TopicPartition of, long offset) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<LoadSummary> load(
      TopicPartition of, CoordinatorPlayback<CoordinatorRecord> playback) {
    GroupLog log = log(of);
    Integer epoch = epochs.get(of.partition());
    if (epoch == null) {
      return CompletableFuture.failedFuture(
          new NotLeaderOrFollowerException(of + " is owned by another server"));
    }
    long began = Time.SYSTEM.milliseconds();
    GroupLoader loader = new GroupLoader(api, self, table, of.partition(), playback, executor);
    // A batch of before that is stored later would move the end that is loaded now.
    return log.close()
        .thenCompose(decided -> loader.load())
        .thenApply(
            end -> {
              log.open(epoch, end);
              long now = Time.SYSTEM.milliseconds();
              return new LoadSummary(began, now, 0, loader.count(), loader.bytes());
            })
        .whenComplete(
            (summary, failure) -> {
              ErrorCode code = KafkaErrors.code(failure);
              if (code != null && code.retryable()) {
                onBroken.accept(of.partition());
              }
            });
  }

  @Override
  public void close() {
    for (GroupLog log : logs.values()) {
      var unused = log.close();
    }
  }
}
