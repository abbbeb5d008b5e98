package io.thalweg.frontend.flight;

import io.thalweg.format.alter.Alteration;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
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
    CompletableFuture<TableInfo> found =
        api.resolve(principal, path).thenApply(table -> table.meant(tableId));
    if (schemaId.isEmpty()) {
      return found;
    }
    int id = schemaId.getAsInt();
    return found
        .thenCompose(
            table ->
                id <= table.schema().schemaId()
                    ? CompletableFuture.completedFuture(table)
                    // Another server may have changed it a moment ago.
                    : api.table(principal, path).thenApply(now -> now.meant(tableId)))
        .thenApply(table -> Alteration.asOf(table, id));
  }
}
