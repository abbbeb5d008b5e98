package io.thalweg.simulation.client;

import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.check.TransactionHistory;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.TransactionDoor;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;

/**
 * A reader of committed records that follows a bucket through either server: as a consumer of
 * stored batches, or of rows.
 */
final class CommittedReader extends Workload.Actor {
  private final Topics topics;
  private ServerProcess server;
  private Topics.Place place;
  private TransactionHistory.Session session;
  private boolean stored;
  private long position;
  private int pollsLeft;

  CommittedReader(Workload shared, String name) {
    super(shared, name);
    topics = shared.topics();
    server = anyServer();
  }

  @Override
  public void start() {
    next(this::follow);
  }

  private void follow() {
    place = topics.anyPlace();
    stored = roll(2) == 0;
    long reach = shared.reach(place.bucket());
    position = roll(2) == 0 ? reach : roll((int) reach + 1);
    session =
        topics.history().session(name() + (stored ? " of batches" : " of rows"), place.bucket());
    pollsLeft = 5 + roll(40);
    poll();
  }

  private void poll() {
    if (shared.stopped() || pollsLeft-- == 0) {
      next(this::follow);
      return;
    }
    long waitNanos = roll(3) == 0 ? Duration.ofMillis(roll(600)).toNanos() : 0;
    FetchRequest request = new FetchRequest(place.bucket(), position, 1 + roll(10_000), waitNanos);
    Topics.Place of = place;
    boolean batches = stored;
    ask(
        server,
        Manner.PLAIN,
        "fetch " + place.bucket() + " from " + position,
        waitNanos,
        door -> door.transactions().fetch(of.table(), request, batches),
        answer -> {
          if (!answer.ok()) {
            shared.count("committed fetch failed " + answer.error());
            server = anyServer();
            next(this::poll);
            return;
          }
          gave(answer.value());
        });
  }

  private void gave(TransactionDoor.Page page) {
    session.poll(
        new TransactionHistory.Poll(
            now(), position, page.nextOffset(), page.stable(), page.reads()));
    shared.count(page.reads().isEmpty() ? "committed fetch empty" : "committed fetch gave records");
    boolean stays = page.nextOffset() <= position;
    position = Math.max(position, page.nextOffset());
    shared.reaches(place.bucket(), position);
    if (roll(10) == 0) {
      server = anyServer();
    }
    if (stays) {
      next(this::poll);
    } else {
      poll();
    }
  }
}
