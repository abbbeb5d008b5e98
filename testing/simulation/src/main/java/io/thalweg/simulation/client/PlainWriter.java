package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.AppendResult;
import io.thalweg.simulation.check.History.Send;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A writer without a stamp: it sends, waits for the answer, and never sends the same again. */
final class PlainWriter extends Workload.Actor {
  private ServerProcess server;

  PlainWriter(Workload shared, String name) {
    super(shared, name);
    server = anyServer();
  }

  @Override
  public void start() {
    next(this::write);
  }

  private void write() {
    KnownTable table = shared.anyTable();
    List<Long> values = shared.newValues(1 + roll(roll(10) == 0 ? 100 : 6));
    int padding = roll(8) == 0 ? roll(1_500) : roll(40);
    int number = roll(table.info.bucketCount());
    OptionalInt bucket =
        KnownTable.isHashed(table.info) ? OptionalInt.empty() : OptionalInt.of(number);
    Map<Integer, Send> sends = new TreeMap<>();
    split(table, bucket, values)
        .forEach(
            (each, part) ->
                sends.put(each, shared.history().send(name(), table.bucket(each), part, now())));
    shared.count("append");
    ask(
        server,
        Manner.ORDERED,
        "append",
        0,
        door -> door.append(table.info, bucket, WriterStamp.NONE, values, padding),
        answer -> {
          heard(table, sends, answer);
          if (!answer.ok() || roll(20) == 0) {
            server = anyServer();
          }
          next(this::write);
        });
  }

  private Map<Integer, List<Long>> split(KnownTable table, OptionalInt bucket, List<Long> values) {
    Map<Integer, List<Long>> parts = new TreeMap<>();
    if (bucket.isPresent()) {
      parts.put(bucket.getAsInt(), values);
      return parts;
    }
    for (long value : values) {
      parts
          .computeIfAbsent(KnownTable.bucketOf(table.info, value), none -> new ArrayList<>())
          .add(value);
    }
    return parts;
  }

  private void heard(KnownTable table, Map<Integer, Send> sends, Answer<AppendResult> answer) {
    if (answer.ok()) {
      List<AppendResult.Part> parts = answer.value().parts();
      if (parts.size() != sends.size()) {
        shared.findings().add("WRONG_PARTS", sends + " were answered with " + parts);
        return;
      }
      for (AppendResult.Part part : parts) {
        Send send = sends.get(part.bucket());
        if (send == null || send.values.size() != part.rowCount() || part.duplicate()) {
          shared.findings().add("WRONG_PARTS", sends + " were answered with " + parts);
          return;
        }
        send.stored(part.baseOffset(), now());
        TableBucket bucket = table.bucket(part.bucket());
        shared.reaches(bucket, part.baseOffset() + part.rowCount());
      }
      shared.count("append acknowledged");
    } else if (answer.error() == ErrorCode.UNKNOWN_OUTCOME) {
      shared.count("append unknown");
    } else {
      shared.count("append refused " + answer.error());
      sends.values().forEach(send -> send.refused(now()));
      if (answer.error() == ErrorCode.TABLE_NOT_FOUND && !table.mayBeGone) {
        shared.findings().add("FALSE_NOT_FOUND", name() + " heard " + answer);
      }
    }
  }
}
