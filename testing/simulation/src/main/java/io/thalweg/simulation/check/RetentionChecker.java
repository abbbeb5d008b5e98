package io.thalweg.simulation.check;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.table.TableOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Judges what a cluster expired, replaced and deleted, while {@link StateChecker} replays its log.
 * Records may expire once they are older than their table allows, and be deleted at any time, if no
 * pin keeps them; a bucket begins at exactly the offset that such a command said. Only a sender
 * that saw runs may replace them. An object may be deleted once no record lives in it, no pin is
 * older than that, and nobody can commit it any more. The checker implements these rules a second
 * time, from the commands alone.
 */
final class RetentionChecker {
  /** How far a sender's clock may be ahead without being noticed. */
  private static final long SLACK_MILLIS = 300;

  private final Findings findings;
  private final Map<String, Long> counts;

  /** While no coordinator kept time, by the true clock: when it began again → when it ended. */
  private final TreeMap<Long, Long> timeless = new TreeMap<>();

  private long lastTimeMillis;
  private boolean reopened;
  private boolean timeIsAhead;
  private final Map<TableBucket, Deque<Appended>> records = new TreeMap<>();
  private final Map<TableBucket, Long> starts = new TreeMap<>();
  private final TreeMap<Long, OpenPin> pins = new TreeMap<>();
  private final Map<Payload, Home> homes = new TreeMap<>();
  private final TreeSet<Payload> noted = new TreeSet<>();
  private final TreeSet<Payload> deleted = new TreeSet<>();
  private Before before = new Before(Map.of(), List.of());

  /** Records that were stored together, and when the log got them, by the true clock. */
  private record Appended(long endOffset, long givenMillis, long clusterMillis) {}

  /** A pin: by bucket, the first offset that existed when it was opened and must stay. */
  private record OpenPin(long incarnation, Map<TableBucket, Long> floors) {
    boolean holds(TableBucket bucket, long offset) {
      return floors.getOrDefault(bucket, Long.MAX_VALUE) <= offset;
    }
  }

  /** From which entry to which an object was some record's home. */
  private record Home(long since, long until) {}

  /**
   * What the next command may change: runs by bucket, and whether its new payload already was some
   * record's home.
   */
  private record Before(Map<TableBucket, List<Run>> runs, List<Command.Move> due) {}

  RetentionChecker(Findings findings, Map<String, Long> counts) {
    this.findings = findings;
    this.counts = counts;
  }

  /** The first offset that a bucket must have. */
  long start(TableBucket bucket) {
    return starts.getOrDefault(bucket, 0L);
  }

  private void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /** Reads the state that {@code command} is about to change. */
  void before(Command command, ClusterState state) {
    Map<TableBucket, List<Run>> runs = new HashMap<>();
    List<Command.Move> due = new ArrayList<>();
    if (command instanceof Command.ReplaceRuns replace) {
      for (Command.Move move : replace.moves()) {
        List<Run> old = runs(state, move.bucket());
        runs.put(move.bucket(), old);
        if (!old.contains(move.run())) {
          due.add(move);
        }
      }
    } else if (command instanceof Command.TrimLog trim) {
      runs.put(trim.bucket(), runs(state, trim.bucket()));
    } else if (command instanceof Command.DeleteRecords delete) {
      runs.put(delete.bucket(), runs(state, delete.bucket()));
    } else if (command.dropsBuckets()) {
      state.buckets().forEach((id, bucket) -> runs.put(id, List.copyOf(bucket.log().runs())));
    }
    before = new Before(runs, due);
  }

  private static List<Run> runs(ClusterState state, TableBucket bucket) {
    return state.bucket(bucket).map(each -> List.copyOf(each.log().runs())).orElse(List.of());
  }

  /** Judges what {@code command} changed. */
  void after(CommittedEntry entry, Command command, Reply reply, ClusterState state) {
    long index = entry.index();
    watchTime(entry, command, state);
    if (command instanceof Command.Commit commit) {
      if (commit.payload() != null) {
        put(index, new Payload.Wal(commit.payload()), state);
      }
    } else if (command instanceof Command.ReplaceRuns replace) {
      if (reply instanceof Reply.Done) {
        before.due.forEach(move -> checkSwap(index, move));
      }
      replace.moves().forEach(move -> put(index, move.run().payload(), state));
      replace.moves().forEach(move -> checkStart(index, move.bucket(), state));
    } else if (command instanceof Command.TrimLog trim) {
      checkTrim(entry, trim, state);
    } else if (command instanceof Command.DeleteRecords delete) {
      checkDelete(index, delete, reply, state);
    } else if (command.dropsBuckets()) {
      records.keySet().removeIf(bucket -> state.bucket(bucket).isEmpty());
      starts.keySet().removeIf(bucket -> state.bucket(bucket).isEmpty());
    } else if (command instanceof Command.CommitKvSnapshot snapshot) {
      snapshot.snapshot().objects().forEach(object -> put(index, object, state));
      homes.replaceAll(
          (payload, home) ->
              payload instanceof Payload.Kv
                      && home.until == Long.MAX_VALUE
                      && !state.payloads().isLive(payload)
                  ? new Home(home.since, index)
                  : home);
      count(reply instanceof Reply.Done ? "row snapshots taken" : "row snapshots not taken");
    } else {
      checkPins(index, command, reply, state);
    }
    for (List<Run> runs : before.runs.values()) {
      for (Run run : runs) {
        if (!state.payloads().isLive(run.payload())) {
          homes.computeIfPresent(
              run.payload(),
              (gone, home) -> home.until == Long.MAX_VALUE ? new Home(home.since, index) : home);
        }
      }
    }
  }

