package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.AppendResult;
import io.thalweg.simulation.check.History.Send;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.util.List;
import java.util.OptionalInt;

/**
 * A writer of the partitioned table: first a server makes the partition that the values need, then
 * it takes them. It never sends the same again.
 */
final class PartitionWriter extends Workload.Actor {
  private ServerProcess server;

  PartitionWriter(Workload shared, String name) {
    super(shared, name);
    server = anyServer();
  }

  @Override
  public void start() {
    next(this::write);
  }

  private void write() {
    List<Long> values = shared.newValues(1 + roll(6));
    long part = FrontDoor.part(values.get(0));
    List<Long> together = values.stream().filter(each -> FrontDoor.part(each) == part).toList();
    TableInfo table = shared.partitioned().info;
    ask(
        server,
        Manner.ORDERED,
        "partitions for " + together,
        0,
        door -> door.partitionsFor(table, together),
        (Answer<TableInfo> answer) -> {
          if (!answer.ok()) {
            refused("partitionsFor", answer.error());
            server = anyServer();
            next(this::write);
            return;
          }
          shared.partitioned().heard(answer.value());
          Partition partition =
              answer.value().partitions().find(List.of(Long.toString(part))).orElse(null);
          if (partition == null) {
            shared.findings().add("NO_PARTITION", name() + " got none for " + part);
            return;
          }
          append(answer.value(), partition, together);
        });
  }

  private void append(TableInfo table, Partition partition, List<Long> values) {
    int place = roll(table.bucketCount());
    TableBucket bucket = partition.bucket(place);
    Send send = shared.history().send(name(), bucket, values, now());
    OptionalInt number = OptionalInt.of(table.number(bucket));
    shared.count("append to a partition");
    ask(
        server,
        Manner.ORDERED,
        "append to partition " + partition.number(),
        0,
        door -> door.append(table, number, WriterStamp.NONE, values, roll(40)),
        (Answer<AppendResult> answer) -> {
          if (answer.ok()) {
            AppendResult.Part part = answer.value().parts().get(0);
            if (answer.value().parts().size() != 1
                || part.bucket() != number.getAsInt()
                || part.rowCount() != values.size()) {
              shared.findings().add("WRONG_PARTS", send + " was answered with " + answer.value());
            }
            send.stored(part.baseOffset(), now());
            shared.reaches(bucket, part.baseOffset() + part.rowCount());
            shared.count("append to a partition acknowledged");
          } else if (answer.error() != ErrorCode.UNKNOWN_OUTCOME) {
            send.refused(now());
            if (!shared.partitioned().isGone(partition.storage(), answer.error())) {
              refused("append", answer.error());
            }
          }
          if (!answer.ok() || roll(20) == 0) {
            server = anyServer();
          }
          next(this::write);
        });
  }

  private void refused(String what, ErrorCode error) {
    shared.count(what + " of a partition refused " + error);
    if (PartitionedTable.meansGone(error)) {
      shared.findings().add("FALSE_NOT_FOUND", name() + ": " + what + " heard " + error);
    }
  }
}
