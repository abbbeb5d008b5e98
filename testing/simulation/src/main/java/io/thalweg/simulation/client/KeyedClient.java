package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.KeyHistory.Kind;
import io.thalweg.simulation.check.KeyHistory.Operation;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.KeyedDoor.Row;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client of the primary-key table, which remembers the owners of its buckets as far as it knows
 * them.
 */
abstract class KeyedClient extends Workload.Actor {
  final KeyedTable table;
  private final Map<Integer, ServerProcess> owners = new TreeMap<>();

  KeyedClient(Workload shared, String name) {
    super(shared, name);
    this.table = shared.keyed();
  }

  /** A bucket's owner, as far as the client knows; now and then any server. */
  final ServerProcess owner(int bucket) {
    return roll(8) == 0 ? anyServer() : owners.computeIfAbsent(bucket, none -> anyServer());
  }

  /** Handles a failed request: asks for the owner, and runs {@code then} later. */
  final void ownerAfter(int bucket, Answer<?> answer, long nanos, Runnable then) {
    shared.count("keyed refused " + answer.error());
    if (answer.error() == ErrorCode.TABLE_NOT_FOUND) {
      shared.findings().add("FALSE_NOT_FOUND", name() + " heard " + answer);
    }
    if (answer.error() == ErrorCode.UNKNOWN_OUTCOME) {
      // No answer: the other server may have taken over.
      owners.computeIfPresent(bucket, (of, silent) -> otherThan(silent));
      later(nanos, then);
      return;
    }
    if (answer.error() != ErrorCode.STALE_OWNER && roll(2) > 0) {
      later(nanos, then);
      return;
    }
    ask(
        anyServer(),
        Manner.PLAIN,
        "owners",
        0,
        door -> door.call(server -> server.owners(Principal.ANONYMOUS, table.info)),
        (Answer<List<BucketOwner>> heard) -> {
          if (heard.ok()) {
            heard.value().stream()
                .filter(each -> each.bucket() == bucket)
                .flatMap(each -> each.server().stream())
                .forEach(server -> owners.put(bucket, serverNamed(server)));
          } else {
            owners.remove(bucket);
          }
          later(nanos, then);
        });
  }

  private ServerProcess otherThan(ServerProcess server) {
    return cluster().servers().stream()
        .filter(each -> !each.name().equals(server.name()))
        .findFirst()
        .orElseThrow();
  }

  private ServerProcess serverNamed(String wanted) {
    return cluster().servers().stream()
        .filter(each -> each.name().equals(wanted))
        .findFirst()
        .orElseThrow();
  }

  /** Some rows of one bucket, and the operation of each in the history. */
  record Batch(List<Row> rows, List<Operation> operations) {
    void done(long nowNanos) {
      operations.forEach(each -> each.done(nowNanos));
    }

    void refused(long nowNanos) {
      operations.forEach(each -> each.refused(nowNanos));
    }
  }

  /** Rows that nobody has written. */
  final Batch newBatch(int bucket, int count) {
    List<Row> rows = new ArrayList<>();
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long key = table.key(bucket, roll(100));
      boolean delete = !table.sum && roll(6) == 0;
      Kind kind = delete ? Kind.DELETE : table.sum ? Kind.ADD : Kind.PUT;
      Long value = delete ? null : shared.newValues(1).get(0);
      rows.add(new Row(key, value));
      operations.add(
          shared.keyHistory().write(table.bucket(bucket), name(), kind, key, value, now()));
    }
    return new Batch(rows, operations);
  }
}
