package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.alter.TableChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.LogFormat;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;

/**
 * The tables that are topics. Remembers those that were asked for, so that requests in a row need
 * no look at the catalog: whoever finds out that a table is gone says so to {@link #forget}. Any
 * thread.
 */
public final class Topics {
  /** Most topics that are remembered. */
  private static final int MAX_KNOWN = 100_000;

  private final ServerApi api;
  private final Map<String, TableInfo> byName = new ConcurrentHashMap<>();
  private final Map<Long, TableInfo> byId = new ConcurrentHashMap<>();

  private final Rights rights;

  /** The topics of a server, to whoever has rights. */
  public Topics(ServerApi api, Rights rights) {
    this.api = api;
    this.rights = rights;
  }

  /**
   * The table of a topic; at once where it is known.
   *
   * @param what {@code who} wants to do to it
   * @return fails with {@link UnknownTopicOrPartitionException}, {@link InvalidTopicException},
   *     {@link TopicAuthorizationException} or a {@code ThalwegException}
   */
  public CompletableFuture<TableInfo> find(Principal who, Operation what, String topic) {
    return rights.mayOnTopic(who, what, topic) ? find(topic) : denied(topic);
  }

  private static CompletableFuture<TableInfo> denied(String topic) {
    return CompletableFuture.failedFuture(
        new TopicAuthorizationException("you may not do that to topic " + topic));
  }

  private CompletableFuture<TableInfo> find(String topic) {
    TableInfo known = byName.get(topic);
    if (known != null) {
      TableInfo latest = api.latest(known);
      if (latest.path().fullName().equals(topic)) {
        return CompletableFuture.completedFuture(latest);
      }
      forget(known); // It was renamed.
    }
    return current(topic);
  }

  /** Like {@link #find}, as the topic is after every change before the call. */
  public CompletableFuture<TableInfo> current(Principal who, Operation what, String topic) {
    return rights.mayOnTopic(who, what, topic) ? current(topic) : denied(topic);
  }

  private CompletableFuture<TableInfo> current(String topic) {
    return api.listDatabases(Principal.SERVER)
        .thenCompose(
            databases -> first(TopicNames.candidates(topic, databases.keySet()).iterator(), topic))
        .thenApply(this::remember);
  }

  private CompletableFuture<TableInfo> first(Iterator<TablePath> candidates, String topic) {
    if (!candidates.hasNext()) {
      return CompletableFuture.failedFuture(
          new UnknownTopicOrPartitionException("there is no topic '" + topic + "'"));
    }
    return api.table(Principal.SERVER, candidates.next())
        .thenApply(Optional::of)
        .exceptionally(Topics::noneOr)
        .thenCompose(
            table ->
                table
                    .filter(Topics::isTopic)
                    .map(CompletableFuture::completedFuture)
                    .orElseGet(() -> first(candidates, topic)));
  }

  /**
   * Whether a table is a topic: all are whose buckets are numbered from 0 on and whose name a topic
   * may have. A name that clients take for a server's own is none of a table of rows.
   */
  private static boolean isTopic(TableInfo table) {
    String topic = table.path().fullName();
    return !hasRows(table)
        || (!table.isPartitioned() && Topic.isValid(topic) && !Topic.isInternal(topic));
  }

  /** Whether the table keeps rows, so that records are made of them. */
  public static boolean hasRows(TableInfo table) {
    return LogFormat.of(table.descriptor()) != LogFormat.KAFKA;
  }

  private static Optional<TableInfo> noneOr(Throwable failure) {
    if (isNone(failure)) {
      return Optional.empty();
    }
    throw new CompletionException(KafkaErrors.unwrapped(failure));
  }

  private static boolean isNone(Throwable failure) {
    ErrorCode code = KafkaErrors.code(failure);
    return code == ErrorCode.TABLE_NOT_FOUND || code == ErrorCode.DATABASE_NOT_FOUND;
  }

  /** The table of a topic by its id; at once where it is known. */
  public CompletableFuture<TableInfo> find(Principal who, Operation what, Uuid topicId) {
    return find(topicId)
        .thenCompose(
            table ->
                rights.mayOnTopic(who, what, table.path())
                    ? CompletableFuture.completedFuture(table)
                    : denied(table.path().fullName()));
  }

