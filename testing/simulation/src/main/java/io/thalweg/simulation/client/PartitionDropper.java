package io.thalweg.simulation.client;

import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Drops old partitions of the partitioned table while others write and read it. */
final class PartitionDropper extends Workload.Actor {
  private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();
  private static final int KEPT = 3;

  PartitionDropper(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    later(PAUSE_NANOS, this::look);
  }

  private void again() {
    if (!shared.stopped()) {
      later(PAUSE_NANOS, this::look);
    }
  }

  private void look() {
    ask(
        anyServer(),
        Manner.PLAIN,
        "partitions to drop",
        0,
        door ->
            door.call(
                server -> server.table(Principal.ANONYMOUS, shared.partitioned().info.path())),
        (Answer<TableInfo> answer) -> {
          if (answer.ok()) {
            shared.partitioned().heard(answer.value());
          }
          if (answer.ok() && answer.value().partitions().count() > KEPT) {
            drop(answer.value().partitions().all().iterator().next());
          } else {
            again();
          }
        });
  }

  private void drop(Partition oldest) {
    shared.partitioned().drops(oldest);
    TableInfo table = shared.partitioned().info;
    ask(
        anyServer(),
        Manner.ORDERED,
        "drop partition " + oldest.number(),
        0,
        door ->
            door.call(
                server ->
                    server.dropPartition(
                        Principal.ANONYMOUS,
                        table.path(),
                        Map.of("part", Optional.of(oldest.values().get(0))))),
        (Answer<Void> answer) -> {
          if (answer.ok()) {
            shared.count("partition dropped");
          }
          again();
        });
  }
}
