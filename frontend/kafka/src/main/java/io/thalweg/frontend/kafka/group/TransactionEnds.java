package io.thalweg.frontend.kafka.group;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.TransactionApi.TransactionEnd;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the groups' logs how transactions with offsets in them ended: the cluster's state
 * decided that, and lists it until the log's owner has written it. To write it twice does no harm.
 * Its executor's one thread owns what it knows.
 */
final class TransactionEnds {
  private static final Logger log = LoggerFactory.getLogger(TransactionEnds.class);
  private static final long WAIT_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long RETRY_MILLIS = 100;
  private static final short VERSION = 2;

  private final ServerApi api;
  private final Principal self;
  private final TableInfo table;
  private final GroupCoordinator coordinator;
  private final ScheduledExecutorService thread;
  private final Set<Due> underWay = new HashSet<>();

  /** What is due in one bucket. */
  private record Due(int partition, TransactionEnd end) {}

  TransactionEnds(
      ServerApi api,
      Principal self,
      TableInfo table,
      GroupCoordinator coordinator,
      ScheduledExecutorService thread) {
    this.api = api;
    this.self = self;
    this.table = table;
    this.coordinator = coordinator;
    this.thread = thread;
  }

  /** Begins; once. It ends with its executor. */
  void start() {
    follow(Map.of());
  }

  private void follow(Map<Integer, List<TransactionEnd>> known) {
    if (thread.isShutdown()) {
      return;
    }
    var unused =
        api.transactions()
            .unsettled(self, table, known, WAIT_NANOS)
            .thenApplyAsync(
                now -> {
                  now.forEach((partition, ends) -> ends.forEach(end -> write(partition, end)));
                  return now;
                },
                thread)
            .whenComplete(
                (now, failure) -> {
                  if (failure == null) {
                    follow(now);
                  } else if (!thread.isShutdown()) {
                    log.info("ends of transactions are not known now: {}", text(failure));
                    later(() -> follow(Map.of()));
                  }
                });
  }

  private static String text(Throwable failure) {
    return KafkaErrors.message(failure);
  }

  private void later(Runnable step) {
    try {
      var unused = thread.schedule(step, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      log.trace("closed", closed);
    }
  }

  private void write(int partition, TransactionEnd end) {
    Due due = new Due(partition, end);
    if (!underWay.add(due)) {
      return;
    }
    var unused =
        coordinator
            .completeTransaction(
                new TopicPartition(OffsetsTopic.NAME, partition),
                end.writer().writerId(),
                end.writer().epoch(),
                0,
                end.commits() ? TransactionResult.COMMIT : TransactionResult.ABORT,
                VERSION)
            .thenCompose(written -> api.transactions().settle(self, table.bucket(partition), end))
            .whenComplete((settled, failure) -> later(() -> written(due, failure)));
  }

  private void written(Due due, Throwable failure) {
    underWay.remove(due);
    if (failure != null) {
      // Another server may own the bucket by now, or this one has not loaded it yet.
      log.debug("the end of a transaction is not written yet: {}", text(failure));
      var unused =
          api.transactions()
              .unsettled(self, table, Map.of(), 0)
              .whenCompleteAsync(
                  (now, unknown) -> {
                    boolean still =
                        unknown != null
                            || now.getOrDefault(due.partition, List.of()).contains(due.end);
                    if (still) {
                      write(due.partition, due.end);
                    }
                  },
                  thread);
    }
  }
}
