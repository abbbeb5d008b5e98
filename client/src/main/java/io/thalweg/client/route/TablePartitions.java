package io.thalweg.client.route;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.PartitionJson;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of a table, as far as this client has heard of them. Methods that ask a server say
 * so; they block their caller. Any thread.
 */
public final class TablePartitions {
  private static final Logger log = LoggerFactory.getLogger(TablePartitions.class);

  /** How long a writer waits for a partition while servers do not answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ServerActions actions;
  private final Clock clock;
  private final TableInfo opened;
  private final PartitionKey key;
  private volatile Known known;

  /**
   * What was heard last.
   *
   * @param numbers of partitions, by the values that they were asked for with
   */
  private record Known(TableInfo table, ConcurrentHashMap<List<Object>, Integer> numbers) {}

  /** Those of a table as it was when its writer, lookuper or scan was opened. */
  public TablePartitions(ServerActions actions, Clock clock, TableInfo opened) {
    this.actions = actions;
    this.clock = clock;
    this.opened = opened;
    this.key = PartitionKey.of(opened.descriptor());
    this.known = new Known(opened, new ConcurrentHashMap<>());
  }

  /** The table as it was when it was opened. */
  public TableInfo table() {
    return opened;
  }

  /** Whether the table is partitioned. */
  public boolean arePresent() {
    return opened.isPartitioned();
  }

  /** The partition columns as they were called when the table was opened. */
  public PartitionKey key() {
    return key;
  }

  /**
   * The table's number of a bucket of a partition; {@link RowPartitions#MISSING} where the
   * partition is. The partition 0 stands for a table without partitions.
   */
  public int number(int partition, int bucket) {
    return partition == RowPartitions.MISSING
        ? RowPartitions.MISSING
        : partition * opened.bucketCount() + bucket;
  }

  /** The same by row. */
  public int[] numbers(int[] partitions, int[] buckets) {
    int[] numbers = new int[buckets.length];
    for (int row = 0; row < numbers.length; row++) {
      numbers[row] = number(partitions[row], buckets[row]);
    }
    return numbers;
  }

  /**
   * The number of a row's partition; {@link RowPartitions#MISSING} where none is known.
   *
   * @param value of the key's column of that index, in the form that {@link
   *     io.thalweg.format.cast.VectorWriter} takes
   * @throws ThalwegException INVALID_REQUEST where no partition can have the values
   */
  public int find(IntFunction<Object> value) {
    Known now = known;
    List<Object> values = new ArrayList<>(key.columns().size());
    for (int i = 0; i < key.columns().size(); i++) {
      Object one = value.apply(i);
      values.add(
          one == null
              ? Optional.empty()
              : one instanceof byte[] text ? ByteBuffer.wrap(text) : one);
    }
    Integer found = now.numbers.get(values);
    if (found != null) {
      return found;
    }
    Optional<Partition> partition = now.table.partitions().find(key.texts(value));
    partition.ifPresent(there -> now.numbers.put(values, there.number()));
    return partition.map(Partition::number).orElse(RowPartitions.MISSING);
  }

  /** By row, the number of its partition; {@link RowPartitions#MISSING} where none is known. */
  public int[] find(RowPartitions rows) {
    return rows.numbers(known.table.partitions());
  }

  /** The same after asking a server, where one is not known. */
  public int ask(IntFunction<Object> value) {
    int number = find(value);
    if (number == RowPartitions.MISSING) {
      refresh();
      number = find(value);
    }
    return number;
  }

  /**
   * The same; a partition that is not there is made.
   *
   * @throws ThalwegException also PARTITION_NOT_FOUND where the table lets no write make one
   */
  public int make(IntFunction<Object> value) {
    int number = find(value);
    if (number == RowPartitions.MISSING) {
      List<String> texts = key.texts(value);
      number = make(List.of(texts)).find(texts).orElseThrow().number();
    }
    return number;
  }

