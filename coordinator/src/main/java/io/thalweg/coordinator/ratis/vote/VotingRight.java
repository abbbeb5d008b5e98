package io.thalweg.coordinator.ratis.vote;

import io.thalweg.coordinator.storage.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether this member of a group may vote. A member that has lost entries which it may have
 * acknowledged (its directory is new or repaired) must not vote: with its vote an old log could win
 * over the better log of a member that is down. It gets the right once the others have elected a
 * leader without it and it holds everything that this leader had committed; or, in a new group,
 * once all members have said that their logs are empty. The package text specifies the file. Any
 * thread may call.
 */
public final class VotingRight {
  private static final Logger log = LoggerFactory.getLogger(VotingRight.class);
  private static final String HEAD = "thalweg-voting 1\n";

  /** A member's word about its log counts for this many ticks, of about a second each. */
  private static final int FRESH_TICKS = 30;

  private static final int PATIENCE_TICKS = 10;

  private final Path denied;
  private final Path founded;
  private final Set<String> others;
  private final boolean lossAccepted;
  private final Map<String, Long> saidEmpty = new HashMap<>();
  private final CompletableFuture<Void> following = new CompletableFuture<>();
  private Elections elections = new NoElections();
  private boolean voting;
  private boolean empty;
  private boolean explained;
  private long ticks;
  private int stalledTicks;
  private long leaderTerm = -1;
  private long committedThen;
  private long appliedTerm = -1;
  private long appliedIndex = -1;

  /** Steers Ratis. */
  interface Elections {
    /** Lets this member stand for election, or stops it. */
    void paused(boolean paused);

    /** Makes the others elect a leader again. */
    void renew();
  }

  private static final class NoElections implements Elections {
    @Override
    public void paused(boolean paused) {}

    @Override
    public void renew() {}
  }

  /**
   * The right of a member that has not opened its log yet.
   *
   * @param denied the file that exists while this member must not vote
   * @param founded the file that exists where this member has seen the group begin
   * @param others the other members
   * @param lossAccepted whether the operator wants this member to vote whatever it lacks
   */
  public VotingRight(Path denied, Path founded, Set<String> others, boolean lossAccepted) {
    this.denied = denied;
    this.founded = founded;
    this.others = Set.copyOf(others);
    this.lossAccepted = lossAccepted;
  }

  /** Notes that this member is about to lose entries; called before any change. */
  public void losing() {
    if (!others.isEmpty()) {
      write(denied, "repaired");
    }
  }

  /** Notes the log's last entry at the start. */
  public synchronized void open(long last) {
    empty = last <= 0;
    if (!others.isEmpty() && empty && !Files.exists(denied) && !Files.exists(founded)) {
      write(denied, "new");
    }
    voting = !Files.exists(denied);
    if (voting) {
      return;
    }
    if (lossAccepted) {
      log.warn("this member votes although it may lack entries, as --accept-loss says");
      voting = remove();
      return;
    }
    log.info(
        "this member's {}: it takes no part in elections until it has caught up with a leader of"
            + " the other members{}",
        empty ? "directory is new" : "log may lack entries",
        empty ? "; a new group begins once all of " + new TreeSet<>(others) + " are here" : "");
  }

  /** Takes {@code elections}, once Ratis runs. */
  public synchronized void begin(Elections begun) {
    elections = begun;
    elections.paused(isIncomplete());
  }

  /**
   * Whether this member has a part of the log and perhaps not all: then it must not stand itself.
   */
  public synchronized boolean isIncomplete() {
    return !voting && !empty;
  }

  /** Completes when this member follows a leader, and has all entries committed by then. */
  public CompletableFuture<Void> following() {
    return following.copy();
  }

  /**
   * Notes that this member leads: members with the right elected it, and an entry of its term is
   * committed.
   */
  public synchronized void leads() {
    empty = false;
    grant("it leads");
  }

  /** Notes that about a second has passed. */
  public synchronized void tick() {
    ticks++;
    if (voting || leaderTerm < 0) {
      return;
    }
    // Ratis' leader believes that a follower still has what it once had, and may never send it
    // again; a newly elected leader asks.
    stalledTicks++;
    if (stalledTicks >= PATIENCE_TICKS) {
      stalledTicks = 0;
      elections.renew();
    }
  }

  /**
   * Whether this member may answer to {@code candidate}, whose log ends with entry {@code last}.
   */
  synchronized boolean mayAnswer(String candidate, long last) {
    if (last > 0) {
      saidEmpty.remove(candidate);
      if (voting || others.size() == 1) {
        return true; // each of two members has everything that both have committed
      }
      explain(candidate, last);
      return false;
    }
    if (!empty || lossAccepted) {
      return true;
    }
    saidEmpty.put(candidate, ticks);
    saidEmpty.values().removeIf(then -> ticks - then > FRESH_TICKS);
    if (!saidEmpty.keySet().containsAll(others)) {
      return false;
    }
    if (!voting) {
      write(founded, "all members were new");
      grant("all members are new");
    }
    return voting;
  }

  private void explain(String candidate, long last) {
    if (explained) {
      return;
    }
    explained = true;
    log.warn(
        "member {} asks for the vote of this member, which lacks entries (its directory is new or"
            + " was repaired); {}'s log ends at entry {}. Another member may have more, so this one"
            + " votes for nobody: start the other members {}. If those that had more are lost"
            + " for good, start this one with --accept-loss; what only they had is lost then",
        candidate,
        candidate,
        last,
        new TreeSet<>(others));
  }

  /** Notes that a part of a snapshot came. */
  synchronized void advances() {
    stalledTicks = 0;
  }

  /** Notes that a leader has sent its committed index, and entries up to {@code lastSent}. */
  synchronized void heard(long term, long committed, long lastSent) {
    if (term > leaderTerm) {
      leaderTerm = term;
      committedThen = committed;
    }
    if (lastSent > 0 && empty) {
      empty = false;
      elections.paused(isIncomplete());
    }
    check();
  }

  /** Notes that this member has applied an entry. */
  public synchronized void applied(long term, long index) {
    stalledTicks = 0;
    appliedTerm = term;
    appliedIndex = index;
    empty &= index <= 0;
    check();
  }

  /**
   * An entry of the leader's own term that is committed has all entries of earlier terms before it.
   */
  private void check() {
    if (leaderTerm >= 0 && appliedTerm == leaderTerm && appliedIndex >= committedThen) {
      if (!empty) {
        grant("it has caught up");
      }
      following.complete(null);
    }
  }

  private void grant(String why) {
    if (!voting && remove()) {
      voting = true;
      log.info("this member votes from now on: {}", why);
      elections.paused(false);
    }
  }

  private static void write(Path file, String why) {
    try {
      DurableFile.write(file, (HEAD + why + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private boolean remove() {
    try {
      Files.deleteIfExists(denied);
      return true;
    } catch (IOException failure) {
      log.warn("{} cannot be removed, so that this member does not vote: {}", denied, failure);
      return false;
    }
  }
}
