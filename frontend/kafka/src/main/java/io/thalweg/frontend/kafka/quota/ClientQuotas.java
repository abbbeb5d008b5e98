package io.thalweg.frontend.kafka.quota;

import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaTable.Bound;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Throttle;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.api.QuotaApi;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractResponse;

/** Counts what clients use of this server, and says when it is too much. Any thread. */
public final class ClientQuotas implements Throttle {
  /** Most of those who share a quota that are known at a time, for each quota. */
  private static final int MAX_ACCOUNTS = 10_000;

  /** As in Kafka, time of threads makes nobody wait for longer than a second at once. */
  private static final long MOST_FOR_TIME_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Percent of a thread that a nanosecond in each second is. */
  private static final double PERCENT = 100.0 / TimeUnit.SECONDS.toNanos(1);

  private final QuotaApi quotas;
  private final Clock clock;
  private final Accounts<SlidingRate> produced = new Accounts<>(MAX_ACCOUNTS);
  private final Accounts<SlidingRate> fetched = new Accounts<>(MAX_ACCOUNTS);
  private final Accounts<SlidingRate> times = new Accounts<>(MAX_ACCOUNTS);
  private final Accounts<TokenBucket> mutations = new Accounts<>(MAX_ACCOUNTS);
  private final Map<QuotaKey, Histogram> throttled = new EnumMap<>(QuotaKey.class);

  /** Keeps clients to {@code quotas}. */
  public ClientQuotas(QuotaApi quotas, Clock clock, Meters meters) {
    this.quotas = quotas;
    this.clock = clock;
    for (QuotaKey key : QuotaKey.values()) {
      throttled.put(key, meters.histogram(KafkaMeters.THROTTLE_TIME, key.text()));
    }
  }

  private Optional<Bound> bound(QuotaKey key, ClientRequest request) {
    String clientId = request.context().clientId();
    return quotas.quota(key, request.who().name(), clientId == null ? "" : clientId);
  }

  /** For a client; noted if it is any time. */
  private int millis(QuotaKey key, long nanos) {
    if (nanos <= 0) {
      return 0;
    }
    throttled.get(key).record(nanos);
    return (int) TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
  }

  @Override
  public int answered(ClientRequest request, long nanos, AbstractResponse response) {
    int millis =
        count(times, QuotaKey.REQUEST_PERCENTAGE, request, nanos * PERCENT, MOST_FOR_TIME_NANOS);
    ApiKeys kind = request.body().apiKey();
    if (kind == ApiKeys.PRODUCE) {
      int bytes = request.bytes();
      return Math.max(
          millis,
          count(produced, QuotaKey.PRODUCER_BYTE_RATE, request, bytes, SlidingRate.WINDOW_NANOS));
    }
    if (kind == ApiKeys.FETCH) {
      return Math.max(millis, countFetched(request, response));
    }
    return millis;
  }

  private int count(
      Accounts<SlidingRate> accounts,
      QuotaKey key,
      ClientRequest request,
      double used,
      long mostNanos) {
    Optional<Bound> bound = bound(key, request);
    return bound.isEmpty() ? 0 : count(accounts, key, bound.get(), used, mostNanos);
  }

  private int count(
      Accounts<SlidingRate> accounts, QuotaKey key, Bound bound, double used, long mostNanos) {
    long now = clock.nanoTime();
    long delay =
        accounts.use(
            bound.sharedBy(),
            SlidingRate::new,
            now,
            rate -> {
              rate.add(used, now);
              return rate.delayNanos(bound.perSecond(), mostNanos, now);
            });
    return millis(key, delay);
  }

  private int countFetched(ClientRequest request, AbstractResponse response) {
    Optional<Bound> bound = bound(QuotaKey.CONSUMER_BYTE_RATE, request);
    if (bound.isEmpty()) {
      return 0;
    }
    int bytes = response.data().size(new ObjectSerializationCache(), request.version());
    return count(
        fetched, QuotaKey.CONSUMER_BYTE_RATE, bound.get(), bytes, SlidingRate.WINDOW_NANOS);
  }

  /**
   * What a fetch may bring now.
   *
   * @param bytes at most, but for one batch
   * @param delayMillis if it is nothing: for how long the client is to wait
   */
  public record FetchRoom(int bytes, int delayMillis) {
    private static final FetchRoom UNLIMITED = new FetchRoom(Integer.MAX_VALUE, 0);
  }

  /** Asked before anything is read, so that what is too much is neither read nor kept. */
  public FetchRoom fetchRoom(ClientRequest request) {
    Optional<Bound> found = bound(QuotaKey.CONSUMER_BYTE_RATE, request);
    if (found.isEmpty()) {
      return FetchRoom.UNLIMITED;
    }
    Bound bound = found.get();
    QuotaEntity who = bound.sharedBy();
    long now = clock.nanoTime();
    double perSecond = bound.perSecond();
    double full = perSecond * (SlidingRate.SAMPLES - 1);
    double room = fetched.look(who, full, rate -> rate.room(perSecond, now));
    if (room >= 0) {
      return new FetchRoom((int) Math.max(1, Math.min(Integer.MAX_VALUE, room)), 0);
    }
    long delay =
        (long)
            fetched.look(who, 0, rate -> rate.delayNanos(perSecond, SlidingRate.WINDOW_NANOS, now));
    return new FetchRoom(0, Math.max(1, millis(QuotaKey.CONSUMER_BYTE_RATE, delay)));
  }

  /** What a request makes and drops of partitions. */
  public Mutations mutations(ClientRequest request) {
    return new Mutations(this, bound(QuotaKey.CONTROLLER_MUTATION_RATE, request), request);
  }

  /** Takes tokens; returns the time until there is no debt: before, if it is a strict one. */
  long take(Bound bound, int partitions, boolean strict) {
    long now = clock.nanoTime();
    double perSecond = bound.perSecond();
    return mutations.use(
        bound.sharedBy(),
        began -> new TokenBucket(perSecond, began),
        now,
        bucket -> {
          long debt = bucket.delayNanos(perSecond, SlidingRate.WINDOW_NANOS, now);
          if (strict && debt > 0) {
            return debt;
          }
          bucket.take(partitions, perSecond, now);
          return strict ? 0 : bucket.delayNanos(perSecond, SlidingRate.WINDOW_NANOS, now);
        });
  }

  /** Gives tokens back that were taken for nothing. */
  void giveBack(Bound bound, int partitions) {
    take(bound, -partitions, false);
  }

  int mutationMillis(long nanos) {
    return millis(QuotaKey.CONTROLLER_MUTATION_RATE, nanos);
  }
}