  /**
   * Makes those of these partitions that are not there, asking a server.
   *
   * @return partitions among which all of {@code values} are
   * @throws ThalwegException as {@link #make(IntFunction)}
   */
  public Partitions make(List<List<String>> values) {
    Partitions now = known.table.partitions();
    if (hasAll(now, values)) {
      return now;
    }
    long begun = clock.nanoTime();
    for (int attempt = 0; ; attempt++) {
      try {
        return tryToMake(values);
      } catch (ThalwegException failure) {
        // To make a partition again that was made changes nothing.
        boolean again = failure.retryable() || failure.code() == ErrorCode.UNKNOWN_OUTCOME;
        if (!again || clock.nanoTime() - begun >= PATIENCE.toNanos()) {
          throw failure;
        }
        log.info("partitions of {} are asked for again: {}", opened.path(), failure.getMessage());
      }
      OwnerLinks.pause(attempt);
    }
  }

  private Partitions tryToMake(List<List<String>> values) {
    refresh();
    for (List<String> texts : values) {
      if (known.table.partitions().find(texts).isEmpty()) {
        makeOne(texts);
      }
    }
    Partitions now = known.table.partitions();
    if (!hasAll(now, values)) {
      throw new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND,
          "a partition of table '%s' was dropped while rows were written to it; write them again"
              .formatted(opened.path()));
    }
    return now;
  }

  private static boolean hasAll(Partitions partitions, List<List<String>> values) {
    return values.stream().allMatch(texts -> partitions.find(texts).isPresent());
  }

  private void makeOne(List<String> texts) {
    TableInfo now = known.table;
    PartitionKey.checkDynamic(now, texts);
    // By the names that the columns have now.
    PartitionKey named = PartitionKey.of(now.descriptor());
    Map<String, Optional<String>> partition = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      boolean isNull = texts.get(i).equals(Partition.NULL);
      partition.put(
          named.columns().get(i).name(), isNull ? Optional.empty() : Optional.of(texts.get(i)));
    }
    byte[] request = new PartitionJson.Request(now.path(), partition, true).toJson("if_not_exists");
    learn(PartitionJson.read(actions.change("create-partition", request).get(0)));
  }

  private synchronized void learn(Partition made) {
    TableInfo table = known.table;
    if (table.partitions().find(made.number()).isEmpty()
        && table.partitions().find(made.values()).isEmpty()) {
      known = new Known(table.with(table.partitions().with(made)), known.numbers);
    } else if (!table.partitions().find(made.number()).equals(Optional.of(made))) {
      refresh();
    }
  }

  /** Asks a server which partitions there are. */
  public void refresh() {
    learn(described(actions));
  }

  /** The table as a server knows it now, if it is the same table. */
  public TableInfo described(ServerActions server) {
    byte[] request = new TableRequest(opened.path(), false).toJson();
    return TableJson.readInfo(server.read("describe-table", request).get(0))
        .meant(OptionalLong.of(opened.tableId()));
  }

  /** Takes note of what a server said. */
  public synchronized void learn(TableInfo now) {
    // A partition whose number was given out later is not there in an answer that is older.
    if (now.partitions().next() >= known.table.partitions().next()) {
      known = new Known(now, new ConcurrentHashMap<>());
    }
  }

  /** Forgets the partition of a bucket, since a server said that it was dropped. */
  public synchronized void forget(int bucket) {
    TableInfo table = known.table;
    if (arePresent()) {
      int number = bucket / opened.bucketCount();
      known = new Known(table.with(table.partitions().without(number)), new ConcurrentHashMap<>());
    }
  }

  /**
   * Gives a bucket's number back, asking a server where its partition is not known.
   *
   * @throws ThalwegException PARTITION_NOT_FOUND or BUCKET_NOT_FOUND where there is no such bucket
   */
  public int checkBucket(int bucket) {
    if (arePresent() && !known.table.hasBucket(bucket)) {
      refresh();
    }
    return known.table.checkBucket(bucket);
  }
}
