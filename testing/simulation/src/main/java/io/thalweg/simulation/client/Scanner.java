package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.Wanted;

/** A reader that begins anywhere and reads to the end, without waiting. */
final class Scanner extends Workload.Actor {
  private ServerProcess server;
  private KnownTable table;
  private TableBucket bucket;
  private History.Session session;
  private Wanted wanted;
  private long position;

  Scanner(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::scan);
  }

  private void scan() {
    server = anyServer();
    table = shared.anyTable();
    bucket = table.bucket(roll(table.info.bucketCount()));
    int known = (int) shared.reach(bucket);
    wanted = Wanted.columns(cluster().scheduler().random());
    if (roll(3) == 0) {
      long middle = roll((int) shared.nextValue());
      wanted = roll(2) == 0 ? wanted.between(0, middle) : wanted.between(middle, middle + 200);
      shared.count("scan with a filter");
    }
    scanFrom(roll(2) == 0 ? 0 : roll(known + 1));
  }

  private void scanFrom(long start) {
    position = start;
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
    fetch(
        server,
        "scan",
        of,
        request,
        wanted,
        answer -> {
          if (answer.ok()) {
            gave(answer.value());
            return;
          }
          shared.count("fetch failed " + answer.error());
          if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
            outOfRange(of, bucket, position);
            seek(server, bucket, this::scanFrom, () -> next(this::scan));
          } else {
            next(this::scan);
          }
        });
  }

  private void gave(FrontDoor.Page page) {
    if (wanted.filters()) {
      shared
          .history()
          .filtered(
              bucket,
              new History.Filtered(
                  session.reader,
                  now(),
                  position,
                  page.nextOffset(),
                  wanted.low(),
                  wanted.high(),
                  page.reads()));
    } else {
      session.poll(page.reads(), now());
    }
    if (page.nextOffset() <= position) {
      next(this::scan);
      return;
    }
    position = page.nextOffset();
    shared.reaches(bucket, position);
    page();
  }
}
