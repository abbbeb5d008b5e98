package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A follower of the partitioned table: it waits for partitions that it has not seen, and reads each
 * from its beginning, bucket after bucket.
 */
final class PartitionReader extends Workload.Actor {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(31).toNanos();

  private final TreeMap<TableBucket, Long> positions = new TreeMap<>();
  private final TreeMap<TableBucket, History.Session> sessions = new TreeMap<>();
  private final TreeSet<TableBucket> gone = new TreeSet<>();
  private ServerProcess server;
  private boolean waiting;

  PartitionReader(Workload shared, String name) {
    super(shared, name);
    server = anyServer();
  }

  @Override
  public void start() {
    next(this::read);
  }

  @Override
  boolean idle() {
    // A server answers within half a minute who waits for other partitions.
    return pending() == (waiting ? 1 : 0);
  }

  private void await(TableInfo known) {
    if (waiting) {
      return;
    }
    waiting = true;
    ask(
        server,
        Manner.PLAIN,
        "other partitions",
        PATIENCE_NANOS,
        door -> door.call(each -> each.repartitioned(Principal.ANONYMOUS, known)),
        (Answer<TableInfo> answer) -> {
          waiting = false;
          if (answer.ok()) {
            shared.count("partitions heard");
            shared.partitioned().heard(answer.value());
            join(answer.value());
          } else if (PartitionedTable.meansGone(answer.error())) {
            shared.findings().add("FALSE_NOT_FOUND", name() + " heard " + answer);
          }
        });
  }

  private void join(TableInfo table) {
    for (Partition each : table.partitions().all()) {
      for (int place = 0; place < table.bucketCount(); place++) {
        TableBucket bucket = each.bucket(place);
        if (!gone.contains(bucket) && !positions.containsKey(bucket)) {
          positions.put(bucket, 0L);
          sessions.put(bucket, shared.history().session(name() + "@" + now(), bucket, 0));
        }
      }
    }
  }

  private void read() {
    TableInfo table = shared.partitioned().info;
    await(table);
    if (positions.isEmpty()) {
      next(this::read);
      return;
    }
    TableBucket bucket = positions.keySet().stream().skip(roll(positions.size())).findFirst().get();
    long from = positions.get(bucket);
    FetchRequest request = new FetchRequest(bucket, from, 1 + roll(20_000), roll(200_000_000));
    ask(
        server,
        Manner.PLAIN,
        "fetch " + bucket + " from " + from,
        request.waitNanos(),
        door -> door.fetch(table, request),
        (Answer<FrontDoor.Page> answer) -> {
          heard(bucket, answer);
          next(this::read);
        });
  }

  private void heard(TableBucket bucket, Answer<FrontDoor.Page> answer) {
    if (answer.ok()) {
      sessions.get(bucket).poll(answer.value().reads(), now());
      positions.merge(bucket, answer.value().nextOffset(), Math::max);
      if (!answer.value().reads().isEmpty()) {
        shared.count("fetch of a partition gave records");
      }
      return;
    }
    server = anyServer();
    ErrorCode error = answer.error();
    if (shared.partitioned().isGone(bucket.storage(), error)) {
      positions.remove(bucket);
      gone.add(bucket);
      shared.count("reader heard that a partition is gone");
    } else if (PartitionedTable.meansGone(error) || error == ErrorCode.OFFSET_OUT_OF_RANGE) {
      // A server that is behind does not know it yet; it says so as long as it is.
      shared.findings().add("FALSE_NOT_FOUND", name() + " of " + bucket + " heard " + answer);
    }
  }
}
