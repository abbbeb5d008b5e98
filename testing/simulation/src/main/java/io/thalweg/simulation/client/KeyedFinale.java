package io.thalweg.simulation.client;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.KeyedDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * The last requests for one bucket of the primary-key table, when there are no faults any more:
 * write a row, read every change through one server, look up every row at its owner. Each must
 * succeed in the end.
 */
public final class KeyedFinale extends KeyedClient {
  private static final long AGAIN_NANOS = Duration.ofMillis(100).toNanos();

  private final ServerProcess server;
  private final int number;
  private final TableBucket bucket;
  private String waitsFor = "nothing";
  private long from;
  private long position;
  private long latest;
  private boolean done;

  /** The last requests for bucket {@code number}, through {@code server}; none is sent yet. */
  public KeyedFinale(Workload shared, ServerProcess server, int number) {
    super(shared, "final " + server.name() + " " + shared.keyed().bucket(number));
    this.server = server;
    this.number = number;
    this.bucket = table.bucket(number);
  }

  /** Whether the last step has ended. */
  public boolean isDone() {
    return done;
  }

  @Override
  public String toString() {
    return name() + " waits for " + waitsFor;
  }

  /** Writes one row, with as many tries as necessary. */
  @Override
  public void start() {
    done = false;
    waitsFor = "an acknowledgement";
    Batch batch = newBatch(number, 1);
    ask(
        owner(number),
        Manner.ORDERED,
        "last upsert",
        0,
        door -> door.keyed().upsert(table.info, number, WriterStamp.NONE, batch.rows(), 0),
        answer -> {
          if (answer.ok()) {
            batch.done(now());
            done = true;
            return;
          }
          if (answer.error() != ErrorCode.UNKNOWN_OUTCOME) {
            batch.refused(now());
          }
          waitsFor = "an acknowledgement, heard last " + answer;
          ownerAfter(number, answer, AGAIN_NANOS, this::start);
        });
  }

  /** Reads everything. */
  public void read() {
    done = false;
    offset(
        new OffsetSpec.Earliest(),
        start -> {
          from = start;
          position = start;
          offset(
              new OffsetSpec.Latest(),
              end -> {
                latest = end;
                page();
              });
        });
  }

  private void offset(OffsetSpec spec, LongConsumer then) {
    waitsFor = String.valueOf(spec);
    ask(
        server,
        Manner.PLAIN,
        "last offset",
        0,
        door -> door.call(each -> each.offset(Principal.ANONYMOUS, bucket, spec)),
        (Answer<Long> answer) -> {
          if (answer.ok()) {
            then.accept(answer.value());
          } else {
            waitsFor = spec + ", heard last " + answer;
            later(AGAIN_NANOS, () -> offset(spec, then));
          }
        });
  }

  private void page() {
    if (position >= latest) {
      look();
      return;
    }
    waitsFor = "changes from " + position + " to " + latest;
    FetchRequest request = new FetchRequest(bucket, position, 64 << 10, 0);
    ask(
        server,
        Manner.PLAIN,
        "last fetch",
        0,
        door -> door.keyed().changes(table.info, request, table.sum),
        (Answer<KeyedDoor.Changes> answer) -> {
          if (answer.ok()) {
            shared.keyHistory().changes(bucket, name(), answer.value().changes());
            position = answer.value().nextOffset();
            page();
          } else if (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE
              && Workload.expires(table.info)) {
            later(AGAIN_NANOS, this::read);
          } else {
            waitsFor += ", heard last " + answer;
            later(AGAIN_NANOS, this::page);
          }
        });
  }

  private void look() {
    List<Long> keys = shared.keyHistory().keys(bucket);
    ask(
        owner(number),
        Manner.PLAIN,
        "last lookup",
        0,
        door -> door.keyed().lookup(table.info, keys, table.sum),
        (Answer<Map<Long, Long>> answer) -> {
          if (!answer.ok()) {
            waitsFor = "rows, heard last " + answer;
            ownerAfter(number, answer, AGAIN_NANOS, this::look);
            return;
          }
          offset(
              new OffsetSpec.Latest(),
              end -> {
                if (end != latest) {
                  read(); // something came late; the rows may have it
                  return;
                }
                shared.keyHistory().drained(bucket, from, latest, table.beforeImages());
                keys.forEach(
                    key ->
                        shared
                            .keyHistory()
                            .row(bucket, name(), key, answer.value().get(key), latest));
                done = true;
              });
        });
  }

  /**
   * Sends several requests at once and ignores the answers, because the server is about to close.
   */
  public void crowd() {
    List<Long> keys = shared.keyHistory().keys(bucket);
    for (int i = 0; i < 3; i++) {
      // Not in the history: nobody reads it any more.
      List<KeyedDoor.Row> rows =
          List.of(new KeyedDoor.Row(keys.get(roll(keys.size())), shared.newValues(1).get(0)));
      int padding = roll(500);
      ask(
          server,
          Manner.PLAIN,
          "crowd",
          0,
          door -> door.keyed().upsert(table.info, number, WriterStamp.NONE, rows, padding),
          answer -> {});
      ask(
          server,
          Manner.PLAIN,
          "crowd",
          0,
          door -> door.keyed().lookup(table.info, keys, table.sum),
          answer -> {});
    }
  }
}