  /** Notes that the records of {@code entry} got their offsets, from {@code baseOffset} on. */
  void appended(Command.Entry entry, long baseOffset, long givenMillis, long clusterMillis) {
    if (entry.recordCount() == 0) {
      return;
    }
    records
        .computeIfAbsent(entry.bucket(), none -> new ArrayDeque<>())
        .addLast(new Appended(baseOffset + entry.recordCount(), givenMillis, clusterMillis));
  }

  /** Checks that cluster time is not ahead: at least one kind of clock is right. */
  private void watchTime(CommittedEntry entry, Command command, ClusterState state) {
    long ahead = state.clusterTimeMillis() - entry.committedMillis();
    if (ahead > SLACK_MILLIS && !timeIsAhead) {
      timeIsAhead = true;
      findings.add(
          "CLUSTER_TIME",
          "after entry %d, %s, cluster time is %d ms ahead of the true time"
              .formatted(entry.index(), command.getClass().getSimpleName(), ahead));
    }
    reopened |= command instanceof Command.OpenLog;
    if (command instanceof Command.Timed) {
      if (reopened) {
        timeless.put(entry.committedMillis(), lastTimeMillis);
        reopened = false;
      }
      lastTimeMillis = entry.committedMillis();
    }
  }

  private void put(long index, Payload payload, ClusterState state) {
    boolean live = state.payloads().isLive(payload);
    if (live || state.payloads().garbage().containsKey(payload)) {
      noted.add(payload);
    }
    if (live && homes.putIfAbsent(payload, new Home(index, Long.MAX_VALUE)) == null) {
      if (deleted.contains(payload)) {
        findings.add(
            "DELETED_LIVE", "entry " + index + " makes " + payload + " a home; it was deleted");
      }
    }
  }

  private void checkSwap(long index, Command.Move move) {
    List<Payload> there =
        before.runs.get(move.bucket()).stream()
            .filter(
                run -> run.endOffset() > move.fromOffset() && run.baseOffset() < move.toOffset())
            .map(Run::payload)
            .toList();
    if (!there.equals(move.seen())) {
      findings.add(
          "DOUBLE_SWAP",
          "entry %d replaced [%d, %d) of bucket %s, which lived in %s, by what was made of %s"
              .formatted(
                  index, move.fromOffset(), move.toOffset(), move.bucket(), there, move.seen()));
    }
  }

  private void checkTrim(CommittedEntry entry, Command.TrimLog trim, ClusterState state) {
    long index = entry.index();
    Optional<Long> start = state.bucket(trim.bucket()).map(each -> each.log().startOffset());
    if (start.isEmpty() || start.get() == start(trim.bucket())) {
      count("records not expired");
      return;
    }
    count("records expired");
    starts.put(trim.bucket(), start.get());
    Optional<Duration> ttl =
        state
            .catalog()
            .tableOf(trim.bucket().storage())
            .flatMap(table -> TableOptions.from(table.descriptor().properties()).ttl());
    // Judge by the true clock, because cluster time, which the cluster itself uses, may be wrong.
    long now = entry.committedMillis();
    Deque<Appended> all = records.getOrDefault(trim.bucket(), new ArrayDeque<>());
    while (!all.isEmpty() && all.getFirst().endOffset <= start.get()) {
      Appended ended = all.removeFirst();
      // Without a coordinator only the servers' clocks advance, and all of them may be wrong:
      // cluster time may lag until one is right again.
      long unknown =
          timeless.entrySet().stream().mapToLong(gap -> gap.getKey() - gap.getValue()).sum();
      long age = now - ended.givenMillis + unknown + SLACK_MILLIS;
      long clusterAge = state.clusterTimeMillis() - ended.clusterMillis;
      if (ttl.isEmpty() || age < ttl.get().toMillis() || clusterAge <= ttl.get().toMillis()) {
        findings.add(
            "EXPIRED_EARLY",
            ("entry %d ended offsets up to %d of bucket %s, %d ms old; they live %s; cluster time is"
                    + " %d ms ahead of the true time")
                .formatted(
                    index,
                    ended.endOffset,
                    trim.bucket(),
                    now - ended.givenMillis,
                    ttl,
                    state.clusterTimeMillis() - now));
      }
    }
    checkPinned(index, trim.bucket(), start.get());
  }

