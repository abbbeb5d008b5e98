package io.thalweg.client.lookup;

import io.thalweg.client.route.Routing;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * A lookuper's keys on their way: one lane per server and number of columns given. After a failure
 * of a lane it asks for the keys again, from the servers that own their buckets then. Belongs to
 * the client's loop.
 */
public final class Lookups {
  private final TableAccess access;
  private final Routing routing;
  private final LookupCommand command;
  private final LookupAnswer answer;
  private final Map<Way, LookupLane> lanes = new LinkedHashMap<>();
  private boolean closed;

  /** A lane's server, and how many of the key's columns its requests have. */
  private record Way(ServerLink server, int columns) {}

  /** Lookups without any key so far; answers have the columns of {@code wanted}. */
  public Lookups(TableAccess access, Schema wanted) {
    TableInfo table = access.table();
    this.access = access;
    this.routing = access.routing();
    this.command =
        new LookupCommand(
            table.path(),
            OptionalLong.of(table.tableId()),
            OptionalInt.of(table.schema().schemaId()),
            Optional.of(wanted.columns().stream().map(Column::name).toList()));
    this.answer = new LookupAnswer(wanted, access.allocator());
  }

  /** The answer to a batch of no keys. Any thread may ask. */
  public VectorSchemaRoot empty() {
    return answer.empty();
  }

  /**
   * Asks for the rows of one key, or of the first columns of keys.
   *
   * @param key checked values in key order
   * @param bucket finds the key's bucket, each time that the key is asked for
   * @param deadline when to give the key up, on the clock's nanoseconds
   */
  public void ask(
      Requested given, Object[] key, IntSupplier bucket, long deadline, KeyWaiter waiter) {
    if (closed) {
      waiter.failed(closedError());
      return;
    }
    LookupLane lane = lane(routing.server(bucket.getAsInt()), given);
    lane.add(new LookupItem.Single(given, key, bucket, deadline, waiter));
    lane.pump();
  }

  /**
   * Asks for the rows of many keys, which it takes over.
   *
   * @param buckets finds the buckets of the keys, each time that some are asked for
   * @param deadline when to give the batch up, on the clock's nanoseconds
   */
  public void ask(
      Requested given,
      VectorSchemaRoot keys,
      Supplier<int[]> buckets,
      long deadline,
      BatchWaiter waiter) {
    if (closed) {
      keys.close();
      waiter.failed(closedError());
      return;
    }
    LookupBatch batch = new LookupBatch(given, keys, buckets, deadline, access.allocator(), waiter);
    spread(batch, batch.all()).forEach(LookupLane::pump);
  }

  private static ThalwegException closedError() {
    return new ThalwegException(ErrorCode.CLOSING, "the lookuper is closed");
  }

  private LookupLane lane(ServerLink server, Requested given) {
    return lanes.computeIfAbsent(
        new Way(server, given.columns().size()),
        to -> new LookupLane(server, access, given, command, answer, this::failed));
  }

  /** Gives keys of a batch to their servers' lanes. */
  private Set<LookupLane> spread(LookupBatch batch, int[] of) {
    Set<LookupLane> got = new LinkedHashSet<>();
    batch
        .split(of, routing::server)
        .forEach(
            (server, parts) -> {
              LookupLane lane = lane(server, batch.given());
              parts.forEach(lane::add);
              got.add(lane);
            });
    return got;
  }

  private void failed(LookupLane lane, boolean mayHaveMoved) {
    lane.backOff(
        () -> {
          if (mayHaveMoved && !closed) {
            routing.refresh(() -> askAgain(lane));
          } else {
            askAgain(lane);
          }
        });
  }

  /** Moves everything that waits in a lane to the lanes of the buckets' owners. */
  private void askAgain(LookupLane lane) {
    if (closed) {
      return;
    }
    Set<LookupLane> got = new LinkedHashSet<>();
    List<LookupItem> items = lane.takeAll();
    for (LookupItem item : items) {
      if (item instanceof LookupItem.Part part) {
        if (!part.batch.isDone()) {
          got.addAll(spread(part.batch, part.keys));
        }
      } else {
        LookupItem.Single single = (LookupItem.Single) item;
        LookupLane owner = lane(routing.server(single.bucket.getAsInt()), single.given);
        owner.add(item);
        got.add(owner);
      }
    }
    lane.resume();
    got.forEach(LookupLane::pump);
  }

  /** Fails waiting and later lookups with CLOSING. Any number of times. */
  public void close() {
    closed = true;
    lanes.values().forEach(lane -> lane.breakOff(closedError()));
  }
}
