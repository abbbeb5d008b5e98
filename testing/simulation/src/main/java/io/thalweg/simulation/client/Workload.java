package io.thalweg.simulation.client;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.RandomSource;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.History;
import io.thalweg.simulation.check.KeyHistory;
import io.thalweg.simulation.check.Sighting;
import io.thalweg.simulation.check.TransactionHistory;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.KeyedDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.SimCluster;
import io.thalweg.simulation.cluster.SimParameters;
import io.thalweg.simulation.cluster.Wanted;
import io.thalweg.simulation.world.SimNetwork.Manner;
import io.thalweg.simulation.world.SimProcess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** All clients, and what they share: the tables they know, the values they send, the history. */
public final class Workload {
  /** The clients' place in the network. */
  public static final String CLIENTS = "k";

  /** The prefix of the names of tables that come and go. */
  static final String VOLATILE = "volatile";

  private static final String TTL = "table.log.ttl";

  private final SimCluster cluster;
  private final SimParameters parameters;
  private final History history;
  private final KeyHistory keyHistory;
  private final Findings findings;
  private final Topics topics;
  private final RandomSource random;
  private final List<KnownTable> tables = new ArrayList<>();
  private final List<Actor> actors = new ArrayList<>();
  private final TreeMap<String, Long> counts = new TreeMap<>();
  private final TreeMap<TableBucket, Long> ends = new TreeMap<>();
  private final Deletions deletions;
  private long nextValue = 1;
  private KeyedTable keyed;
  private PartitionedTable partitioned;
  private boolean stopped;

  /** A client that does one thing again and again until the workload stops. */
  abstract static class Actor extends SimClient {
    final Workload shared;

    Actor(Workload shared, String name) {
      super(shared.cluster, name);
      this.shared = shared;
    }

    /** Begins. */
    public abstract void start();

    /** Whether none of its requests is under way. */
    boolean idle() {
      return pending() == 0;
    }

    /**
     * Notes the answer that {@code bucket} does not hold {@code position}, where this reader was.
     */
    final void outOfRange(KnownTable table, TableBucket bucket, long position) {
      cluster().saw(new Sighting.OutOfRange(cluster().truthIndex(), name(), bucket, position));
      if (!table.expires()) {
        shared.findings.add("LOST_POSITION", name() + " at " + position + " of " + bucket);
      }
    }

    /** Asks for the first offset of {@code bucket}. */
    final void seek(
        ServerProcess server, TableBucket bucket, LongConsumer then, Runnable otherwise) {
      Deletions.Floor floor = shared.deletions.floor(server, bucket);
      ask(
          server,
          Manner.PLAIN,
          "earliest of " + bucket,
          0,
          door ->
              door.call(
                  each -> each.offset(Principal.ANONYMOUS, bucket, new OffsetSpec.Earliest())),
          (Answer<Long> answer) -> {
            if (answer.ok()) {
              cluster()
                  .saw(new Sighting.Begins(cluster().truthIndex(), name(), bucket, answer.value()));
              shared.deletions.begins(name(), floor, answer.value());
              then.accept(answer.value());
            } else {
              otherwise.run();
            }
          });
    }

    /** Fetches what is wanted of a table, and checks that nothing of it had been deleted. */
    final void fetch(
        ServerProcess server,
        String what,
        KnownTable table,
        FetchRequest request,
        Wanted wanted,
        Consumer<Answer<FrontDoor.Page>> then) {
      Deletions.Floor floor = shared.deletions.floor(server, request.bucket());
      ask(
          server,
          Manner.PLAIN,
          what + " " + request.bucket() + " from " + request.offset(),
          request.waitNanos(),
          door -> door.fetch(table.info, request, wanted),
          (Answer<FrontDoor.Page> answer) -> {
            if (answer.ok()) {
              shared.deletions.gave(name(), floor, answer.value().reads());
            }
            then.accept(answer);
          });
    }

    /** Waits a moment and continues, unless the workload has stopped. */
    final void next(Runnable task) {
      later(
          shared.parameters.thinkNanos(),
          () -> {
            if (!shared.stopped) {
              task.run();
            }
          });
    }
  }

