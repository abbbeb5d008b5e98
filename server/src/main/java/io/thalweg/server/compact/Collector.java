package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.state.Incarnations.Incarnation;
import io.thalweg.coordinator.state.PayloadRefs;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.wal.WalObject;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.owner.StoreClaim;
import io.thalweg.server.owner.Ticker;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes objects that are not needed: garbage that no pin holds, and orphans, which a server put
 * and did not commit before it ended. The server with the lowest open incarnation does this for the
 * cluster; two servers that both believe they have it do no harm. Owned by the server's loop.
 */
public final class Collector {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  /** All garbage is looked at this many times before the first of it may be deleted. */
  private static final int LOOKS_IN_DELAY = 16;

  private final EventLoop loop;
  private final Clock clock;
  private final Replica replica;
  private final Proposer proposer;
  private final ObjectStore store;
  private final StoreClaim claim;
  private final CompactConfig config;
  private final CollectRules rules;
  private final Ticker ticker;
  private final Map<Payload, Long> seen = new TreeMap<>();
  private long lastSweepNanos;
  private long nextLookNanos;
  private boolean working;

  /** A collector that rests until {@link #open}. */
  public Collector(
      ServerContext context, StoreClaim claim, CompactConfig config, CollectRules rules) {
    this.loop = context.loop();
    this.clock = context.clock();
    this.replica = context.replica();
    this.proposer = context.proposer();
    this.store = context.store();
    this.claim = claim;
    this.config = config;
    this.rules = rules;
    this.ticker = new Ticker(loop, config.checkInterval(), this::check);
  }

  /** Begins for {@code newIncarnation}. */
  public void open(long newIncarnation) {
    lastSweepNanos = clock.nanoTime();
    nextLookNanos = lastSweepNanos;
    ticker.open(newIncarnation);
  }

  /** Rests; work under way still ends. */
  public void close() {
    ticker.close();
    seen.clear();
  }

  private void check() {
    List<Incarnation> open = replica.state().incarnations().open();
    if (working || open.isEmpty() || open.get(0).number() != ticker.incarnation()) {
      return;
    }
    List<Payload.Stored> due = clock.nanoTime() - nextLookNanos >= 0 ? due() : List.of();
    if (!due.isEmpty()) {
      working = true;
      ifOurs("deleting " + due.size() + " objects", () -> delete(due));
    } else if (clock.nanoTime() - lastSweepNanos >= config.sweepInterval().toNanos()) {
      lastSweepNanos = clock.nanoTime();
      working = true;
      ifOurs("sweeping", () -> sweep(WalObject.PREFIX, ""));
    }
  }

  /**
   * Runs {@code then} after it has read the store's marker again: the store must be this cluster's.
   */
  private void ifOurs(String what, Runnable then) {
    loop.handle(
        claim.verify(),
        (ours, failure) -> {
          if (failure == null && ticker.incarnation() != 0) {
            then.run();
          } else {
            ended(what, failure);
          }
        });
  }

  /** Garbage that this server has known for longer than the delay and that nothing holds. */
  private List<Payload.Stored> due() {
    List<Payload.Stored> due = new ArrayList<>();
    long now = clock.nanoTime();
    Map<Payload, PayloadRefs.Since> garbage = replica.state().payloads().garbage();
    seen.keySet().retainAll(garbage.keySet());
    garbage.forEach(
        (payload, since) -> {
          long first = seen.computeIfAbsent(payload, added -> now);
          if (payload instanceof Payload.Stored object
              && due.size() < ObjectStore.MAX_BATCH
              && now - first >= config.deleteDelay().toNanos()
              && rules.mayDelete(replica.state(), object, since)) {
            due.add(object);
          }
        });
    // With a full batch there may be more.
    boolean more = due.size() == ObjectStore.MAX_BATCH;
    nextLookNanos = now + (more ? 0 : config.deleteDelay().toNanos() / LOOKS_IN_DELAY);
    return due;
  }

  private void delete(List<Payload.Stored> due) {
    loop.handle(
        store.delete(due.stream().map(Payload.Stored::key).toList()),
        (done, failure) -> {
          if (failure != null) {
            ended("deleting " + due.size() + " objects", failure);
            return;
          }
          loop.handle(
              proposer.propose(new Command.ForgetObjects(due)),
              (reply, unknown) -> ended("forgetting " + due.size() + " objects", unknown));
        });
  }

  private void ended(String what, Throwable failure) {
    if (failure != null) {
      log.info("{} failed and will be retried: {}", what, failure.toString());
    }
    working = false;
  }

  /**
   * Looks at the objects after {@code startAfter}, deletes the orphans among them, and continues.
   */
  private void sweep(String prefix, String startAfter) {
    loop.handle(
        store.list(prefix, startAfter, ObjectStore.MAX_BATCH),
        (page, failure) -> {
          if (failure != null || ticker.incarnation() == 0) {
            ended("listing " + prefix, failure);
            return;
          }
          List<String> orphans = new ArrayList<>();
          for (ObjectStore.ObjectInfo object : page) {
            Optional<Payload.Stored> payload = Payload.ofKey(object.key());
            if (payload.isPresent() && rules.isOrphan(replica.state(), payload.get())) {
              orphans.add(object.key());
            }
          }
          Runnable next = () -> sweepOn(prefix, page);
          if (orphans.isEmpty()) {
            next.run();
          } else {
            log.info("deleting {} objects that were never committed", orphans.size());
            loop.handle(
                store.delete(orphans),
                (done, refused) -> {
                  if (refused != null) {
                    ended("deleting orphans", refused);
                  } else {
                    next.run();
                  }
                });
          }
        });
  }

  private void sweepOn(String prefix, List<ObjectStore.ObjectInfo> page) {
    if (page.size() == ObjectStore.MAX_BATCH) {
      sweep(prefix, page.get(page.size() - 1).key());
    } else if (prefix.equals(WalObject.PREFIX)) {
      sweep(SegmentFile.PREFIX, "");
    } else {
      working = false;
    }
  }
}
