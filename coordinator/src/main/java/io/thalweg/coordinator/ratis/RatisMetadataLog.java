package io.thalweg.coordinator.ratis;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MemberLog;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.ratis.storage.MemberFiles;
import io.thalweg.coordinator.ratis.storage.SnapshotFiles;
import io.thalweg.coordinator.ratis.storage.StorageDirectory;
import io.thalweg.coordinator.ratis.storage.TornTail;
import io.thalweg.coordinator.ratis.vote.RatisElections;
import io.thalweg.coordinator.ratis.vote.VoteCalls;
import io.thalweg.coordinator.ratis.vote.VoteFile;
import io.thalweg.coordinator.ratis.vote.VotingRight;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.coordinator.storage.LogSpace;
import io.thalweg.coordinator.storage.UnappliableEntries;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link MetadataLog} on Apache Ratis: one member of one Raft group. Any thread may call; appends
 * go straight into the member, without a socket.
 */
public final class RatisMetadataLog implements MemberLog {
  private static final Logger log = LoggerFactory.getLogger(RatisMetadataLog.class);
  private static final int TICKS_PER_TIMEOUT = 10;
  private static final long CLOSE_PATIENCE_MILLIS = 5_000;
  private static final long SPACE_NANOS = 100_000_000;
  private static final int SPACE_ROUNDS = 50;
  private static final long SNAPSHOT_TIMEOUT_MILLIS = 600_000;

  private final RatisConfig config;
  private final EventLoop loop;
  private final Consumer<Throwable> onFailure;
  private final ClientId clientId = ClientId.randomId();
  private final RaftGroupId groupId;
  private final RaftPeerId peerId;
  private final StorageDirectory directory;
  private final UnappliableEntries unappliable;
  private final FlushedMark mark;
  private final LogSpace space;
  private final VotingRight right;
  private final LoopStateMachine machine;
  private final AtomicLong nextCallId = new AtomicLong(1);
  private final ConcurrentSkipListMap<Long, LocalRequest> requests = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Long> answered = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicBoolean snapshotAsked = new AtomicBoolean();
  private final CompletableFuture<Void> leading = new CompletableFuture<>();
  private RaftServer server;
  private boolean repaired;
  private long found;
  private RaftClientAsynchronousProtocol member;
  private final AtomicLong ticks = new AtomicLong();

  private RatisMetadataLog(
      RatisConfig config,
      EventLoop loop,
      ReplicatedState state,
      LoopStateMachine.Remote remote,
      Consumer<Throwable> onFailure) {
    this.config = config;
    this.loop = loop;
    this.onFailure = onFailure;
    this.groupId = config.group().id();
    this.peerId = RaftPeerId.valueOf(config.self());
    this.directory =
        new StorageDirectory(
            config.directory(), groupId.getUuid(), config.group().name(), config.self());
    this.space =
        new LogSpace(
            directory.reserve(), LogSpace.Probe.of(config.directory()), config.reserveBytes());
    this.mark = new FlushedMark(directory.flushed());
    this.right =
        new VotingRight(
            directory.notVoting(), directory.founded(), config.others(), config.lossAccepted());
    this.unappliable = new UnappliableEntries(directory.unappliable());
    this.machine =
        new LoopStateMachine(
            loop,
            state,
            clientId,
            remote,
            new MachineHooks(),
            new MemberFiles(mark, unappliable, space),
            config.snapshotBytes());
  }

  /**
   * Opens a member: restores the last snapshot into {@code state}, on {@code loop}. Blocks for as
   * long as that takes; not to be called on the loop.
   *
   * @param state called on {@code loop} only
   * @param check checks entries of other processes
   * @param queries answers other processes
   * @param onFailure called once, on any thread, if this member cannot continue: the process should
   *     end, because its state no longer follows the log
   * @throws ThalwegException if the port is taken, or the directory is not this member's, is
   *     damaged or cannot be written
   */
  public static RatisMetadataLog open(
      RatisConfig config,
      EventLoop loop,
      ReplicatedState state,
      EntryCheck check,
      QueryHandler queries,
      Consumer<Throwable> onFailure) {
    if (loop.inLoop()) {
      throw new IllegalStateException("a log cannot be opened on the loop that applies it");
    }
    RatisMetadataLog opened =
        new RatisMetadataLog(
            config, loop, state, new LoopStateMachine.Remote(check, queries), onFailure);
    opened.start();
    return opened;
  }

