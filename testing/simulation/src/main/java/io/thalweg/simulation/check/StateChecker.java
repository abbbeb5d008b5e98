package io.thalweg.simulation.check;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Replays the committed log into a state of its own and compares: every process's state must equal
 * it at some index. It also runs a model with only three rules, implemented a second time: offsets
 * have no gap and are given out once, closed incarnations store nothing, and a server has one open
 * incarnation. {@link RetentionChecker} judges what may be expired or deleted, {@link
 * MarkerChecker} where transactions end.
 */
public final class StateChecker {
  private final Limits limits;
  private final CommitRules rules;
  private final Findings findings;
  private final Map<Long, String> openIncarnations = new TreeMap<>();
  private final Map<String, Long> lastGroups = new HashMap<>();
  private final Map<TableBucket, Long> ends = new TreeMap<>();
  private final Map<String, Long> counts = new TreeMap<>();
  private final RetentionChecker retention;
  private final MarkerChecker markers;

  /** A process's state, and its index. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Probe(String who, long index, byte[] snapshot) {}

  /** A checker with an empty state of its own; it adds violations to {@code findings}. */
  public StateChecker(Limits limits, CommitRules rules, Findings findings) {
    this.limits = limits;
    this.rules = rules;
    this.findings = findings;
    this.retention = new RetentionChecker(findings, counts);
    this.markers = new MarkerChecker(findings, counts, ends);
  }

  /**
   * Replays {@code committed}, compares {@code probes}, judges {@code sightings}.
   *
   * @param sightings by index
   */
  public void check(List<CommittedEntry> committed, List<Probe> probes, List<Sighting> sightings) {
    ClusterState state = new ClusterState(limits, rules);
    TreeMap<Long, List<Probe>> byIndex = new TreeMap<>();
    for (Probe probe : probes) {
      byIndex.computeIfAbsent(probe.index, none -> new ArrayList<>()).add(probe);
    }
    compare(state, byIndex.remove(0L));
    Deque<Sighting> seen = new ArrayDeque<>(sightings);
    int sinceCount = 0;
    for (CommittedEntry entry : committed) {
      while (!seen.isEmpty() && seen.getFirst().index() < entry.index()) {
        retention.saw(seen.removeFirst(), state);
      }
      BytesReader in = new BytesReader(entry.entry());
      Command command = CommandCodec.decode(new BytesReader(in.raw(in.int32())));
      retention.before(command, state);
      Reply reply = state.apply(entry.index(), command);
      retention.after(entry, command, reply, state);
      follow(entry, command, reply, state);
      markers.after(entry.index(), command, reply, state);
      compare(state, byIndex.remove(entry.index()));
      if (++sinceCount == 500) {
        sinceCount = 0;
        recount(state);
      }
    }
    seen.forEach(each -> retention.saw(each, state));
    recount(state);
    byIndex
        .values()
        .forEach(
            beyond ->
                findings.add(
                    "REPLICA_BEYOND_LOG",
                    beyond.get(0).who
                        + " had applied entry "
                        + beyond.get(0).index
                        + ", which was never committed"));
  }

  /** How often the log has each kind of event. */
  public Map<String, Long> counts() {
    return counts;
  }

  private void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  private void compare(ClusterState truth, List<Probe> probes) {
    if (probes == null) {
      return;
    }
    byte[] expected = truth.snapshot();
    for (Probe probe : probes) {
      if (!Arrays.equals(expected, probe.snapshot)) {
        findings.add(
            "REPLICA_DIFFERS",
            probe.who + " has another state at entry " + probe.index + " than the log gives");
      }
    }
  }

  private void follow(CommittedEntry entry, Command command, Reply reply, ClusterState state) {
    long index = entry.index();
    if (command instanceof Command.OpenIncarnation open
        && reply instanceof Reply.IncarnationOpened opened) {
      openIncarnations.values().removeIf(open.serverId()::equals);
      openIncarnations.put(opened.incarnation(), open.serverId());
    } else if (command instanceof Command.CloseIncarnation close) {
      openIncarnations.remove(close.incarnation());
    } else if (command instanceof Command.Commit commit) {
      follow(entry, commit, reply, state);
    } else if (command instanceof Command.ReplaceRuns replace) {
      boolean segment =
          replace.moves().stream()
              .anyMatch(move -> move.run().payload() instanceof Payload.Segment);
      String what = segment ? "segments" : "runs";
      count(what + (reply instanceof Reply.Done ? " moved" : " not moved"));
    } else if (command instanceof Command.ForgetObjects forget && !forget.objects().isEmpty()) {
      counts.merge("objects deleted", (long) forget.objects().size(), Long::sum);
    } else if (command.dropsBuckets()) {
      ends.keySet().removeIf(bucket -> state.bucket(bucket).isEmpty());
    }
    if (command instanceof Command.OpenIncarnation || command instanceof Command.CloseIncarnation) {
      Map<Long, String> open = new TreeMap<>();
      state.incarnations().open().forEach(each -> open.put(each.number(), each.serverId()));
      if (!open.equals(openIncarnations)) {
        findings.add(
            "INCARNATIONS",
            "after entry " + index + " " + open + " are open, not " + openIncarnations);
      }
      for (Incarnation each : state.incarnations().open()) {
        if (open.values().stream().filter(each.serverId()::equals).count() > 1) {
          findings.add("INCARNATIONS", "server " + each.serverId() + " has two open at " + index);
        }
      }
    }
  }

