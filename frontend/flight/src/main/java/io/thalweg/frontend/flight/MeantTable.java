package io.thalweg.frontend.flight;

import io.thalweg.format.alter.Alteration;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Finds the table that a stream means, as its client sees it. Stateless. */
final class MeantTable {
  private MeantTable() {}

  /**
   * The table of that name.
   *
   * @param tableId which table of that name; empty for any
   * @param schemaId which of its schemas gives the names of columns their meaning; empty for the
   *     current one
   */
  static CompletableFuture<TableInfo> find(
      ServerApi api,
      Principal principal,
      TablePath path,
      OptionalLong tableId,
      OptionalInt schemaId) {
    return find(api, principal, path, tableId, schemaId, List.of());
  }

  /**
   * The same.
   *
   * @param buckets that the stream names
   */
  static CompletableFuture<TableInfo> find(
      ServerApi api,
      Principal principal,
      TablePath path,
      OptionalLong tableId,
      OptionalInt schemaId,
      Collection<Integer> buckets) {
    return api.resolve(principal, path)
        .thenApply(table -> table.meant(tableId))
        .thenCompose(
            table ->
                schemaId.orElse(0) <= table.schema().schemaId()
                        && (table.isPartitioned() || buckets.stream().allMatch(table::hasBucket))
                    ? CompletableFuture.completedFuture(table)
                    // Another server may have changed it a moment ago.
                    : api.table(principal, path).thenApply(now -> now.meant(tableId)))
        .thenApply(
            table -> schemaId.isEmpty() ? table : Alteration.asOf(table, schemaId.getAsInt()));
  }
}