  /** The clients of one run, which do nothing until {@link #start}. */
  public Workload(
      SimCluster cluster,
      SimParameters parameters,
      History history,
      KeyHistory keyHistory,
      TransactionHistory transactions,
      Findings findings) {
    this.cluster = cluster;
    this.parameters = parameters;
    this.history = history;
    this.keyHistory = keyHistory;
    this.findings = findings;
    this.deletions = new Deletions(findings);
    this.random = cluster.scheduler().random();
    this.topics = new Topics(transactions, random);
  }

  SimCluster cluster() {
    return cluster;
  }

  History history() {
    return history;
  }

  KeyHistory keyHistory() {
    return keyHistory;
  }

  Findings findings() {
    return findings;
  }

  Deletions deletions() {
    return deletions;
  }

  boolean stopped() {
    return stopped;
  }

  /** How often each action was done. */
  public Map<String, Long> counts() {
    return Collections.unmodifiableMap(counts);
  }

  void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /** A description of a new table. */
  public TableDescriptor describe() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(FrontDoor.COLUMNS).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of());
    String mode = List.of("auto", "auto", "inline", "object").get(random.nextInt(4));
    // Not lz4: each of its blocks takes milliseconds, and a run has thousands.
    String compression = random.nextInt(3) == 0 ? "zstd" : "none";
    TreeMap<String, String> properties = new TreeMap<>();
    properties.put("table.write.mode", mode);
    properties.put("table.log.arrow.compression.type", compression);
    switch (random.nextInt(4)) {
      case 0 -> properties.put("table.segment.target-size", "64kib");
      case 1 -> properties.put("table.segment.max-age", "1s");
      case 2 -> properties.put("table.segment.max-age", "3s");
      default -> {
        // Nothing is compacted within the time that a seed takes.
      }
    }
    // A day is longer than a run: such records end only where a client deletes them.
    String ttl = List.of("never", "never", "never", "1d", "2s", "5s").get(random.nextInt(6));
    if (!ttl.equals("never")) {
      properties.put(TTL, ttl);
    }
    boolean hashed = random.nextInt(3) == 0;
    return new TableDescriptor(
        schema,
        hashed ? 2 + random.nextInt(2) : 1 + random.nextInt(3),
        hashed ? List.of("id") : List.of(),
        properties,
        "");
  }

  /** A description of a new table with a primary key. */
  public TableDescriptor describeKeyed() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(KeyedDoor.COLUMNS).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    TreeMap<String, String> properties = new TreeMap<>();
    properties.put("table.write.mode", List.of("auto", "inline", "object").get(random.nextInt(3)));
    properties.put("table.log.arrow.compression.type", "none");
    if (random.nextInt(2) == 0) {
      properties.put("table.segment.max-age", "1s");
    }
    if (random.nextInt(3) == 0) {
      properties.put(TTL, List.of("2s", "5s").get(random.nextInt(2)));
    }
    if (random.nextInt(5) == 0) {
      properties.put("table.changelog.image", "wal");
    }
    if (random.nextInt(3) == 0) {
      properties.put("table.merge-engine", "aggregation");
      properties.put("fields.value.agg", "sum");
    }
    if (random.nextInt(3) == 0) {
      properties.put("table.row.ttl", List.of("1s", "3s").get(random.nextInt(2)));
    }
    return new TableDescriptor(schema, 2 + random.nextInt(2), List.of(), properties, "");
  }

  /** Notes that the table with a primary key exists. */
  public void knowKeyed(TableInfo info) {
    keyed = new KeyedTable(this, info);
  }

  /** The table with a primary key; null before it is known. */
  public KeyedTable keyed() {
    return keyed;
  }

  /** A description of the partitioned table. */
  public TableDescriptor describePartitioned() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(FrontDoor.PARTITIONED_COLUMNS).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of());
    TreeMap<String, String> properties = new TreeMap<>();
    properties.put("table.write.mode", List.of("auto", "inline", "object").get(random.nextInt(3)));
    properties.put("table.log.arrow.compression.type", "none");
    if (random.nextInt(2) == 0) {
      properties.put("table.segment.max-age", "1s");
    }
    return new TableDescriptor(
        schema, 1 + random.nextInt(2), List.of("part"), List.of(), properties, "");
  }

  /** Notes that the partitioned table exists. */
  public void knowPartitioned(TableInfo info) {
    partitioned = new PartitionedTable(info);
  }

  /** The partitioned table; null before it is known. */
  public PartitionedTable partitioned() {
    return partitioned;
  }

  /** The tables whose logs keep Kafka's records. */
  public Topics topics() {
    return topics;
  }

  /** Notes that a table exists. */
  public void know(KnownTable table) {
    tables.add(table);
  }

  /** Notes that a table is gone, or soon will be. */
  void forget(KnownTable table) {
    table.mayBeGone = true;
    tables.remove(table);
  }

  /** Whether a table's records expire some seconds after they were written, or are deleted. */
  static boolean expires(TableInfo table) {
    return table.descriptor().properties().containsKey(TTL);
  }

  /** Whether a client may have asked to drop the table, or may still ask. */
  static boolean mayBeGone(TableInfo table) {
    return table.path().table().startsWith(VOLATILE);
  }

  /** The log tables that clients know to exist. */
  public List<KnownTable> tables() {
    return List.copyOf(tables);
  }

  /** One of the tables. */
  KnownTable anyTable() {
    return tables.get(random.nextInt(tables.size()));
  }

  /** Values that nobody has sent. */
  List<Long> newValues(int count) {
    List<Long> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(nextValue++);
    }
    return values;
  }

  /** The same that a table takes in this bucket. */
  List<Long> newValues(int count, TableInfo table, int bucket) {
    if (!KnownTable.isHashed(table)) {
      return newValues(count);
    }
    List<Long> values = new ArrayList<>(count);
    while (values.size() < count) {
      long value = nextValue++;
      if (KnownTable.bucketOf(table, value) == bucket) {
        values.add(value);
      }
    }
    return values;
  }

  /** All values that were sent are below it. */
  long nextValue() {
    return nextValue;
  }

  /** Notes that a bucket reaches at least up to {@code end}. */
  void reaches(TableBucket bucket, long end) {
    ends.merge(bucket, end, Math::max);
  }

  /** How far a bucket reaches, as far as known. */
  long reach(TableBucket bucket) {
    return ends.getOrDefault(bucket, 0L);
  }

  /** Starts all clients. */
  public void start() {
    for (int i = 0; i < 4; i++) {
      actors.add(new PlainWriter(this, "writer" + i));
    }
    for (int i = 0; i < 3; i++) {
      actors.add(new IdempotentWriter(this, "idempotent" + i));
    }
    for (int i = 0; i < 3; i++) {
      actors.add(new TailReader(this, "tail" + i));
    }
    actors.add(new Scanner(this, "scan0"));
    actors.add(new Scanner(this, "scan1"));
    actors.add(new PinnedReader(this, "pinned0"));
    actors.add(new PinnedReader(this, "pinned1"));
    actors.add(new Asker(this, "asker"));
    actors.add(new RecordDeleter(this, "deleter"));
    actors.add(new TableMaker(this, "maker"));
    actors.add(new Alterer(this, "alterer"));
    actors.add(new KeyedWriter(this, "upsert0"));
    actors.add(new KeyedWriter(this, "upsert1"));
    actors.add(new IdempotentKeyedWriter(this, "idempotent-upsert0"));
    actors.add(new IdempotentKeyedWriter(this, "idempotent-upsert1"));
    for (int i = 0; i < 3; i++) {
      actors.add(new KeyedLooker(this, "looker" + i));
    }
    actors.add(new ChangelogReader(this, "changes"));
    actors.add(new PartitionWriter(this, "partition-writer0"));
    actors.add(new PartitionWriter(this, "partition-writer1"));
    actors.add(new PartitionDropper(this, "partition-dropper"));
    actors.add(new PartitionReader(this, "partition-reader"));
    for (int i = 0; i < Topics.NAMES.size(); i++) {
      actors.add(new TransactionalClient(this, i));
    }
    actors.add(new CommittedReader(this, "committed0"));
    actors.add(new CommittedReader(this, "committed1"));
    actors.forEach(Actor::start);
  }

  /** Stops all clients: they begin nothing new, and running requests continue. */
  public void stop() {
    stopped = true;
  }

  /** The clients that still have a request under way. */
  public List<String> busy() {
    return actors.stream().filter(actor -> !actor.idle()).map(SimProcess::name).toList();
  }
}
