package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.ratis.storage.KnownFlushed;
import io.thalweg.coordinator.ratis.storage.MemberFiles;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.coordinator.storage.LogSpace;
import io.thalweg.coordinator.storage.UnappliableEntries;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries Ratis' calls to a {@link ReplicatedState} on its event loop, in order. Ratis calls from
 * threads of its own; it applies on one thread, so handing over keeps the log's order.
 *
 * <p>{@link #getLastAppliedTermIndex} is the last entry that was handed over. That is enough: Ratis
 * waits for all results before it asks for a snapshot, and a caller learns of an index only after
 * the entry was handed over.
 */
final class LoopStateMachine extends BaseStateMachine {
  private static final Logger log = LoggerFactory.getLogger(LoopStateMachine.class);

  /** Bytes of a snapshot that one turn of the loop makes; this takes a few milliseconds. */
  private static final int SNAPSHOT_PIECE = 256 << 10;

  private final EventLoop loop;
  private final ReplicatedState state;
  private final ClientId self;
  private final Remote remote;
  private final Hooks hooks;
  private final UnappliableEntries unappliable;
  private final FlushedMark mark;
  private final LogSpace space;
  private final long snapshotBytes;
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final Map<Long, CompletableFuture<?>> handedOver = new ConcurrentHashMap<>();
  private final AtomicLong nextTask = new AtomicLong();
  private final AtomicBoolean failed = new AtomicBoolean();
  private volatile boolean halted;
  private volatile boolean closing;
  private volatile long handedOverIndex;
  private volatile long bytesSinceSnapshot;
  private volatile long lastSnapshotSize;
  private final SnapshotWriter snapshots;
  private volatile long reportedSnapshot;

  /** The calls that other processes may make. */
  record Remote(EntryCheck check, QueryHandler queries) {}

  /** Learns what happens. Called on Ratis' threads. */
  interface Hooks {
    /** The local request of the call, if its appender still waits. */
    Optional<LocalRequest> local(long callId);

    /** Called when the member cannot continue. */
    void failed(Throwable failure);

    /** Called when the member became a leader that takes entries. */
    void leading();

    /** Called when an entry was handed over, or the state up to it was restored. */
    void applied(TermIndex at);

    /** Called when enough bytes for a snapshot have been applied. */
    void snapshotDue();
  }

  LoopStateMachine(
      EventLoop loop,
      ReplicatedState state,
      ClientId self,
      Remote remote,
      Hooks hooks,
      MemberFiles files,
      long snapshotBytes) {
    this.mark = files.mark();
    this.space = files.space();
    this.loop = loop;
    this.unappliable = files.unappliable();
    this.state = state;
    this.self = self;
    this.remote = remote;
    this.hooks = hooks;
    this.snapshotBytes = snapshotBytes;
    this.snapshots = new SnapshotWriter(this::snapshotWritten, hooks::snapshotDue);
  }

  // ---- life

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, group, raftStorage);
    getLifeCycle().transition(LifeCycle.State.STARTING);
    storage.init(raftStorage);
    deleteTemporaryFiles(raftStorage.getStorageDir().getStateMachineDir().toPath());
    restoreLatest();
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  private static void deleteTemporaryFiles(Path directory) throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, "snapshot.*.tmp")) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public void reinitialize() throws IOException {
    try {
      storage.loadLatestSnapshot();
      restoreLatest();
    } catch (IOException | RuntimeException failure) {
      fail(failure);
      throw failure;
    }
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  @Override
  public void close() {
    if (!closing && !halted) {
      fail(new IllegalStateException("Ratis closed this member on its own; its log says why"));
    }
  }

  /** Notes that this member is closing on purpose. */
  void closing() {
    closing = true;
  }

  /** Applies nothing more and fails the entries that were handed over; the loop may be gone. */
  void halt() {
    halted = true;
    IOException reason = stopped();
    handedOver.values().forEach(each -> each.completeExceptionally(reason));
  }

  /** Waits for the end of a snapshot that is being written; after {@link #halt}. */
  void awaitSnapshot() {
    snapshots.close();
  }

  private static IOException stopped() {
    return new IOException("this coordinator member has stopped");
  }

  private void fail(Throwable failure) {
    if (failed.compareAndSet(false, true)) {
      halt();
      hooks.failed(failure);
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto failedEntry) {
    fail(new IOException("the log cannot be written: " + cause, cause));
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServers) {
    close();
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    mark.flushed(index);
    hooks.applied(TermIndex.valueOf(term, index));
  }

  @Override
  public void notifyLeaderReady() {
    hooks.leading();
  }

  private <T> CompletableFuture<T> onLoop(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Long number = nextTask.getAndIncrement();
    handedOver.put(number, result);
    if (halted) {
      result.completeExceptionally(stopped());
      handedOver.remove(number);
      return result;
    }
    loop.execute(
        () -> {
          handedOver.remove(number);
          if (halted) {
            result.completeExceptionally(stopped());
            return;
          }
          try {
            result.complete(task.get());
          } catch (RuntimeException | Error failure) {
            result.completeExceptionally(failure);
          }
        });
    return result;
  }

  private <T> CompletableFuture<T> changeOnLoop(Supplier<T> change) {
    return onLoop(
        () -> {
          try {
            return change.get();
          } catch (RuntimeException | Error failure) {
            fail(failure);
            throw failure;
          }
        });
  }

  private static <T> T await(CompletableFuture<T> result) throws IOException {
    try {
      return result.get();
    } catch (ExecutionException failure) {
      throw new IOException(String.valueOf(failure.getCause().getMessage()), failure.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the coordinator's loop", interrupted);
    }
  }

  // ---- entries

  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    TransactionContext.Builder builder =
        TransactionContext.newBuilder().setStateMachine(this).setClientRequest(request);
    if (request.getClientId().equals(self)) {
      hooks.local(request.getCallId()).ifPresent(builder::setStateMachineContext);
    }
    ByteBuffer entry = request.getMessage().getContent().asReadOnlyByteBuffer();
    Optional<EntryRefusedException> refused = refusal(entry.duplicate());
    if (refused.isEmpty()) {
      ByteString admitted = UnsafeByteOperations.unsafeWrap(remote.check().admitted(entry));
      return builder.setLogData(KnownFlushed.put(handedOverIndex, admitted)).build();
    }
    TransactionContext context = builder.build();
    context.setException(refused.get());
    return context;
  }

  private Optional<EntryRefusedException> refusal(ByteBuffer entry) {
    int size = entry.remaining();
    Optional<String> whyNot =
        size > MetadataLog.MAX_ENTRY
            ? Optional.of(tooLarge(size))
            : remote.check().whyNot(entry.duplicate());
    if (whyNot.isPresent()) {
      return whyNot.map(EntryRefusedException::new);
    }
    Optional<String> full = space.whyNot(size, remote.check().carriesPayload(entry.duplicate()));
    if (full.isPresent()) {
      remote.check().refused(entry);
    }
    return full.map(EntryRefusedException::noSpace);
  }

  static String tooLarge(long size) {
    return "an entry has " + size + " bytes, at most " + MetadataLog.MAX_ENTRY + " are allowed";
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext context) throws IOException {
    if (context.getStateMachineContext() instanceof LocalRequest local && !local.mayAppend()) {
      throw new EntryRefusedException("the appender was told that the entry is rejected");
    }
    return context;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext context) {
    LogEntryProto entry = context.getLogEntry();
    ByteBuffer bytes =
        KnownFlushed.entry(entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer());
    long index = entry.getIndex();
    // Ratis gives an entry to apply only once this member has flushed it.
    mark.flushed(index);
    CompletableFuture<Message> reply =
        changeOnLoop(
            () ->
                Message.valueOf(
                    UnsafeByteOperations.unsafeWrap(unappliable.apply(state, index, bytes))));
    handedOverIndex = index;
    updateLastAppliedTermIndex(entry.getTerm(), index);
    hooks.applied(TermIndex.valueOf(entry.getTerm(), index));
    countBytes(bytes.remaining());
    return reply;
  }

  /** Counts bytes; only on the applying thread. */
  private void countBytes(int size) {
    long due = Math.max(snapshotBytes, lastSnapshotSize);
    long before = bytesSinceSnapshot;
    long now = before + size;
    bytesSinceSnapshot = now;
    if (before / due != now / due) {
      hooks.snapshotDue();
    }
  }

  @Override
  public CompletableFuture<Message> query(Message request) {
    ByteString content = request.getContent();
    if (content.isEmpty()) {
      return halted
          ? CompletableFuture.failedFuture(stopped())
          : CompletableFuture.completedFuture(Message.valueOf(index(handedOverIndex)));
    }
    return remote
        .queries()
        .answer(content.asReadOnlyByteBuffer())
        .thenApply(answer -> Message.valueOf(UnsafeByteOperations.unsafeWrap(answer)));
  }

  private static ByteString index(long index) {
    return UnsafeByteOperations.unsafeWrap(ByteBuffer.allocate(8).putLong(0, index));
  }

  static long index(ByteString bytes) {
    return bytes.asReadOnlyByteBuffer().getLong(0);
  }

  // ---- snapshots

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  /**
   * Begins a snapshot, which is written while the member continues to apply entries. If a snapshot
   * was finished since the last call, returns that one instead; Ratis then drops the entries that
   * it covers.
   */
  @Override
  public long takeSnapshot() throws IOException {
    long finished = snapshots.finishedIndex();
    if (finished > reportedSnapshot) {
      reportedSnapshot = finished;
      return finished;
    }
    TermIndex at = getLastAppliedTermIndex();
    if (halted || at.getIndex() < 1 || snapshots.isWriting()) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    bytesSinceSnapshot = 0;
    mark.force();
    StateCopy copy = await(changeOnLoop(state::copy));
    snapshots.write(
        at,
        storage.getSnapshotFile(at.getTerm(), at.getIndex()).toPath(),
        () -> await(onLoop(() -> copy.next(SNAPSHOT_PIECE))),
        () -> {
          var unused = onLoop(() -> close(copy));
        });
    return RaftLog.INVALID_LOG_INDEX;
  }

  private static boolean close(StateCopy copy) {
    copy.close();
    return true;
  }

  /** A snapshot is whole on the disk. */
  private void snapshotWritten(SingleFileSnapshotInfo snapshot, long length) {
    SingleFileSnapshotInfo latest = storage.getLatestSnapshot();
    if (latest == null || latest.getIndex() < snapshot.getIndex()) {
      storage.updateLatestSnapshot(snapshot);
    }
    lastSnapshotSize = length;
    log.debug("snapshot at {}: {} bytes", snapshot.getTermIndex(), length);
  }

  private void restoreLatest() throws IOException {
    SingleFileSnapshotInfo snapshot = storage.getLatestSnapshot();
    if (snapshot == null) {
      return;
    }
    Path file = snapshot.getFile().getPath();
    byte[] bytes = Files.readAllBytes(file);
    MD5Hash digest = MD5Hash.newInstance(MD5FileUtil.newMD5().digest(bytes));
    if (snapshot.getFile().getFileDigest() != null
        && !digest.equals(snapshot.getFile().getFileDigest())) {
      throw new IOException(
          "snapshot "
              + file
              + " is damaged: its MD5 is "
              + digest
              + ", not "
              + snapshot.getFile().getFileDigest()
              + "; restore the directory from a backup or another member");
    }
    Consumer<byte[]> restore =
        content -> {
          try {
            state.restore(ByteBuffer.wrap(content));
          } catch (ThalwegException unreadable) {
            throw new ThalwegException(
                unreadable.code(), "snapshot " + file + ": " + unreadable.getMessage());
          }
        };
    handedOverIndex =
        await(
            onLoop(
                () -> {
                  restore.accept(bytes);
                  return state.appliedIndex();
                }));
    lastSnapshotSize = bytes.length;
    setLastAppliedTermIndex(snapshot.getTermIndex());
    hooks.applied(snapshot.getTermIndex());
  }
}
