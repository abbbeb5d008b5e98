package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.BucketOwner;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The brokers that clients ask for the partitions of a topic. Immutable.
 *
 * <p>Of a log any server could answer, and {@link Broker#leader} spreads them; rows with a primary
 * key are written by their bucket's owner alone.
 */
public final class Leaders {
  private final TableInfo table;
  private final List<Broker> brokers;
  private final Map<Integer, Broker> owners;

  private Leaders(TableInfo table, List<Broker> brokers, Map<Integer, Broker> owners) {
    this.table = table;
    this.brokers = brokers;
    this.owners = owners;
  }

  /**
   * Those of a table, as far as this server knows.
   *
   * @param brokers all, at least one
   */
  public static CompletableFuture<Leaders> of(
      ServerApi api, TableInfo table, List<Broker> brokers) {
    if (table.schema().primaryKey().isEmpty()) {
      return CompletableFuture.completedFuture(new Leaders(table, brokers, Map.of()));
    }
    return api.owners(Principal.SERVER, table)
        .handle(
            // Of a table that was dropped just now it does not matter who is asked.
            (owners, dropped) ->
                new Leaders(table, brokers, dropped == null ? among(brokers, owners) : Map.of()));
  }

  private static Map<Integer, Broker> among(List<Broker> brokers, List<BucketOwner> owners) {
    Map<Integer, Broker> byId = new HashMap<>();
    brokers.forEach(each -> byId.put(each.id(), each));
    Map<Integer, Broker> byBucket = new HashMap<>();
    for (BucketOwner each : owners) {
      Broker.of(each.endpoints())
          .map(owner -> byId.get(owner.id()))
          .ifPresent(owner -> byBucket.put(each.bucket(), owner));
    }
    return byBucket;
  }

  /** The broker to ask for a partition; its owner's, unless there is none for now. */
  public Broker of(int partition) {
    Broker owner = owners.get(partition);
    return owner != null ? owner : Broker.leader(brokers, table.tableId(), partition);
  }
}
