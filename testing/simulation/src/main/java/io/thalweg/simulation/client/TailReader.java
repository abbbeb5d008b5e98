package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.Wanted;
import java.time.Duration;

/** A reader that follows a bucket and waits at its end, through either server. */
final class TailReader extends Workload.Actor {
  private ServerProcess server;
  private KnownTable table;
  private TableBucket bucket;
  private History.Session session;
  private Wanted wanted;
  private long position;
  private int pollsLeft;

  TailReader(Workload shared, String name) {
    super(shared, name);
    server = anyServer();
  }

  @Override
  public void start() {
    next(this::follow);
  }

  private void follow() {
    table = shared.anyTable();
    bucket = table.bucket(roll(table.info.bucketCount()));
    position = shared.reach(bucket);
    session = shared.history().session(name() + "@" + now(), bucket, position);
    wanted = Wanted.columns(cluster().scheduler().random());
    pollsLeft = 10 + roll(100);
    poll();
  }

  private void poll() {
    if (shared.stopped() || pollsLeft-- == 0) {
      next(this::follow);
      return;
    }
    long waitNanos = Duration.ofMillis(roll(600)).toNanos();
    FetchRequest request = new FetchRequest(bucket, position, 1 + roll(20_000), waitNanos);
    shared.count("fetch");
    fetch(server, "fetch", table, request, wanted, this::heard);
  }

  /** Continues at the present beginning of the bucket. */
  private void seek() {
    seek(
        server,
        bucket,
        start -> {
          position = start;
          session = shared.history().session(name() + "@" + now(), bucket, position);
          shared.count("reader went on after records expired");
          poll();
        },
        () -> {
          server = anyServer();
          next(this::follow);
        });
  }

  private void heard(Answer<FrontDoor.Page> answer) {
    if (answer.ok()) {
      session.poll(answer.value().reads(), now());
      position = Math.max(position, answer.value().nextOffset());
      shared.reaches(bucket, position);
      shared.count(answer.value().reads().isEmpty() ? "fetch empty" : "fetch gave records");
      if (roll(15) == 0) {
        server = anyServer();
      }
      poll();
      return;
    }
    shared.count("fetch failed " + answer.error());
    if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
      outOfRange(table, bucket, position);
      next(this::seek);
      return;
    }
    if (answer.error() == ErrorCode.TABLE_NOT_FOUND && !table.mayBeGone) {
      shared
          .findings()
          .add("LOST_POSITION", name() + " at " + position + " of " + bucket + " heard " + answer);
    }
    server = anyServer();
    next(answer.error() == ErrorCode.TABLE_NOT_FOUND ? this::follow : this::poll);
  }
}
