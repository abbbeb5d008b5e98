package io.thalweg.client.lookup;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.format.schema.Column;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.wire.OwnRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Sends a lookuper's keys to one server over one exchange, a few requests at a time. While nothing
 * is under way, it sends a single key at once; otherwise keys gather until an answer comes or a
 * request is full.
 *
 * <p>Keys that were asked for one by one share requests, and no key fails for another: the lane
 * asks for the keys of a refused request again in two halves, until only the wrong key is left. An
 * error about the table or the caller holds for all keys of a request.
 *
 * <p>Belongs to the client's loop.
 */
final class LookupLane implements LookupExchange.Owner {
  private static final int MAX_IN_FLIGHT = 4;

  /** After this many refusals without an answer in between, all keys under suspicion fail. */
  private static final int MAX_REFUSALS_IN_A_ROW = 256;

  private static final long FIRST_BACKOFF_NANOS = 10_000_000L;
  private static final long MAX_BACKOFF_NANOS = 1_000_000_000L;

  /** Learns that a lane's exchange failed; takes the waiting keys with {@link #takeAll}. */
  @FunctionalInterface
  interface Owner {
    /** The exchange failed, or was given up. */
    void failed(LookupLane lane, boolean mayHaveMoved);
  }

  private final ServerLink server;
  private final TableAccess access;
  private final EventLoop loop;
  private final Clock clock;
  private final Requested given;
  private final LookupCommand command;
  private final LookupAnswer answer;
  private final Owner owner;

  private final ArrayDeque<LookupItem> waiting = new ArrayDeque<>();
  private final ArrayDeque<List<LookupItem>> inFlight = new ArrayDeque<>();
  private LookupExchange exchange;
  private long backoffNanos = FIRST_BACKOFF_NANOS;
  private int refusalsInARow;
  private boolean backingOff;
  private boolean watching;
  private ThalwegException lastFailure;

  /** A lane without any request so far. */
  LookupLane(
      ServerLink server,
      TableAccess access,
      Requested given,
      LookupCommand command,
      LookupAnswer answer,
      Owner owner) {
    this.server = server;
    this.access = access;
    this.loop = access.loop();
    this.clock = access.clock();
    this.given = given;
    this.command = command;
    this.answer = answer;
    this.owner = owner;
  }

  void add(LookupItem item) {
    if (waiting.isEmpty() && inFlight.isEmpty()) {
      refusalsInARow = 0;
    }
    waiting.add(item);
    watchDeadline();
  }

  /** Sends the requests that it may send now. */
  void pump() {
    if (backingOff || waiting.isEmpty()) {
      return;
    }
    if (exchange == null) {
      exchange = new LookupExchange(server.channel(), access, given.schema(), command, this);
    }
    while (mayAsk() && exchange.isReady()) {
      ask();
    }
  }

  private boolean mayAsk() {
    if (waiting.isEmpty() || inFlight.size() >= MAX_IN_FLIGHT) {
      return false;
    }
    if (inFlight.isEmpty() || isSuspect(waiting.peek())) {
      return true;
    }
    // A request behind a suspect would have to be sent again if the suspect is refused again.
    return !isSuspect(inFlight.peekLast().get(0))
        && (waiting.peek() instanceof LookupItem.Part || waiting.size() >= given.batchKeys());
  }

  private static boolean isSuspect(LookupItem item) {
    return item instanceof LookupItem.Single single && single.isSuspect();
  }

  private void ask() {
    List<LookupItem> request = new ArrayList<>();
    VectorSchemaRoot root = exchange.keys();
    if (waiting.peek() instanceof LookupItem.Part part) {
      request.add(waiting.remove());
      if (part.batch.isDone()) {
        return;
      }
      part.batch.load(part.keys, root);
    } else {
      List<Column> columns = given.columns();
      int most = given.batchKeys();
      while (waiting.peek() instanceof LookupItem.Single single && fits(single, request, most)) {
        for (int i = 0; i < columns.size(); i++) {
          VectorWriter.write(
              root.getVector(i), request.size(), columns.get(i).type(), single.key[i]);
        }
        most = Math.min(most, single.company);
        request.add(waiting.remove());
      }
      root.setRowCount(request.size());
    }
    inFlight.add(request);
    exchange.send();
  }

