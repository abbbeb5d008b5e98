package io.thalweg.frontend.kafka.quota;

import io.thalweg.format.quota.QuotaEntity;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The accounts of those who share a quota each. Clients choose their ids, so there is a limit: past
 * it, the account that nobody used for longest is forgotten. Any thread.
 */
final class Accounts<A extends Account> {
  private final int limit;

  /** Those that were used longest ago first. Guarded by this. */
  private final Map<QuotaEntity, A> accounts = new LinkedHashMap<>(16, 0.75f, true);

  /** None yet. */
  Accounts(int limit) {
    this.limit = limit;
  }

  /** What {@code use} says of the account, which is made where there is none. */
  synchronized long use(
      QuotaEntity of, LongFunction<A> made, long nowNanos, ToLongFunction<A> use) {
    long result = use.applyAsLong(accounts.computeIfAbsent(of, none -> made.apply(nowNanos)));
    forget(nowNanos);
    return result;
  }

  /** What {@code question} says of the account; {@code otherwise} where there is none. */
  synchronized double look(QuotaEntity of, double otherwise, ToDoubleFunction<A> question) {
    A account = accounts.get(of);
    return account == null ? otherwise : question.applyAsDouble(account);
  }

  private void forget(long nowNanos) {
    Iterator<A> eldest = accounts.values().iterator();
    while (eldest.hasNext() && (eldest.next().isForgettable(nowNanos) || accounts.size() > limit)) {
      eldest.remove();
    }
  }

  synchronized int size() {
    return accounts.size();
  }
}
