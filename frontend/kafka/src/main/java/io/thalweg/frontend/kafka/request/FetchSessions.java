package io.thalweg.frontend.kafka.request;

import io.thalweg.runtime.Clock;
import io.thalweg.runtime.RandomSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * The fetch sessions (KIP-227) of one server, which knows no other server's. A client whose session
 * is not there (any more) begins another one; where there is room for none, it names its partitions
 * in each fetch. Any thread.
 *
 * <p>Kafka's own class for this comes with all of Kafka's server and its metrics, and this one is
 * smaller than what would tie it to the door.
 */
public final class FetchSessions {
  /** Most partitions of all sessions together; each takes about 200 bytes. */
  private static final int MAX_PARTITIONS = 250_000;

  /** For how long a session keeps its place before others. */
  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final Clock clock;
  private final RandomSource random;
  private final int limit;
  private final AtomicInteger partitions = new AtomicInteger();

  /** By id, those that were used longest ago first. Guarded by this. */
  private final Map<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * No session yet.
   *
   * @param random gives ids, so that a session of another server or another time is not taken for
   *     one of these
   * @param limit most sessions; 0 for none at all
   */
  public FetchSessions(Clock clock, RandomSource random, int limit) {
    this.clock = clock;
    this.random = random;
    this.limit = limit;
  }

  /** What a fetch asks for. Of one connection's fetches, called in their order. */
  FetchTurn begin(FetchRequest request) {
    FetchMetadata asked = request.metadata();
    if (!asked.isFull()) {
      return find(asked.sessionId())
          .map(session -> next(session, request))
          .orElseGet(() -> new FetchTurn.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND));
    }
    find(asked.sessionId()).ifPresent(this::end);
    return asked.epoch() == FetchMetadata.FINAL_EPOCH || request.data().topics().isEmpty()
        ? alone(request)
        : open(request).map(session -> next(session, request)).orElseGet(() -> alone(request));
  }

  private static FetchTurn alone(FetchRequest request) {
    return new FetchTurn.Alone(request.data().topics());
  }

  private synchronized Optional<FetchSession> find(int id) {
    return Optional.ofNullable(sessions.get(id));
  }

  private void end(FetchSession session) {
    synchronized (this) {
      if (!sessions.remove(session.id(), session)) {
        return;
      }
    }
    partitions.addAndGet(-session.close());
  }

  private FetchTurn next(FetchSession session, FetchRequest request) {
    FetchTurn turn = session.next(request, clock.nanoTime());
    if (turn instanceof FetchTurn.OfSession fitting) {
      boolean full = partitions.addAndGet(fitting.grown()) > MAX_PARTITIONS;
      if (full || fitting.topics().isEmpty()) {
        end(session);
        return full && !fitting.isFirst()
            ? new FetchTurn.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND)
            : alone(request);
      }
    }
    return turn;
  }

  private synchronized Optional<FetchSession> open(FetchRequest request) {
    long now = clock.nanoTime();
    if (sessions.size() >= limit) {
      int size = request.data().topics().stream().mapToInt(each -> each.partitions().size()).sum();
      Optional<FetchSession> replaced = replaceable(size, now);
      if (replaced.isEmpty()) {
        return Optional.empty();
      }
      end(replaced.get());
    }
    int id;
    do {
      id = 1 + random.nextInt(Integer.MAX_VALUE);
    } while (sessions.containsKey(id));
    FetchSession session = new FetchSession(id, FetchSession.isById(request.version()), now);
    sessions.put(id, session);
    return Optional.of(session);
  }

  /** One that nobody used for long; else the smallest, if it is old and smaller than the new. */
  private Optional<FetchSession> replaceable(int size, long now) {
    FetchSession smallest = null;
    int least = size;
    for (FetchSession each : sessions.values()) {
      if (now - each.usedNanos() > KEPT_NANOS) {
        return Optional.of(each);
      }
      int its = each.size();
      if (now - each.madeNanos() > KEPT_NANOS && its < least) {
        least = its;
        smallest = each;
      }
    }
    return Optional.ofNullable(smallest);
  }
}