  /** Whether a key may join a request: keys that were never refused do not join suspects. */
  private static boolean fits(LookupItem.Single next, List<LookupItem> request, int most) {
    return request.isEmpty()
        || (request.size() < Math.min(most, next.company)
            && next.isSuspect() == ((LookupItem.Single) request.get(0)).isSuspect());
  }

  @Override
  public void ready(LookupExchange from) {
    if (from == exchange) {
      pump();
    }
  }

  @Override
  public void answered(LookupExchange from, VectorSchemaRoot rows) {
    if (from != exchange) {
      return;
    }
    List<LookupItem> request = inFlight.remove();
    backoffNanos = FIRST_BACKOFF_NANOS;
    try {
      answer.check(rows, size(request), given.prefixes());
    } catch (ThalwegException damaged) {
      inFlight.addFirst(request);
      exchange.breakOff();
      refused(damaged);
      giveBack(false);
      return;
    }
    refusalsInARow = 0;
    // The next keys are on their way before these rows are read.
    pump();
    if (request.get(0) instanceof LookupItem.Part part) {
      part.batch.answer(part.keys, OwnRows.shared(rows, access.allocator()));
    } else {
      answer(request, rows);
    }
  }

  private static int size(List<LookupItem> request) {
    return request.get(0) instanceof LookupItem.Part part ? part.keys.length : request.size();
  }

  private void answer(List<LookupItem> request, VectorSchemaRoot rows) {
    IntVector indexes = (IntVector) rows.getVector(0);
    int next = 0;
    for (int i = 0; i < request.size(); i++) {
      int first = next;
      while (next < rows.getRowCount() && indexes.get(next) == i) {
        next++;
      }
      ((LookupItem.Single) request.get(i)).waiter.found(answer, rows, first, next);
    }
  }

  @Override
  public void ended(LookupExchange from, Throwable failure) {
    if (from != exchange) {
      return;
    }
    ThalwegException error =
        failure == null
            ? new ThalwegException(ErrorCode.UNAVAILABLE, "the server ended the lookups")
            : ClientErrors.of(failure);
    if (error.retryable()) {
      lastFailure = error;
      if (failure != null && ClientErrors.isToldByServer(failure)) {
        // Perhaps only one of several buckets is unavailable.
        halve(inFlight.peek());
      }
    } else if (!inFlight.isEmpty()) {
      // Answers come in order, so the server refused the first request.
      refused(error);
    } else {
      waiting.forEach(item -> item.fail(error));
      waiting.clear();
    }
    giveBack(error.retryable() && error.code() != ErrorCode.OVERLOADED);
  }

  /**
   * Handles a final refusal of the first request under way, because of all its keys or of one of
   * them.
   */
  private void refused(ThalwegException error) {
    refusalsInARow++;
    // The server works, so the next try need not wait.
    backoffNanos = 0;
    if (!isForKeys(error.code())) {
      inFlight.remove().forEach(item -> item.fail(error));
    } else if (refusalsInARow > MAX_REFUSALS_IN_A_ROW) {
      inFlight.remove().forEach(item -> item.fail(error));
      inFlight.forEach(request -> failSuspects(request, error));
      failSuspects(waiting, error);
      inFlight.removeIf(List::isEmpty);
    } else if (!halve(inFlight.peek())) {
      inFlight.remove().forEach(item -> item.fail(error));
    }
  }

  private static void failSuspects(Collection<LookupItem> items, ThalwegException error) {
    items.removeIf(
        item -> {
          boolean suspect = isSuspect(item);
          if (suspect) {
            item.fail(error);
          }
          return suspect;
        });
  }

  /** Marks the keys of a request to be asked again in halves; false for a single key. */
  private static boolean halve(List<LookupItem> request) {
    if (request == null || request.size() < 2) {
      return false;
    }
    int half = (request.size() + 1) / 2;
    request.forEach(item -> ((LookupItem.Single) item).company = half);
    return true;
  }

