package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.simulation.world.SimNetwork.Manner;

/** Writes rows without a stamp: sends, waits for the answer, and never sends the same again. */
final class KeyedWriter extends KeyedClient {

  KeyedWriter(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::write);
  }

  private void write() {
    int bucket = roll(table.info.bucketCount());
    Batch batch = newBatch(bucket, 1 + roll(3));
    int padding = roll(8) == 0 ? roll(1_000) : roll(30);
    shared.count("upsert");
    ask(
        owner(bucket),
        Manner.ORDERED,
        "upsert " + batch.rows(),
        0,
        door -> door.keyed().upsert(table.info, bucket, WriterStamp.NONE, batch.rows(), padding),
        answer -> {
          if (answer.ok()) {
            batch.done(now());
            shared.count("upsert acknowledged");
            next(this::write);
            return;
          }
          if (answer.error() == ErrorCode.UNKNOWN_OUTCOME) {
            shared.count("upsert unknown");
          } else {
            batch.refused(now());
          }
          ownerAfter(bucket, answer, 50_000_000, () -> next(this::write));
        });
  }
}
