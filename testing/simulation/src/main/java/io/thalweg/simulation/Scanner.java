package io.thalweg.simulation;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.SimNetwork.Manner;

/** A reader that begins anywhere and reads to the end, without waiting. */
final class Scanner extends Workload.Actor {
  private ServerProcess server;
  private KnownTable table;
  private TableBucket bucket;
  private History.Session session;
  private long position;

  Scanner(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  void start() {
    next(this::scan);
  }

  private void scan() {
    server = anyServer();
    table = shared.anyTable();
    bucket = table.bucket(roll(table.info.bucketCount()));
    int known = (int) shared.reach(bucket);
    position = roll(2) == 0 ? 0 : roll(known + 1);
    session = shared.history().session(name() + "@" + now(), bucket, position);
    shared.count("scan");
    page();
  }

  private void page() {
    if (shared.stopped()) {
      return;
    }
    FetchRequest request = new FetchRequest(bucket, position, 1 + roll(50_000), 0);
    KnownTable of = table;
    shared.count("fetch");
    ask(
        server,
        Manner.PLAIN,
        "scan " + bucket + " from " + position,
        0,
        door -> door.fetch(of.info, request),
        (Answer<FrontDoor.Page> answer) -> {
          if (!answer.ok()) {
            shared.count("fetch failed " + answer.error());
            next(this::scan);
            return;
          }
          session.poll(answer.value().reads(), now());
          position = Math.max(position, answer.value().nextOffset());
          shared.reaches(bucket, position);
          if (answer.value().reads().isEmpty()) {
            next(this::scan);
          } else {
            page();
          }
        });
  }
}