  /**
   * Whether the error is about keys, so that other keys might get an answer. Asking key by key does
   * not help against an error about the table, the user or the server's door.
   */
  private static boolean isForKeys(ErrorCode code) {
    return switch (code) {
      case INTERNAL, SCHEMA_MISMATCH, SCHEMA_CHANGED, NULL_VALUE, CORRUPT_DATA, TOO_LARGE -> true;
      case INVALID_REQUEST,
          INVALID_NAME,
          BUCKET_NOT_FOUND,
          LIMIT_REACHED,
          OFFSET_OUT_OF_RANGE,
          DATABASE_NOT_FOUND,
          DATABASE_EXISTS,
          DATABASE_NOT_EMPTY,
          TABLE_NOT_FOUND,
          TABLE_EXISTS,
          INVALID_SCHEMA,
          INVALID_PROPERTY,
          INVALID_FILTER,
          OUT_OF_ORDER_SEQUENCE,
          WRITER_FENCED,
          UNKNOWN_WRITER,
          DENIED,
          UNSUPPORTED,
          SCAN_EXPIRED,
          WRONG_CLUSTER,
          PARTLY_STORED,
          PARTITION_NOT_FOUND,
          PARTITION_EXISTS,
          INVALID_TRANSACTION,
          UNAUTHENTICATED ->
          false;
      // The keys of these requests are sent again as they are.
      case INCARNATION_CLOSED,
          STALE_OWNER,
          UNKNOWN_OUTCOME,
          UNAVAILABLE,
          OVERLOADED,
          NO_SPACE,
          CLOSING ->
          false;
    };
  }

  /** Ends the exchange; keys that were under way wait again. */
  private void giveBack(boolean mayHaveMoved) {
    exchange = null;
    while (!inFlight.isEmpty()) {
      List<LookupItem> request = inFlight.removeLast();
      for (int i = request.size() - 1; i >= 0; i--) {
        waiting.addFirst(request.get(i));
      }
    }
    expire();
    if (!waiting.isEmpty()) {
      owner.failed(this, mayHaveMoved);
    }
  }

  /** Gives up keys that have waited for too long, and leaves a server that does not answer. */
  private void expire() {
    long now = clock.nanoTime();
    if (!inFlight.isEmpty() && late(inFlight.peek().get(0), now)) {
      exchange.breakOff();
      giveBack(true);
      return;
    }
    waiting.removeIf(
        item -> {
          boolean late = late(item, now);
          if (late) {
            item.fail(
                new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    lastFailure == null
                        ? "the lookup was not answered in time"
                        : "the lookup was not answered in time; the last try said "
                            + lastFailure.code()
                            + ": "
                            + lastFailure.getMessage(),
                    lastFailure));
          }
          return late;
        });
  }

  private static boolean late(LookupItem item, long now) {
    return now - item.deadline() >= 0;
  }

  private void watchDeadline() {
    LookupItem first = inFlight.isEmpty() ? waiting.peek() : inFlight.peek().get(0);
    if (first != null && !watching) {
      watching = true;
      var unused =
          loop.schedule(
              Math.max(0, first.deadline() - clock.nanoTime()),
              () -> {
                watching = false;
                expire();
                watchDeadline();
              });
    }
  }

  /** Runs {@code then} after a while, which grows each time until an answer comes. */
  void backOff(Runnable then) {
    backingOff = true;
    var unused = loop.schedule(backoffNanos, then);
    backoffNanos = Math.max(FIRST_BACKOFF_NANOS, Math.min(MAX_BACKOFF_NANOS, backoffNanos * 2));
  }

  /** Ends the wait that {@link #backOff} began. */
  void resume() {
    backingOff = false;
    pump();
  }

  /** Takes all waiting keys away. */
  List<LookupItem> takeAll() {
    List<LookupItem> all = new ArrayList<>(waiting);
    waiting.clear();
    return all;
  }

  /** Fails all keys and ends the exchange. */
  void breakOff(ThalwegException error) {
    if (exchange != null) {
      exchange.breakOff();
      exchange = null;
    }
    inFlight.forEach(request -> request.forEach(item -> item.fail(error)));
    inFlight.clear();
    takeAll().forEach(item -> item.fail(error));
  }
}