  private CompletableFuture<TableInfo> find(Uuid topicId) {
    if (TopicIds.tableId(topicId).isEmpty()) {
      return CompletableFuture.failedFuture(
          new UnknownTopicIdException("no topic has the id " + topicId));
    }
    TableInfo known = byId.get(TopicIds.tableId(topicId).getAsLong());
    if (known != null) {
      return CompletableFuture.completedFuture(api.latest(known));
    }
    return api.resolveById(Principal.SERVER, TopicIds.tableId(topicId).getAsLong())
        .thenApply(
            table -> {
              if (!isTopic(table)) {
                throw new UnknownTopicIdException("no topic has the id " + topicId);
              }
              return remember(table);
            });
  }

  private TableInfo remember(TableInfo table) {
    if (byName.size() >= MAX_KNOWN) {
      byName.clear();
      byId.clear();
    }
    byName.put(table.path().fullName(), table);
    byId.put(table.tableId(), table);
    return table;
  }

  /** Forgets a table that is not there any more. */
  public void forget(TableInfo table) {
    byId.remove(table.tableId());
    byName.values().removeIf(each -> each.tableId() == table.tableId());
  }

  /** All topics that {@code who} may see, by name. */
  public CompletableFuture<Map<String, TableInfo>> all(Principal who) {
    return api.listDatabases(Principal.SERVER)
        .thenCompose(databases -> all(who, databases.keySet()));
  }

  private CompletableFuture<Map<String, TableInfo>> all(Principal who, Set<String> databases) {
    List<CompletableFuture<List<TableInfo>>> lists = new ArrayList<>();
    databases.forEach(database -> lists.add(api.listTables(who, database)));
    return CompletableFuture.allOf(lists.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              Map<String, TableInfo> topics = new TreeMap<>();
              for (CompletableFuture<List<TableInfo>> list : lists) {
                for (TableInfo table : list.join()) {
                  if (isTopic(table)) {
                    add(topics, table);
                  }
                }
              }
              return topics;
            });
  }

  /** Of two tables with the name of one topic, that in the database of topics is it. */
  private static void add(Map<String, TableInfo> topics, TableInfo table) {
    String topic = table.path().fullName();
    if (table.path().database().equals(TopicNames.DATABASE)) {
      topics.put(topic, table);
    } else {
      topics.putIfAbsent(topic, table);
    }
  }

  /**
   * Makes a topic, if {@code who} may.
   *
   * @param options of the table
   */
  public CompletableFuture<TableInfo> create(
      Principal who, String topic, int partitions, Map<String, String> options) {
    Map<String, String> all = new LinkedHashMap<>(options);
    all.put(LogFormat.PROPERTY, "kafka");
    TableDescriptor descriptor =
        new TableDescriptor(
            Schema.first(RecordColumns.columns(), List.of()), partitions, List.of(), all, "");
    if (!rights.mayOnTopic(who, Operation.CREATE, topic)) {
      return denied(topic);
    }
    return api.listDatabases(Principal.SERVER)
        .thenCompose(
            databases -> {
              TablePath path = TopicNames.created(topic, databases.keySet());
              boolean first =
                  path.database().equals(TopicNames.DATABASE)
                      && !databases.containsKey(TopicNames.DATABASE);
              return (first ? createDatabase() : CompletableFuture.<Void>completedFuture(null))
                  .thenCompose(done -> api.createTable(who, path, descriptor));
            })
        .thenApply(this::remember);
  }

  private CompletableFuture<Void> createDatabase() {
    return api.createDatabase(Principal.SERVER, TopicNames.DATABASE, "topics of Kafka's clients")
        .exceptionally(
            failure -> {
              if (KafkaErrors.code(failure) == ErrorCode.DATABASE_EXISTS) {
                return null;
              }
              throw new CompletionException(KafkaErrors.unwrapped(failure));
            });
  }

  /**
   * Changes a topic, for somebody who may.
   *
   * @param changes all are made, or none
   * @param only whether they are tried and not made
   */
  public CompletableFuture<TableInfo> alter(
      TableInfo table, List<TableChange> changes, boolean only) {
    if (only || changes.isEmpty()) {
      return CompletableFuture.completedFuture(Alteration.apply(table, changes));
    }
    return api.alterTable(
            Principal.SERVER, table.path(), OptionalInt.empty(), AlterText.write(changes))
        .thenApply(this::remember);
  }

  /** Drops a topic. */
  public CompletableFuture<Void> drop(Principal who, TableInfo table) {
    return api.dropTable(who, table.path()).thenRun(() -> forget(table));
  }
}
