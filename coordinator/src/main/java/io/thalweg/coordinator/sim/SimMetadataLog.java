package io.thalweg.coordinator.sim;

import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.sim.LogFaults.Fault;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One member of a simulated log, as long as its loop lives. Everything runs on the scheduler's one
 * thread: the member's work on the member's loop, the log's work on a loop of its own, which no
 * crash of a member stops.
 */
public final class SimMetadataLog implements MetadataLog {
  private static final int MOST_PER_DELIVERY = 8;

  private final Cluster cluster;
  private final ReplicatedState state;
  private final SimEventLoop loop;
  private final List<Append> underWay = new ArrayList<>();
  private final List<Read> reads = new ArrayList<>();
  private int position;
  private StateCopy copy;
  private int copyPosition;
  private ByteArrayOutputStream copied;
  private int sinceSnapshot;
  private boolean delivering;
  private boolean closed;
  private long lastArrivalNanos;

  private SimMetadataLog(Cluster cluster, ReplicatedState state, SimEventLoop loop) {
    this.cluster = cluster;
    this.state = state;
    this.loop = loop;
  }

  /**
   * An entry of the log.
   *
   * @param givenMillis when the log got it, by a clock that no process has
   * @param committedMillis when it was committed, by that clock
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record CommittedEntry(long index, byte[] entry, long givenMillis, long committedMillis) {}

  private static final class Append {
    final SimMetadataLog member;
    final byte[] entry;
    final long givenMillis;
    final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    boolean gone;
    boolean late;
    boolean committed;

    Append(SimMetadataLog member, byte[] entry, long givenMillis) {
      this.member = member;
      this.entry = entry;
      this.givenMillis = givenMillis;
    }
  }

  private record Read(long index, CompletableFuture<Outcome> outcome) {}

  private boolean dead() {
    return closed || loop.isStopped();
  }

  @Override
  public CompletableFuture<Outcome> append(List<ByteBuffer> entry) {
    int size = entry.stream().mapToInt(ByteBuffer::remaining).sum();
    if (closed || size > MAX_ENTRY) {
      return rejected(
          closed
              ? "this coordinator member is closed"
              : "an entry has " + size + " bytes, at most " + MAX_ENTRY + " are allowed");
    }
    ByteBuffer whole = ByteBuffer.allocate(size);
    entry.forEach(part -> whole.put(part.duplicate()));
    Append append = new Append(this, whole.array(), cluster.scheduler.wallMillis());
    underWay.add(append);
    long now = cluster.scheduler.nanoTime();
    lastArrivalNanos = Math.max(lastArrivalNanos, now + cluster.latency());
    cluster.loop.schedule(lastArrivalNanos - now, () -> cluster.arrive(append));
    return append.outcome;
  }

  @Override
  public CompletableFuture<Outcome> linearizableRead() {
    if (closed) {
      return rejected("this coordinator member is closed");
    }
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    cluster.loop.schedule(
        cluster.latency(),
        () -> {
          if (cluster.leaderless()) {
            complete(outcome, new Rejected("there is no leader"));
            return;
          }
          long index = cluster.lastIndex();
          loop.schedule(
              cluster.latency(),
              () -> {
                reads.add(new Read(index, outcome));
                answerReads();
              });
        });
    return outcome;
  }

  private CompletableFuture<Outcome> rejected(String reason) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    loop.execute(() -> outcome.complete(new Rejected(reason)));
    return outcome;
  }

  private void complete(CompletableFuture<Outcome> future, Outcome outcome) {
    loop.schedule(cluster.latency(), () -> future.complete(outcome));
  }

  private void end(Append append, Outcome outcome) {
    if (underWay.remove(append)) {
      complete(append.outcome, outcome);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Append append : List.copyOf(underWay)) {
      end(append, new Unknown("this coordinator member was closed"));
    }
    reads.forEach(
        read -> complete(read.outcome, new Rejected("this coordinator member was closed")));
    reads.clear();
  }

  // ---- applying, on the member's loop

  private void restart() {
    loop.execute(
        () -> {
          if (closed) {
            return;
          }
          boolean needed = cluster.firstKept > 0;
          if (!cluster.snapshots.isEmpty() && (needed || cluster.random.nextInt(4) > 0)) {
            restore();
          }
          deliverLater();
        });
  }

  private void deliverLater() {
    if (delivering || dead() || position >= cluster.log.size()) {
      return;
    }
    delivering = true;
    long delay =
        cluster.happens(Fault.SLOW_FOLLOWER)
            ? cluster.upTo(cluster.faults.stallNanos())
            : cluster.upTo(cluster.faults.latencyNanos()) / 4;
    loop.schedule(delay, this::deliver);
  }

  private void deliver() {
    delivering = false;
    if (closed) {
      return;
    }
    boolean behind = !cluster.snapshots.isEmpty() && cluster.snapshots.lastKey() > applied();
    boolean mustJump = position < cluster.firstKept;
    if (mustJump || (behind && cluster.happens(Fault.SNAPSHOT_JUMP))) {
      restore();
    }
    int most = 1 + cluster.random.nextInt(MOST_PER_DELIVERY);
    for (int i = 0; i < most && position < cluster.log.size() && !dead(); i++) {
      applyNext();
    }
    answerReads();
    deliverLater();
  }

  private long applied() {
    return position == 0 ? 0 : cluster.log.get(position - 1).index();
  }

  private void applyNext() {
    CommittedEntry entry = cluster.log.get(position);
    Append append = cluster.appends.get(position);
    position++;
    byte[] reply = apply(entry);
    if (append.member == this) {
      end(
          append,
          cluster.happens(Fault.LOST_REPLY)
              ? new Unknown("the reply was lost")
              : new Committed(entry.index(), reply));
    }
    if (cluster.happens(Fault.DUPLICATE_DELIVERY)) {
      int oldest = Math.max(cluster.firstKept, position - 20);
      int back = oldest + cluster.random.nextInt(Math.max(1, position - oldest));
      apply(cluster.log.get(Math.min(back, position - 1)));
    }
    sinceSnapshot++;
    snapshot();
  }

  /** Begins a snapshot when one is due, and then reads a piece of it with each entry. */
  private void snapshot() {
    int every = cluster.faults.snapshotEvery();
    if (copy == null && every > 0 && sinceSnapshot >= every) {
      sinceSnapshot = 0;
      copy = state.copy();
      copyPosition = position;
      copied = new ByteArrayOutputStream();
    }
    if (copy == null) {
      return;
    }
    ByteBuffer piece = copy.next(1 + cluster.random.nextInt(4_000));
    byte[] bytes = new byte[piece.remaining()];
    piece.get(bytes);
    copied.writeBytes(bytes);
    if (bytes.length == 0) {
      cluster.keepSnapshot(copy.appliedIndex(), copyPosition, copied.toByteArray());
      dropCopy();
    }
  }

