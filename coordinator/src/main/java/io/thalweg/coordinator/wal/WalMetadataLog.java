package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.MemberLog;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.log.RoomRule;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.coordinator.storage.LogSpace;
import io.thalweg.coordinator.storage.UnappliableEntries;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link io.thalweg.coordinator.log.MetadataLog} of one member, on files of its own. Any thread
 * may call.
 */
public final class WalMetadataLog implements MemberLog {
  private static final Logger log = LoggerFactory.getLogger(WalMetadataLog.class);
  private static final String NO_FILE =
      "the disk has no room for another file of the coordinator's log; make room and try again";

  private static final int TICKS_PER_TIMEOUT = 10;
  private static final long LEAST_FILE = 8L << 20;
  private static final int FILES_OF_A_DISK = 16;
  private static final long SPACE_NANOS = 100_000_000;
  private static final int SPACE_ROUNDS = 50;
  private static final long CLOSE_PATIENCE_MILLIS = 20_000;

  private final WalConfig config;
  private final EventLoop loop;
  private final ReplicatedState state;
  private final RoomRule rule;
  private final WalMeters meters;
  private final Consumer<Throwable> onFailure;
  private final WalDirectory directory;
  private final Applier applier;
  private final FlushedMark mark;
  private final LogSpace space;
  private final AtomicLong ticks = new AtomicLong();
  private final AtomicInteger pendingEntries = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private LogRecovery.Found found;
  private long fileBytes;
  private LogFiles files;
  private LogWriter writer;
  private Snapshots snapshots;
  private volatile boolean halted;
  private volatile long applied;

  private WalMetadataLog(
      WalConfig config,
      EventLoop loop,
      ReplicatedState state,
      RoomRule rule,
      WalMeters meters,
      Consumer<Throwable> onFailure) {
    this.config = config;
    this.loop = loop;
    this.state = state;
    this.rule = rule;
    this.meters = meters;
    this.onFailure = onFailure;
    this.directory = new WalDirectory(config.directory(), config.group(), config.member());
    this.applier = new Applier(loop, state, new UnappliableEntries(directory.unappliable()));
    this.mark = new FlushedMark(directory.flushed());
    this.space =
        new LogSpace(
            directory.reserve(), LogSpace.Probe.of(config.directory()), config.reserveBytes());
  }

  /**
   * Opens the log: restores the last snapshot and applies the entries after it, on {@code loop}.
   * Blocks for as long as that takes; not to be called on the loop.
   *
   * @param state called on {@code loop} only
   * @param rule which entries are refused first when the disk fills up
   * @param onFailure called once, on any thread, if this log cannot continue: the process should
   *     end, because its state no longer follows the log
   * @throws ThalwegException if the directory is not this coordinator's, is in use, is damaged or
   *     cannot be written
   */
  public static WalMetadataLog open(
      WalConfig config,
      EventLoop loop,
      ReplicatedState state,
      RoomRule rule,
      WalMeters meters,
      Consumer<Throwable> onFailure) {
    if (loop.inLoop()) {
      throw new IllegalStateException("a log cannot be opened on the loop that applies it");
    }
    WalMetadataLog opened = new WalMetadataLog(config, loop, state, rule, meters, onFailure);
    try {
      opened.directory.open();
      opened.start();
    } catch (IOException | RuntimeException failure) {
      opened.abandon();
      throw opened.failedToOpen(failure);
    }
    return opened;
  }

  private void start() throws IOException {
    boolean known = directory.isMarked();
    space.open();
    applier.load();
    // A first start that was interrupted leaves no marker, and acknowledged nothing.
    boolean begun = known || !LogFiles.list(config.directory()).isEmpty();
    Optional<FlushedMark.Known> marked = mark.known();
    if (known && marked.isEmpty()) {
      log.warn(
          "file {} is missing or damaged, so that nobody can tell whether the log's end is whole",
          directory.flushed());
    }
    long flushed = begun ? marked.map(FlushedMark.Known::index).orElse(0L) : 0;
    StateFiles stateFiles = new StateFiles(config.directory(), config.snapshotsKept());
    Optional<StateFiles.Read> snapshot = stateFiles.newest();
    if (snapshot.isPresent()) {
      applier.restore(snapshot.get());
    }
    long from = snapshot.map(StateFiles.Read::index).orElse(0L);
    LogRecovery recovery =
        new LogRecovery(config.directory(), LogWriter.MOST_FRAME, applier::replay);
    found = recovery.read(from, flushed, config.repair() ? this::beginRepair : null);
    applied = found.lastIndex();
    applier.keepOnly(found.lastIndex());
    LogFile last = last();
    mark.open(found.lastIndex(), found.lastIndex());
    fileBytes = fileBytes();
    SecureRandom dice = new SecureRandom();
    files = LogFiles.open(config.directory(), fileBytes, dice::nextLong, found.files());
    snapshots = new Snapshots(stateFiles, files, config);
    writer = new LogWriter(files, last, found.lastIndex() + 1, mark, meters, new WriterHooks());
    if (!known) {
      directory.mark();
    }
    writer.start();
    files.prepareOne();
    tick();
    watchSpace(0);
  }

