package io.thalweg.frontend.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/** Quotas as Kafka's admin client says them. */
final class QuotaFixture {
  private QuotaFixture() {}

  /** Of pairs of type and name; a null name is the default. */
  static ClientQuotaEntity entity(String... parts) {
    Map<String, String> entries = new HashMap<>();
    for (int i = 0; i < parts.length; i += 2) {
      entries.put(parts[i], parts[i + 1]);
    }
    return new ClientQuotaEntity(entries);
  }

  static ClientQuotaAlteration set(ClientQuotaEntity entity, String key, Double value) {
    return new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(key, value)));
  }
}
