package io.thalweg.format.quota;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** All quotas, found by who is limited. Immutable; any thread. */
public final class QuotaTable {
  /** No quotas. */
  public static final QuotaTable EMPTY = of(Map.of());

  private final Map<QuotaKey, Map<QuotaEntity, Double>> byKey = new EnumMap<>(QuotaKey.class);

  private QuotaTable() {}

  /**
   * The quota that acts on a client.
   *
   * @param sharedBy who uses it up together: the client's user, its client id, or both, by name
   */
  public record Bound(QuotaEntity sharedBy, double perSecond) {}

  /** A table of these quotas. */
  public static QuotaTable of(Map<QuotaEntity, Map<QuotaKey, Double>> quotas) {
    QuotaTable table = new QuotaTable();
    quotas.forEach(
        (entity, values) ->
            values.forEach(
                (key, value) ->
                    table.byKey.computeIfAbsent(key, none -> new HashMap<>()).put(entity, value)));
    return table;
  }

  /**
   * The quota for a client: the first that there is, in Kafka's order. A user's own quotas come
   * before the default ones of users, these before those of client ids alone; within each, what
   * names the client id before what is for any.
   *
   * @param clientId may be empty: of a client that says none
   */
  public Optional<Bound> find(QuotaKey key, String user, String clientId) {
    Map<QuotaEntity, Double> quotas = byKey.get(key);
    if (quotas == null) {
      return Optional.empty();
    }
    QuotaName who = name(user);
    QuotaName client = name(clientId);
    for (QuotaName of : new QuotaName[] {who, QuotaName.DEFAULT, QuotaName.NONE}) {
      for (QuotaName from : new QuotaName[] {client, QuotaName.DEFAULT, QuotaName.NONE}) {
        if (of.saysNothing() && from.saysNothing()) {
          continue;
        }
        Double value = quotas.get(new QuotaEntity(of, from));
        if (value != null) {
          QuotaEntity sharedBy =
              new QuotaEntity(of.saysNothing() ? of : who, from.saysNothing() ? from : client);
          return Optional.of(new Bound(sharedBy, value));
        }
      }
    }
    return Optional.empty();
  }

  /** Whoever has no name that a quota can have is one of those that none names. */
  private static QuotaName name(String text) {
    return QuotaName.isUsable(text) ? QuotaName.of(text) : QuotaName.DEFAULT;
  }
}