  private void dropCopy() {
    if (copy != null) {
      copy.close();
      copy = null;
    }
  }

  private byte[] apply(CommittedEntry entry) {
    ByteBuffer lent = ByteBuffer.wrap(entry.entry().clone());
    byte[] reply = state.apply(entry.index(), lent.asReadOnlyBuffer());
    // The entry was lent for the call only: a state that keeps it finds rubbish.
    Arrays.fill(lent.array(), (byte) 0x5a);
    return reply;
  }

  private void restore() {
    var newest = cluster.snapshots.lastEntry();
    boolean older = newest.getValue().position > cluster.firstKept && cluster.snapshots.size() > 1;
    var chosen =
        older && cluster.snapshots.firstEntry().getValue().position >= cluster.firstKept
            ? (cluster.random.nextInt(2) == 0 ? cluster.snapshots.firstEntry() : newest)
            : newest;
    if (chosen.getKey() <= applied()) {
      return;
    }
    dropCopy();
    state.restore(ByteBuffer.wrap(chosen.getValue().bytes.clone()).asReadOnlyBuffer());
    position = chosen.getValue().position;
    for (Append append : List.copyOf(underWay)) {
      if (append.committed && cluster.positionOf(append) < position) {
        end(append, new Unknown("a snapshot covers the entry, its reply is lost"));
      }
    }
  }

  private void answerReads() {
    long applied = applied();
    reads.removeIf(
        read -> {
          if (read.index > applied) {
            return false;
          }
          read.outcome.complete(new Committed(applied, new byte[0]));
          return true;
        });
  }

  /** The durable truth of one simulated log. Opens members. */
  public static final class Cluster {
    private final SimScheduler scheduler;
    private final RandomSource random;
    private final SimEventLoop loop;
    private final List<CommittedEntry> log = new ArrayList<>();
    private final List<Append> appends = new ArrayList<>();
    private final ArrayDeque<Append> uncommitted = new ArrayDeque<>();
    private final TreeMap<Long, Snapshot> snapshots = new TreeMap<>();
    private final List<SimMetadataLog> members = new ArrayList<>();
    private final EnumMap<Fault, Long> counts = new EnumMap<>(Fault.class);
    private LogFaults faults;
    private int firstKept;
    private long nextIndex = 1;
    private long leaderlessUntilNanos = -1;
    private long lastCommitNanos;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Snapshot(int position, byte[] bytes) {}