  private void checkPinned(long index, TableBucket bucket, long start) {
    pins.forEach(
        (number, pin) -> {
          if (pin.holds(bucket, start - 1)) {
            findings.add(
                "EXPIRED_PINNED",
                "entry %d ended offsets up to %d of bucket %s, which pin %d holds from %d on"
                    .formatted(index, start, bucket, number, pin.floors.get(bucket)));
          }
        });
  }

  private void checkDelete(
      long index, Command.DeleteRecords delete, Reply reply, ClusterState state) {
    TableBucket bucket = delete.bucket();
    if (reply instanceof Reply.Done && delete.beforeOffset() > start(bucket)) {
      count("records deleted");
      starts.put(bucket, delete.beforeOffset());
      Deque<Appended> all = records.getOrDefault(bucket, new ArrayDeque<>());
      while (!all.isEmpty() && all.getFirst().endOffset <= delete.beforeOffset()) {
        all.removeFirst();
      }
      checkPinned(index, bucket, delete.beforeOffset());
    } else {
      count("records not deleted");
    }
    checkStart(index, bucket, state);
  }

  /** A bucket begins where what ended last says, whatever became of its runs. */
  private void checkStart(long index, TableBucket bucket, ClusterState state) {
    state
        .bucket(bucket)
        .map(each -> each.log().startOffset())
        .filter(start -> start != start(bucket))
        .ifPresent(
            start ->
                findings.add(
                    "START",
                    "after entry %d bucket %s begins at %d, not %d"
                        .formatted(index, bucket, start, start(bucket))));
  }

  private void checkPins(long index, Command command, Reply reply, ClusterState state) {
    if (command instanceof Command.OpenPin open && reply instanceof Reply.PinOpened opened) {
      Map<TableBucket, Long> floors = new TreeMap<>();
      open.from().forEach((bucket, from) -> floors.put(bucket, Math.max(from, start(bucket))));
      pins.put(opened.pin(), new OpenPin(open.incarnation(), floors));
      count("pins opened");
    } else if (command instanceof Command.ClosePin close) {
      count(pins.remove(close.pin()) == null ? "pins closed again" : "pins closed");
    } else if (command instanceof Command.OpenIncarnation
        || command instanceof Command.CloseIncarnation) {
      pins.values().removeIf(pin -> !state.incarnations().isOpen(pin.incarnation));
    } else {
      return;
    }
    if (!pins.keySet().equals(state.pins().open().keySet())) {
      findings.add(
          "PINS",
          "after entry "
              + index
              + " pins "
              + state.pins().open().keySet()
              + " are open, not "
              + pins.keySet());
    }
  }

  /** Judges a sighting made while {@code state} was the truth. */
  void saw(Sighting sighting, ClusterState state) {
    if (sighting instanceof Sighting.Deleted seen) {
      Payload.ofKey(seen.key()).ifPresent(object -> checkDeleted(seen, object, state));
    } else if (sighting instanceof Sighting.OutOfRange seen) {
      state.bucket(seen.bucket()).ifPresent(bucket -> checkOutOfRange(seen, bucket));
    } else if (sighting instanceof Sighting.Begins seen
        && state.bucket(seen.bucket()).isPresent()
        && seen.start() > start(seen.bucket())) {
      findings.add("EARLIEST", seen + " was said; it is " + start(seen.bucket()));
    }
  }

  private void checkOutOfRange(Sighting.OutOfRange seen, BucketState bucket) {
    count("out of range");
    if (pins.values().stream().anyMatch(pin -> pin.holds(seen.bucket(), seen.offset()))) {
      findings.add("PIN_BROKEN", seen + ", though a pin holds it");
    } else if (bucket.log().startOffset() <= seen.offset()) {
      findings.add(
          "LOST_POSITION", seen + ", though the bucket begins at " + bucket.log().startOffset());
    }
  }

  private void checkDeleted(Sighting.Deleted seen, Payload.Stored object, ClusterState state) {
    deleted.add(object);
    Home home = homes.get(object);
    if (state.payloads().isLive(object)) {
      findings.add("DELETED_LIVE", seen + "; records live there");
    } else if (home != null
        && pins.keySet().stream().anyMatch(pin -> pin > home.since && pin < home.until)) {
      findings.add(
          "DELETED_PINNED", seen + "; pins " + pins.keySet() + " are open, it was a " + home);
    } else if (!noted.contains(object)) {
      count("orphans deleted");
      if (state.incarnations().isOpen(object.incarnation())) {
        findings.add("DELETED_EARLY", seen + "; its server lives and may commit it yet");
      }
    }
  }
}