  /** Bytes of a new file: fewer on a small disk, but it holds the largest entry. */
  private long fileBytes() throws IOException {
    long total = Files.getFileStore(config.directory()).getTotalSpace();
    long most = Math.max(LEAST_FILE, total / FILES_OF_A_DISK);
    return Math.min(config.fileBytes(), most) / Frame.BLOCK * Frame.BLOCK;
  }

  /** Notes that something gets lost before anything is cut, in case this start does not end. */
  private Path beginRepair() {
    directory.noteLoss();
    return directory.repair();
  }

  /** The file to continue, with all that was found in it on the disk; null to begin one. */
  private LogFile last() throws IOException {
    if (found.position() == 0) {
      return null;
    }
    LogFile last =
        LogFile.open(
            found.files().get(found.files().lastKey()), found.generation(), found.position());
    last.force();
    return last;
  }

  private ThalwegException failedToOpen(Throwable failure) {
    if (failure instanceof ThalwegException ours) {
      return ours.getMessage().startsWith("coordinator.log.dir")
          ? ours
          : new ThalwegException(
              ours.code(),
              "coordinator.log.dir '" + config.directory() + "': " + ours.getMessage(),
              failure);
    }
    if (String.valueOf(failure.getMessage()).contains("No space left")) {
      return new ThalwegException(
          ErrorCode.NO_SPACE,
          "coordinator.log.dir '"
              + config.directory()
              + "' has no room for a start; free some space",
          failure);
    }
    return new ThalwegException(
        ErrorCode.INTERNAL,
        "the coordinator's log in '" + config.directory() + "' cannot be opened: " + failure,
        failure);
  }

  private void abandon() {
    closed.set(true);
    halted = true;
    closeFiles();
  }

  // ---- what callers see

  @Override
  public long found() {
    return found.lastIndex();
  }

  @Override
  public boolean lostEntries() {
    return directory.hasLost();
  }

  @Override
  public void lossIsKnown() {
    directory.lossIsKnown();
  }

  @Override
  public CompletableFuture<Void> leading() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> following() {
    return new CompletableFuture<>();
  }

  @Override
  public CompletableFuture<Outcome> append(List<ByteBuffer> entry) {
    long size = entry.stream().mapToLong(ByteBuffer::remaining).sum();
    if (size > MAX_ENTRY) {
      return ended(
          new Rejected("an entry has " + size + " bytes, at most " + MAX_ENTRY + " are allowed"));
    }
    // Copied, because the state may keep parts of it; and the appender's buffers may be direct.
    ByteBuffer whole = ByteBuffer.allocate((int) size);
    entry.forEach(part -> whole.put(part.duplicate()));
    whole.flip();
    Optional<Outcome> refused = refusal(whole);
    if (refused.isPresent()) {
      return ended(refused.get());
    }
    Append append = new Append(whole, ticks.get());
    pendingEntries.incrementAndGet();
    pendingBytes.addAndGet(size);
    writer.take(append);
    if (closed.get()) {
      fail(append, false, "this log is closed"); // it may have come after the writer's end
    }
    return append.outcome();
  }

  private Optional<Outcome> refusal(ByteBuffer entry) {
    if (closed.get()) {
      return Optional.of(new Rejected("this log is closed"));
    }
    if (pendingEntries.get() >= config.pendingEntries()
        || pendingBytes.get() + entry.remaining() > config.pendingBytes()) {
      return Optional.of(
          new Rejected(
              "%d entries of %d bytes are under way (coordinator.log.pending.entries = %d, .bytes = %d); try again"
                  .formatted(
                      pendingEntries.get(),
                      pendingBytes.get(),
                      config.pendingEntries(),
                      config.pendingBytes())));
    }
    if (!rule.carriesPayload(entry.duplicate())) {
      return Optional.empty(); // it makes room, perhaps, and the file has its blocks already
    }
    Optional<String> full = space.whyNot(entry.remaining(), true);
    if (full.isEmpty() && files.isFailing() && writer.room() - pendingBytes.get() < fileBytes / 2) {
      full = Optional.of(NO_FILE);
    }
    if (full.isPresent()) {
      rule.refused(entry.duplicate());
    }
    return full.map(why -> new Rejected(true, why));
  }

  private CompletableFuture<Outcome> ended(Outcome outcome) {
    CompletableFuture<Outcome> ended = new CompletableFuture<>();
    loop.execute(() -> ended.complete(outcome));
    return ended;
  }