    /** An empty log. */
    public Cluster(SimScheduler scheduler, RandomSource random, LogFaults faults) {
      this.scheduler = scheduler;
      this.random = random;
      this.faults = faults;
      this.loop = scheduler.newLoop("log");
    }

    /** From now on these faults happen. */
    public void faults(LogFaults newFaults) {
      faults = newFaults;
    }

    /** How often each fault has happened. */
    public Map<Fault, Long> counts() {
      return Collections.unmodifiableMap(counts);
    }

    /** Everything that was ever committed, in order: the one truth. */
    public List<CommittedEntry> committed() {
      return Collections.unmodifiableList(log);
    }

    /** For this long there is no leader; entries that are not committed yet may be lost. */
    public void loseLeader(long nanos) {
      leaderlessUntilNanos = Math.max(leaderlessUntilNanos, scheduler.nanoTime() + nanos);
      int survivors = random.nextInt(uncommitted.size() + 1);
      List<Append> all = List.copyOf(uncommitted);
      uncommitted.clear();
      for (int i = 0; i < all.size(); i++) {
        Append append = all.get(i);
        append.member.end(append, new Unknown("the leader was lost"));
        append.gone = i >= survivors;
        if (!append.gone) {
          uncommitted.add(append);
        }
      }
    }

    /**
     * Opens a member with an empty {@code state} on {@code loop}: restores a snapshot, if there is
     * one, and applies the entries after it. It lives until it is closed or its loop is stopped.
     */
    public MetadataLog open(ReplicatedState state, SimEventLoop memberLoop) {
      SimMetadataLog member = new SimMetadataLog(this, state, memberLoop);
      members.add(member);
      member.restart();
      return member;
    }

    private boolean happens(Fault fault) {
      int chance = faults.chance(fault);
      if (chance == 0 || random.nextInt(10_000) >= chance) {
        return false;
      }
      counts.merge(fault, 1L, Long::sum);
      return true;
    }

    private long upTo(long nanos) {
      return Math.floorMod(random.nextLong(), nanos);
    }

    private long latency() {
      return upTo(faults.latencyNanos());
    }

    private boolean leaderless() {
      return scheduler.nanoTime() < leaderlessUntilNanos;
    }

    private long lastIndex() {
      return log.isEmpty() ? 0 : log.get(log.size() - 1).index();
    }

    private void arrive(Append append) {
      if (!leaderless() && happens(Fault.LEADER_LOSS)) {
        loseLeader(1 + upTo(faults.stallNanos()));
      }
      if (leaderless()) {
        append.member.end(append, new Rejected("there is no leader"));
        return;
      }
      if (!append.late && happens(Fault.LATE_COMMIT)) {
        append.late = true;
        append.member.end(append, new Unknown("no answer in time"));
        loop.schedule(upTo(faults.stallNanos()), () -> arrive(append));
        return;
      }
      uncommitted.add(append);
      long now = scheduler.nanoTime();
      lastCommitNanos = Math.max(lastCommitNanos, now + latency());
      loop.schedule(lastCommitNanos - now, () -> flushed(append));
    }

    private void flushed(Append append) {
      if (append.gone || append.committed) {
        return;
      }
      if (leaderless()) {
        loop.schedule(
            leaderlessUntilNanos - scheduler.nanoTime() + latency(), () -> flushed(append));
        return;
      }
      if (append.member.loop.isStopped() && happens(Fault.LOST_TAIL)) {
        loseTail();
        return;
      }
      while (!append.committed) {
        commit(uncommitted.removeFirst());
      }
    }

    private void loseTail() {
      for (Append lost : uncommitted) {
        lost.gone = true;
        lost.member.end(lost, new Unknown("the member that had it has crashed"));
      }
      uncommitted.clear();
    }

    private void commit(Append append) {
      if (happens(Fault.INDEX_GAP)) {
        nextIndex += 1 + random.nextInt(3);
      }
      append.committed = true;
      log.add(
          new CommittedEntry(
              nextIndex++, append.entry, append.givenMillis, scheduler.wallMillis()));
      appends.add(append);
      members.removeIf(SimMetadataLog::dead);
      members.forEach(SimMetadataLog::deliverLater);
    }

    private int positionOf(Append append) {
      return appends.lastIndexOf(append);
    }

    private void keepSnapshot(long index, int position, byte[] bytes) {
      snapshots.put(index, new Snapshot(position, bytes));
      while (snapshots.size() > 2) {
        snapshots.pollFirstEntry();
      }
      if (random.nextInt(2) == 0) {
        firstKept = Math.max(firstKept, snapshots.lastEntry().getValue().position);
      }
    }
  }
}
