package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.check.Sighting;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.KeyedDoor;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;

/** Follows the changelog of every bucket of the primary-key table, through either server. */
final class ChangelogReader extends KeyedClient {
  private TableBucket bucket;
  private long position;
  private int pollsLeft;

  ChangelogReader(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::follow);
  }

  private void follow() {
    bucket = table.bucket(roll(table.info.bucketCount()));
    pollsLeft = 5 + roll(30);
    position = roll(2) == 0 ? 0 : shared.reach(bucket);
    next(this::poll);
  }

  private void poll() {
    if (pollsLeft-- == 0) {
      next(this::follow);
      return;
    }
    long waitNanos = Duration.ofMillis(roll(600)).toNanos();
    FetchRequest request = new FetchRequest(bucket, position, 1 + roll(20_000), waitNanos);
    ask(
        anyServer(),
        Manner.PLAIN,
        "changes of " + bucket + " from " + position,
        waitNanos,
        door -> door.keyed().changes(table.info, request, table.sum),
        (Answer<KeyedDoor.Changes> answer) -> {
          if (answer.ok()) {
            shared.keyHistory().changes(bucket, name(), answer.value().changes());
            position = answer.value().nextOffset();
            shared.reaches(bucket, position);
            shared.count("changes read");
            next(this::poll);
          } else if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
            expired();
          } else {
            shared.count("changes failed " + answer.error());
            next(this::poll);
          }
        });
  }

  private void expired() {
    cluster().saw(new Sighting.OutOfRange(cluster().truthIndex(), name(), bucket, position));
    if (!Workload.expires(table.info)) {
      shared.findings().add("LOST_POSITION", name() + " at " + position + " of " + bucket);
    }
    seek(
        anyServer(),
        bucket,
        start -> {
          position = start;
          next(this::poll);
        },
        () -> next(this::follow));
  }
}
