package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.Wanted;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.Map;

/** A reader that pins the records to read, reads them slowly up to an end, and releases the pin. */
final class PinnedReader extends Workload.Actor {
  private static final long SLOW_NANOS = Duration.ofMillis(300).toNanos();

  private ServerProcess holder;
  private String pin;
  private KnownTable table;
  private TableBucket bucket;
  private Wanted wanted;
  private History.Session session;
  private long position;
  private long end;
  private int requestsLeft;

  PinnedReader(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    next(this::choose);
  }

  private void choose() {
    holder = anyServer();
    table = shared.anyTable();
    bucket = table.bucket(roll(table.info.bucketCount()));
    wanted = Wanted.columns(cluster().scheduler().random());
    seek(holder, bucket, this::pin, () -> next(this::choose));
  }

  private void pin(long earliest) {
    end = Math.max(earliest, shared.reach(bucket));
    position = roll(2) == 0 ? earliest : earliest + roll((int) (end - earliest) + 1);
    Map<Integer, Long> from = Map.of(bucket.bucket(), position);
    KnownTable of = table;
    ask(
        holder,
        Manner.PLAIN,
        "pin " + bucket + " from " + position,
        0,
        door -> door.pin(of.info, from),
        (Answer<String> answer) -> {
          if (!answer.ok()) {
            shared.count("pin failed " + answer.error());
            next(this::choose);
            return;
          }
          shared.count("pin taken");
          pin = answer.value();
          session = shared.history().session(name() + "@" + now(), bucket, position);
          requestsLeft = 4 + roll(20);
          page();
        });
  }

  private void page() {
    if (shared.stopped() || requestsLeft-- == 0 || position >= end) {
      letGo();
      return;
    }
    FetchRequest request = new FetchRequest(bucket, position, 1 + roll(4_000), 0);
    ServerProcess server = roll(3) == 0 ? anyServer() : holder;
    fetch(server, "pinned fetch", table, request, wanted, this::heard);
  }

  private void heard(Answer<FrontDoor.Page> answer) {
    if (answer.ok()) {
      session.poll(answer.value().reads(), now());
      position = Math.max(position, answer.value().nextOffset());
      shared.reaches(bucket, position);
      shared.count("pinned fetch");
    } else {
      shared.count("pinned fetch failed " + answer.error());
      if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
        outOfRange(table, bucket, position);
        requestsLeft = 0;
      } else if (answer.error() == ErrorCode.TABLE_NOT_FOUND) {
        requestsLeft = 0;
      }
    }
    later(SLOW_NANOS, this::page);
  }

  private void letGo() {
    String held = pin;
    ask(
        holder,
        Manner.PLAIN,
        "let go of " + held,
        0,
        door -> door.letGo(held),
        (Answer<Boolean> answer) -> {
          shared.count(answer.ok() && answer.value() ? "pin let go" : "pin left behind");
          next(this::choose);
        });
  }
}
