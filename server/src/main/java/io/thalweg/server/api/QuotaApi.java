package io.thalweg.server.api;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How much clients may use of each server; doors keep them to it. As {@link ServerApi}: any thread
 * may call and nothing blocks. {@link #quota} is answered by what this server has heard of.
 */
public interface QuotaApi {
  /**
   * Sets and removes quotas; one outcome per change, in order.
   *
   * @param only whether it is only asked what would become of them
   */
  CompletableFuture<List<ChangeOutcome>> alterQuotas(
      Principal principal, List<QuotaChange> changes, boolean only);

  /** All quotas, by entity in their order. */
  CompletableFuture<Map<QuotaEntity, Map<QuotaKey, Double>>> quotas(Principal principal);

  /**
   * The quota that acts on a client; empty if none does.
   *
   * @param clientId as the client says it; may be empty
   */
  Optional<QuotaTable.Bound> quota(QuotaKey key, String user, String clientId);
}
