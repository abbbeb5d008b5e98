package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.check.History.Send;
import io.thalweg.simulation.check.Sighting;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The last requests for one bucket through one server, when there are no faults any more: append a
 * record, ask for the latest offset, read every record up to it. Each must succeed in the end.
 */
public final class Finale extends SimClient {
  private static final long AGAIN_NANOS = Duration.ofMillis(100).toNanos();

  private final Workload shared;
  private final ServerProcess server;
  private final TableInfo table;
  private final TableBucket bucket;
  private History.Session session;
  private String waitsFor = "nothing";
  private long start;
  private long position;
  private long latest;
  private boolean done;

  /** The last requests for one bucket, through {@code server}; none is sent yet. */
  public Finale(Workload shared, ServerProcess server, TableInfo table, TableBucket bucket) {
    super(shared.cluster(), "final " + server.name() + " " + bucket);
    this.shared = shared;
    this.server = server;
    this.table = table;
    this.bucket = bucket;
  }

  /** Whether the last step has ended. */
  public boolean isDone() {
    return done;
  }

  @Override
  public String toString() {
    return name() + " waits for " + waitsFor;
  }

  private <T> boolean again(String what, Answer<T> answer, Runnable task) {
    if (answer.ok()) {
      return false;
    }
    boolean partitionGone =
        table.isPartitioned() && shared.partitioned().isGone(bucket.storage(), answer.error());
    if (partitionGone
        || (answer.error() == ErrorCode.TABLE_NOT_FOUND && Workload.mayBeGone(table))) {
      done = true;
      return true;
    }
    waitsFor = what + ", heard last " + answer;
    later(AGAIN_NANOS, task);
    return true;
  }

  /** Writes one record, with as many tries as necessary. */
  public void write() {
    if (table.isPartitioned()) {
      done = true; // another partition's values would be refused
      return;
    }
    done = false;
    waitsFor = "an acknowledgement";
    List<Long> values = shared.newValues(1, table, bucket.bucket());
    Send send = shared.history().send(name(), bucket, values, now());
    OptionalInt number = OptionalInt.of(bucket.bucket());
    ask(
        server,
        Manner.ORDERED,
        "last append",
        0,
        door -> door.append(table, number, WriterStamp.NONE, values, 0),
        answer -> {
          if (again("an acknowledgement", answer, this::write)) {
            return;
          }
          send.stored(answer.value().parts().get(0).baseOffset(), now());
          done = true;
        });
  }

  /** Reads everything. */
  public void read() {
    done = false;
    waitsFor = "the latest offset";
    long askedNanos = now();
    ask(
        server,
        Manner.PLAIN,
        "last offset",
        0,
        door ->
            door.call(each -> each.offset(Principal.ANONYMOUS, bucket, new OffsetSpec.Latest())),
        (Answer<Long> answer) -> {
          if (again("the latest offset", answer, this::read)) {
            return;
          }
          latest = answer.value();
          shared.history().lookup(bucket, askedNanos, now(), latest);
          if (Workload.expires(table)) {
            seek();
          } else {
            readFrom(0);
          }
        });
  }

  private void readFrom(long first) {
    start = first;
    position = first;
    session = shared.history().session(name(), bucket, first);
    page();
  }

  /** Begins where the bucket begins now. */
  private void seek() {
    waitsFor = "the earliest offset";
    Deletions.Floor floor = shared.deletions().floor(server, bucket);
    ask(
        server,
        Manner.PLAIN,
        "first offset",
        0,
        door ->
            door.call(each -> each.offset(Principal.ANONYMOUS, bucket, new OffsetSpec.Earliest())),
        (Answer<Long> answer) -> {
          if (again("the earliest offset", answer, this::seek)) {
            return;
          }
          shared.deletions().begins(name(), floor, answer.value());
          cluster()
              .saw(new Sighting.Begins(cluster().truthIndex(), name(), bucket, answer.value()));
          readFrom(answer.value());
        });
  }

  /**
   * Sends several requests at once and ignores the answers, because the server is about to close.
   */
  public void crowd() {
    if (table.isPartitioned()) {
      return;
    }
    OptionalInt number = OptionalInt.of(bucket.bucket());
    for (int i = 0; i < 3; i++) {
      // Not in the history: nobody reads it any more.
      List<Long> values = shared.newValues(1 + roll(20), table, bucket.bucket());
      crowd(door -> door.append(table, number, WriterStamp.NONE, values, roll(500)));
      long from = roll(4) == 0 ? latest : roll((int) latest + 1);
      long waitNanos = roll(2_000_000_000);
      FetchRequest request = new FetchRequest(bucket, from, 1 + roll(50_000), waitNanos);
      crowd(door -> door.fetch(table, request));
    }
  }

  private <T> void crowd(Function<FrontDoor, CompletableFuture<Answer<T>>> question) {
    ask(server, Manner.PLAIN, "crowd", 0, question, answer -> {});
  }

  private void page() {
    if (position >= latest) {
      shared.history().drained(bucket, start);
      done = true;
      return;
    }
    waitsFor = "records from " + position + " to " + latest;
    FetchRequest request = new FetchRequest(bucket, position, 64 << 10, 0);
    Deletions.Floor floor = shared.deletions().floor(server, bucket);
    ask(
        server,
        Manner.PLAIN,
        "last fetch",
        0,
        door -> door.fetch(table, request),
        (Answer<FrontDoor.Page> answer) -> {
          if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE && Workload.expires(table)) {
            cluster()
                .saw(new Sighting.OutOfRange(cluster().truthIndex(), name(), bucket, position));
            seek();
            return;
          }
          if (answer.error() == ErrorCode.CORRUPT_DATA) {
            // No fault damages reads any more, so the stored bytes themselves are damaged.
            shared.findings().add("DAMAGED", name() + " at " + position + " heard " + answer);
            done = true;
            return;
          }
          if (again(waitsFor, answer, this::page)) {
            return;
          }
          shared.deletions().gave(name(), floor, answer.value().reads());
          session.poll(answer.value().reads(), now());
          if (answer.value().nextOffset() <= position) {
            waitsFor = "records from " + position + ", got none though " + latest + " is the end";
            later(AGAIN_NANOS, this::page);
            return;
          }
          position = answer.value().nextOffset();
          page();
        });
  }
}