  private void start() {
    RatisStart.keepProcess();
    directory.create();
    openSpace();
    directory.check();
    RatisStart.checkPort(config);
    try {
      unappliable.load();
      Optional<FlushedMark.Known> known = mark.known();
      TornTail.Repair repair = config.repair() ? repair() : null;
      found = TornTail.mend(directory.log(), known, repair);
      VoteFile.check(directory.log(), repair == null ? null : right::losing);
      SnapshotFiles.check(directory.snapshots());
      right.open(found);
      long flushed = known.map(FlushedMark.Known::index).orElse(0L);
      mark.open(Math.min(flushed, found), found);
      server =
          RaftServer.newBuilder()
              .setServerId(peerId)
              .setGroup(config.group().toRaft())
              .setOption(StartupOption.RECOVER)
              .setProperties(RatisProperties.of(config, right.isIncomplete()))
              .setParameters(RatisProperties.parameters(new VoteCalls(right)))
              .setStateMachine(machine)
              .build();
      member = (RaftClientAsynchronousProtocol) server.getDivision(groupId);
      server.start();
      beginElections();
    } catch (IOException | RuntimeException failure) {
      machine.closing();
      machine.halt();
      closeServer();
      throw RatisStart.failed(config, failure);
    }
    directory.mark();
    tick();
  }

  private TornTail.Repair repair() {
    return new TornTail.Repair(
        directory.repair(),
        () -> {
          repaired = true;
          right.losing();
        });
  }

  private void beginElections() {
    if (!config.alone()) {
      String other = config.others().iterator().next();
      right.begin(new RatisElections(loop, server, groupId, peerId, other));
    }
  }

  private void openSpace() {
    try {
      space.open();
    } catch (IOException failure) {
      throw RatisStart.failed(config, failure);
    }
    watchSpace(0);
  }

  /**
   * Watches the disk and takes a snapshot now and then while it is full, because the log may then
   * drop old entries.
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
            if (low && leading.isDone() && round % SPACE_ROUNDS == SPACE_ROUNDS - 1) {
              takeSnapshot();
            }
          } catch (IOException failure) {
            log.warn("the free space for the log cannot be read", failure);
          }
          watchSpace(round + 1);
        });
  }

  @Override
  public long found() {
    return found;
  }

  @Override
  public boolean lostEntries() {
    return repaired;
  }

  @Override
  public CompletableFuture<Void> following() {
    return right.following();
  }

  @Override
  public CompletableFuture<Void> leading() {
    return leading.copy();
  }

  @Override
  public CompletableFuture<Outcome> append(List<ByteBuffer> entry) {
    long size = entry.stream().mapToLong(ByteBuffer::remaining).sum();
    if (size > MAX_ENTRY) {
      return rejected(LoopStateMachine.tooLarge(size));
    }
    // Copied, because Ratis keeps entries in memory for longer than the appender leaves its buffers
    // untouched.
    ByteBuffer whole = ByteBuffer.allocate((int) size);
    entry.forEach(part -> whole.put(part.duplicate()));
    ByteString bytes = UnsafeByteOperations.unsafeWrap(whole.flip());
    return submit(RaftClientRequest.writeRequestType(), Message.valueOf(bytes));
  }

  @Override
  public CompletableFuture<Outcome> linearizableRead() {
    return submit(RaftClientRequest.readRequestType(), Message.EMPTY);
  }

  private CompletableFuture<Outcome> submit(RaftClientRequest.Type type, Message message) {
    LocalRequest request =
        new LocalRequest(nextCallId.getAndIncrement(), ticks.get(), message == Message.EMPTY);
    requests.put(request.callId(), request);
    if (closed.get()) {
      failed(request, "this coordinator member is closed");
      return request.outcome();
    }
    try {
      CompletableFuture<RaftClientReply> reply =
          member.submitClientRequestAsync(
              RaftClientRequest.newBuilder()
                  .setClientId(clientId)
                  .setLeaderId(peerId)
                  .setGroupId(groupId)
                  .setCallId(request.callId())
                  .setRepliedCallIds(takeAnswered())
                  .setMessage(message)
                  .setType(type)
                  .build());
      var unused = reply.whenComplete((value, failure) -> answered(request, value, failure));
    } catch (IOException | RuntimeException failure) {
      failed(request, String.valueOf(failure.getMessage()));
    }
    return request.outcome();
  }

  /** Takes the calls whose replies Ratis may forget. */
  private List<Long> takeAnswered() {
    List<Long> taken = new ArrayList<>();
    for (Long each = answered.poll(); each != null; each = answered.poll()) {
      taken.add(each);
    }
    return taken;
  }

