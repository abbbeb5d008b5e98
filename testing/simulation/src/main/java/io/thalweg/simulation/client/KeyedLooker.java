package io.thalweg.simulation.client;

import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Looks rows up. */
final class KeyedLooker extends KeyedClient {

  KeyedLooker(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::look);
  }

  private void look() {
    int bucket = roll(table.info.bucketCount());
    List<Long> keys = new ArrayList<>();
    for (int i = 0; i <= roll(2); i++) {
      long key = table.key(bucket, roll(100));
      if (!keys.contains(key)) {
        keys.add(key);
      }
    }
    long begun = now();
    shared.count("key lookup");
    ask(
        owner(bucket),
        Manner.PLAIN,
        "lookup " + keys,
        0,
        door -> door.keyed().lookup(table.info, keys, table.sum),
        (Answer<Map<Long, Long>> answer) -> {
          if (!answer.ok()) {
            ownerAfter(bucket, answer, 50_000_000, () -> next(this::look));
            return;
          }
          for (long key : keys) {
            shared
                .keyHistory()
                .lookup(table.bucket(bucket), name(), key, answer.value().get(key), begun, now());
          }
          shared.count(answer.value().isEmpty() ? "key lookup of no row" : "key lookup of a row");
          next(this::look);
        });
  }
}