  private void follow(CommittedEntry at, Command.Commit commit, Reply reply, ClusterState state) {
    long index = at.index();
    String lane = commit.incarnation() + (commit.payload() == null ? " inline" : " object");
    long last = lastGroups.getOrDefault(lane, 0L);
    boolean again = commit.groupSequence() <= last;
    if (reply instanceof Reply.Committed) {
      count(
          again
              ? "group answered again"
              : "group in " + (commit.payload() == null ? "the entry" : "an object"));
    } else if (reply instanceof Reply.Refused refused) {
      count("group refused " + refused.code());
    } else {
      count("group before its turn");
    }
    if (reply instanceof Reply.Committed committed && !again) {
      lastGroups.put(lane, commit.groupSequence());
      if (!openIncarnations.containsKey(commit.incarnation())) {
        findings.add(
            "FENCED_COMMIT",
            "entry "
                + index
                + " stored a group of incarnation "
                + commit.incarnation()
                + ", which is closed");
      }
      for (int i = 0; i < commit.entries().size(); i++) {
        if (committed.results().get(i) instanceof Reply.Stored stored && !stored.duplicate()) {
          TableBucket bucket = commit.entries().get(i).bucket();
          long end = ends.getOrDefault(bucket, 0L);
          if (stored.baseOffset() != end) {
            findings.add(
                "OFFSETS",
                "entry "
                    + index
                    + " gave offset "
                    + stored.baseOffset()
                    + " of bucket "
                    + bucket
                    + ", whose end was "
                    + end);
          }
          retention.appended(
              commit.entries().get(i),
              stored.baseOffset(),
              at.givenMillis(),
              state.clusterTimeMillis());
          ends.put(bucket, stored.baseOffset() + commit.entries().get(i).recordCount());
          if (commit.entries().get(i).transaction() != null
              && commit.entries().get(i).owner() == null) {
            markers.stored(index, commit.entries().get(i).transaction(), bucket);
          }
        }
      }
    }
    for (Command.Entry entry : commit.entries()) {
      long end =
          state.bucket(entry.bucket()).map(BucketState::log).map(log -> log.endOffset()).orElse(0L);
      if (end != ends.getOrDefault(entry.bucket(), 0L)) {
        findings.add(
            "OFFSETS",
            "after entry "
                + index
                + " bucket "
                + entry.bucket()
                + " ends at "
                + end
                + ", not "
                + ends.getOrDefault(entry.bucket(), 0L));
      }
    }
  }

  private void recount(ClusterState state) {
    TreeMap<Payload, Integer> counts = new TreeMap<>();
    state
        .buckets()
        .forEach(
            (id, bucket) -> {
              bucket
                  .kvSnapshot()
                  .ifPresent(
                      kv -> kv.objects().forEach(file -> counts.merge(file, 1, Integer::sum)));
              long start = retention.start(id);
              long expected = bucket.log().firstRunOffset();
              long firstEnd =
                  bucket.log().runs().isEmpty()
                      ? start + 1
                      : bucket.log().runs().get(0).endOffset();
              if (bucket.log().startOffset() != start || expected > start || firstEnd <= start) {
                findings.add(
                    "START",
                    "bucket %s begins at %d, its first run is [%d, %d); it must begin at %d"
                        .formatted(id, bucket.log().startOffset(), expected, firstEnd, start));
              }
              for (Run run : bucket.log().runs()) {
                if (!(run.payload() instanceof Payload.Marker)) {
                  counts.merge(run.payload(), 1, Integer::sum);
                }
                if (run.baseOffset() != expected || run.recordCount() < 1) {
                  findings.add(
                      "OFFSETS", "the runs of bucket " + id + " have a hole at " + expected);
                }
                expected = run.endOffset();
              }
              if (expected != bucket.log().endOffset()) {
                findings.add("OFFSETS", "the runs of bucket " + id + " end at " + expected);
              }
            });
    if (!counts.equals(state.payloads().counts())) {
      findings.add(
          "PAYLOAD_COUNTS",
          "at entry "
              + state.appliedIndex()
              + " runs live in "
              + counts
              + ", counted are "
              + state.payloads().counts());
    }
    TreeSet<Payload> both = new TreeSet<>(counts.keySet());
    both.retainAll(state.payloads().garbage().keySet());
    if (!both.isEmpty()) {
      findings.add(
          "LIVE_GARBAGE",
          "at entry " + state.appliedIndex() + " records live in " + both + ", which is garbage");
    }
  }
}