  /** Whatever was acknowledged has been applied, so that nobody has to be asked. */
  @Override
  public CompletableFuture<Outcome> linearizableRead() {
    return CompletableFuture.completedFuture(
        closed.get() || halted
            ? new Rejected("this log is closed")
            : new Committed(applied, new byte[0]));
  }

  // ---- entries on their way

  private final class WriterHooks implements LogWriter.Hooks {
    @Override
    public void written(List<Append> group, long firstIndex) {
      loop.execute(() -> applyAll(group, firstIndex));
    }

    @Override
    public void noRoom(List<Append> group, IOException why) {
      for (Append append : group) {
        append.notWritten();
        rule.refused(append.entry());
        fail(append, true, NO_FILE + ": " + why.getMessage());
      }
    }

    @Override
    public void failed(List<Append> group, Throwable why) {
      group.forEach(append -> fail(append, false, "the log cannot be written: " + why));
      fail(new IOException("the log cannot be written: " + why, why));
    }
  }

  /** Applies a group, on the loop, in the log's order. */
  private void applyAll(List<Append> group, long firstIndex) {
    long index = firstIndex;
    long bytes = 0;
    for (Append append : group) {
      if (halted) {
        fail(append, false, "this log is closed");
        continue;
      }
      byte[] reply;
      try {
        reply = applier.apply(index, append.entry());
      } catch (RuntimeException | Error failure) {
        fail(append, false, "it cannot be applied: " + failure);
        fail(failure);
        continue;
      }
      applied = index;
      bytes += append.size();
      if (append.success()) {
        left(append);
        append.outcome().complete(new Committed(index, reply));
      }
      index++;
    }
    if (!halted && snapshots.due(group.size(), bytes)) {
      snapshot();
    }
  }

  private void left(Append append) {
    pendingEntries.decrementAndGet();
    pendingBytes.addAndGet(-append.size());
  }

  private void fail(Append append, boolean full, String reason) {
    Outcome outcome = append.failure(full, reason);
    if (outcome != null) {
      left(append);
      loop.execute(() -> append.outcome().complete(outcome));
    }
  }

  private void tick() {
    loop.schedule(
        config.appendTimeout().toNanos() / TICKS_PER_TIMEOUT,
        () -> {
          if (closed.get()) {
            return;
          }
          long now = ticks.incrementAndGet();
          for (Append oldest : writer.underWay()) {
            if (now - oldest.bornAtTick() <= TICKS_PER_TIMEOUT) {
              break;
            }
            fail(oldest, false, "no answer within " + config.appendTimeout().toMillis() + " ms");
          }
          tick();
        });
  }

  // ---- snapshots and room

  /** Begins a snapshot if none is being written. On the loop. */
  private void snapshot() {
    if (snapshots.mayBegin()) {
      mark.force();
      snapshots.write(state.copy(), loop);
    }
  }

  /**
   * Watches the disk and takes a snapshot now and then while it is full, because then the files
   * that it covers can be used again.
   */
  private void watchSpace(int round) {
    loop.schedule(
        SPACE_NANOS,
        () -> {
          if (closed.get()) {
            return;
          }
          try {
            boolean low = space.refresh();
            if ((low || files.isFailing()) && round % SPACE_ROUNDS == SPACE_ROUNDS - 1) {
              snapshot();
            }
          } catch (IOException failure) {
            log.warn("the free space for the log cannot be read", failure);
          }
          if (files.isFailing()) {
            files.prepareOne();
          }
          watchSpace(round + 1);
        });
  }

  // ---- the end

  private void fail(Throwable failure) {
    if (failed.compareAndSet(false, true)) {
      halted = true;
      snapshots.stop();
      log.error("the coordinator's log cannot continue", failure);
      Thread closing = new Thread(this::close, "thalweg-log-failed");
      closing.setDaemon(true);
      closing.start();
      onFailure.accept(failure);
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      awaitEnd();
      return;
    }
    try {
      for (Append append : writer.end()) {
        fail(append, false, "this log is closed");
      }
      halted = true;
      snapshots.close();
    } finally {
      closeFiles();
      ended.complete(null);
    }
  }

  private void closeFiles() {
    try {
      if (files != null) {
        files.close();
      }
      if (writer != null && writer.isAlive()) {
        log.error("the log is still being written, so {} stays in use", config.directory());
      } else {
        directory.close();
      }
    } catch (IOException failure) {
      log.warn("closing the coordinator's log failed", failure);
    }
  }

  /** Waits until another thread has closed this log, perhaps after a failure. */
  private void awaitEnd() {
    try {
      ended.get(CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.warn("the coordinator's log did not end in time", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