  private void answered(LocalRequest request, RaftClientReply reply, Throwable failure) {
    if (failure != null) {
      failed(request, String.valueOf(failure.getMessage()));
      return;
    }
    if (!reply.isSuccess()
        && reply.getException().getCause() instanceof EntryRefusedException refused) {
      failed(request, refused.code() == ErrorCode.NO_SPACE, refused.reason());
      return;
    }
    if (!reply.isSuccess()) {
      failed(request, String.valueOf(reply.getException().getMessage()));
      return;
    }
    if (request.success()) {
      ByteString bytes = reply.getMessage().getContent();
      complete(
          request,
          request.read()
              ? new Committed(LoopStateMachine.index(bytes), new byte[0])
              : new Committed(reply.getLogIndex(), bytes.toByteArray()));
    }
  }

  private void failed(LocalRequest request, String reason) {
    failed(request, false, reason);
  }

  private void failed(LocalRequest request, boolean full, String reason) {
    Outcome outcome = request.failure(full, reason);
    if (outcome != null) {
      complete(request, outcome);
    }
  }

  private void complete(LocalRequest request, Outcome outcome) {
    requests.remove(request.callId());
    if (!closed.get()) {
      answered.add(request.callId());
    }
    if (request.read()) {
      request.outcome().complete(outcome);
    } else {
      loop.execute(() -> request.outcome().complete(outcome));
    }
  }

  private CompletableFuture<Outcome> rejected(String reason) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    loop.execute(() -> outcome.complete(new Rejected(reason)));
    return outcome;
  }

  private void tick() {
    loop.schedule(
        config.appendTimeout().toNanos() / TICKS_PER_TIMEOUT,
        () -> {
          if (closed.get()) {
            return;
          }
          long now = ticks.incrementAndGet();
          right.tick();
          for (LocalRequest oldest : requests.values()) {
            if (now - oldest.bornAtTick() <= TICKS_PER_TIMEOUT) {
              break;
            }
            failed(oldest, "no answer within " + config.appendTimeout().toMillis() + " ms");
          }
          tick();
        });
  }

  private void takeSnapshot() {
    if (closed.get() || !snapshotAsked.compareAndSet(false, true)) {
      return;
    }
    var unused =
        server
            .snapshotManagementAsync(
                SnapshotManagementRequest.newCreate(
                    clientId,
                    peerId,
                    groupId,
                    nextCallId.getAndIncrement(),
                    SNAPSHOT_TIMEOUT_MILLIS,
                    1))
            .whenComplete(
                (reply, failure) -> {
                  snapshotAsked.set(false);
                  if (failure != null) {
                    log.warn("no snapshot was taken; tried again later", failure);
                  }
                });
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      awaitEnd();
      return;
    }
    try {
      end();
    } finally {
      ended.complete(null);
    }
  }

  /** Waits until another thread has closed this member, perhaps after a failure. */
  private void awaitEnd() {
    try {
      ended.get(2 * CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException late) {
      log.warn("this coordinator member did not end in time", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    machine.closing();
    if (loop.inLoop()) {
      machine.halt();
    }
    Thread closing = new Thread(this::closeServer, "ratis-close-" + config.self());
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(CLOSE_PATIENCE_MILLIS);
      // The loop may have ended before the log; then nothing that waits for it will ever complete.
      machine.halt();
      machine.awaitSnapshot();
      closing.join(CLOSE_PATIENCE_MILLIS);
    } catch (InterruptedException interrupted) {
      machine.halt();
      Thread.currentThread().interrupt();
    }
    requests.values().forEach(each -> failed(each, "this coordinator member was closed"));
  }

  private void closeServer() {
    try {
      if (server != null) {
        server.close();
      }
    } catch (IOException | RuntimeException failure) {
      log.warn("closing Ratis failed", failure);
    }
  }

  private final class MachineHooks implements LoopStateMachine.Hooks {

    @Override
    public Optional<LocalRequest> local(long callId) {
      return Optional.ofNullable(requests.get(callId));
    }

    @Override
    public void failed(Throwable failure) {
      log.error("coordinator member {} cannot continue", config.self(), failure);
      Thread closing = new Thread(RatisMetadataLog.this::close, "ratis-failed-" + config.self());
      closing.setDaemon(true);
      closing.start();
      onFailure.accept(failure);
    }

    @Override
    public void leading() {
      right.leads();
      leading.complete(null);
    }

    @Override
    public void applied(TermIndex at) {
      right.applied(at.getTerm(), at.getIndex());
    }

    @Override
    public void snapshotDue() {
      takeSnapshot();
    }
  }
}
