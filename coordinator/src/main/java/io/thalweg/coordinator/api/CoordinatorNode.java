package io.thalweg.coordinator.api;

import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.InlineBytes;
import io.thalweg.coordinator.api.CoordinatorApi.InlineGone;
import io.thalweg.coordinator.api.CoordinatorApi.InlineRead;
import io.thalweg.coordinator.api.CoordinatorApi.NoInline;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Meters;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One coordinator member's memory: the {@link ClusterState}, the inline payloads that are some
 * record's home, and the feed. Everything runs on its event loop.
 */
public final class CoordinatorNode implements ReplicatedState {
  private static final Logger log = LoggerFactory.getLogger(CoordinatorNode.class);

  /** The clock of who measures nothing. */
  private static final Clock NO_TIME =
      new Clock() {
        @Override
        public long nanoTime() {
          return 0;
        }

        @Override
        public long wallMillis() {
          return 0;
        }
      };

  private final EventLoop loop;
  private final CoordinatorMeters meters;
  private final Supplier<ClusterState> emptyState;
  private final Feed feed;
  private final TreeMap<Long, byte[]> inline = new TreeMap<>();
  private ClusterState state;
  private boolean opened;
  private Runnable whenOpened = () -> {};
  private volatile long clusterMillis = TimeLimit.UNKNOWN;
  private long unappliableEntries;
  private AppliedListener listener = (index, command, reply) -> {};

  /** Learns of each applied command, on the coordinator's loop. */
  @FunctionalInterface
  public interface AppliedListener {
    /** The node applied {@code command} at {@code index}, with {@code reply}. */
    void applied(long index, Command command, Reply reply);
  }

  /** A member with an empty state, on {@code loop}, that nobody measures. */
  public CoordinatorNode(
      EventLoop loop, CoordinatorConfig config, Supplier<ClusterState> emptyState) {
    this(loop, config, emptyState, new CoordinatorMeters(NO_TIME, Meters.NONE));
  }

  /** A member with an empty state, on {@code loop}. */
  public CoordinatorNode(
      EventLoop loop,
      CoordinatorConfig config,
      Supplier<ClusterState> emptyState,
      CoordinatorMeters meters) {
    this.loop = loop;
    this.meters = meters;
    this.emptyState = emptyState;
    this.state = emptyState.get();
    this.feed = new Feed(loop, config.feedBytes(), () -> state.snapshot(), meters);
  }

  /** Adds a listener for every command applied from now on. On the loop. */
  public void listen(AppliedListener another) {
    AppliedListener before = listener;
    listener =
        (index, command, reply) -> {
          before.applied(index, command, reply);
          another.applied(index, command, reply);
        };
  }

  /** The loop that owns this member. */
  public EventLoop loop() {
    return loop;
  }

  /** The state, to be read on the loop only. */
  public ClusterState state() {
    loop.assertInLoop();
    return state;
  }

  @Override
  public byte[] apply(long index, ByteBuffer entry) {
    loop.assertInLoop();
    if (index <= state.appliedIndex()) {
      return new byte[0];
    }
    return apply(index, EntryForm.read(entry));
  }

  @Override
  public byte[] refuse(long index, String why) {
    loop.assertInLoop();
    return index <= state.appliedIndex()
        ? new byte[0]
        : apply(index, EntryForm.unappliable("it cannot be applied: " + why));
  }

  private byte[] apply(long index, EntryForm.Entry entry) {
    Command command = entry.command();
    Reply reply = state.apply(index, command);
    meters.applied(state);
    if (command instanceof Command.Unappliable unappliable) {
      unappliableEntries++;
      log.error("entry {} of the log is refused on every member: {}", index, unappliable.reason());
    } else if (command instanceof Command.Commit && state.payloads().isInlineLive(index)) {
      inline.put(index, entry.payload());
    } else if (command instanceof Command.ReplaceRuns replace) {
      for (Command.Move move : replace.moves()) {
        for (Payload payload : move.seen()) {
          if (payload instanceof Payload.Inline gone
              && !state.payloads().isInlineLive(gone.index())) {
            inline.remove(gone.index());
          }
        }
      }
    } else if (command.dropsBuckets() || command.endsRecords()) {
      inline.keySet().removeIf(each -> !state.payloads().isInlineLive(each));
    }
    publishTime();
    feed.add(index, entry.encoded());
    listener.applied(index, command, reply);
    return ReplyCodec.encode(reply);
  }

  /** Publishes the cluster time. Zero means "none yet" only once every earlier entry is applied. */
  private void publishTime() {
    long time = state.clusterTimeMillis();
    clusterMillis = time == 0 && !opened ? TimeLimit.UNKNOWN : time;
  }

  /**
   * Cluster time as far as it is applied here, milliseconds since the epoch; 0 while the cluster
   * has none yet, {@link TimeLimit#UNKNOWN} while entries are replayed. Any thread.
   */
  public long clusterMillis() {
    return clusterMillis;
  }

  /** The number of entries since this member's start that no member applies. */
  public long unappliableEntries() {
    loop.assertInLoop();
    return unappliableEntries;
  }

  @Override
  public long appliedIndex() {
    return state.appliedIndex();
  }

  @Override
  public byte[] snapshot() {
    return StateCopy.whole(copy());
  }

  @Override
  public StateCopy copy() {
    loop.assertInLoop();
    return meters.timed(new NodeCopy(state, inline));
  }

  @Override
  public void restore(ByteBuffer snapshot) {
    loop.assertInLoop();
    NodeCopy.Parts parts = NodeCopy.read(snapshot);
    ClusterState restored = emptyState.get();
    restored.restore(parts.state());
    state = restored;
    meters.shows(state);
    publishTime();
    inline.clear();
    inline.putAll(parts.inline());
    feed.restart(state.appliedIndex());
  }

  /** See {@link CoordinatorApi#feed}; on the loop. */
  public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
    loop.assertInLoop();
    Optional<String> foreign = whyForeign(after);
    if (foreign.isPresent()) {
      return CompletableFuture.completedFuture(new CoordinatorApi.Foreign(foreign.get()));
    }
    return feed.after(after.index(), maxBytes, waitNanos);
  }

  private Optional<String> whyForeign(LogPosition after) {
    if (after.timeline() < state.lineage().timeline() && after.index() > 0) {
      return Optional.of("the log was restored from a backup since");
    }
    // Until this life's opening is applied, this member may still replay entries that the caller
    // has.
    boolean known = opened || after.index() <= state.appliedIndex();
    return after.index() > 0 && known
        ? state.lineage().whyForeign(after, state.appliedIndex())
        : Optional.empty();
  }

  /**
   * Notes that this life's opening of the log is applied, and with it everything committed before.
   */
  void opened() {
    loop.assertInLoop();
    opened = true;
    publishTime();
    whenOpened.run();
  }

  /** Whether this life's opening of the log is applied. On the loop. */
  boolean isOpened() {
    return opened;
  }

  /** Runs {@code task} as soon as this life's opening of the log is applied. On the loop. */
  void whenOpened(Runnable task) {
    whenOpened = task;
    if (opened) {
      task.run();
    }
  }

  /** See {@link CoordinatorApi#readInline}; on the loop. */
  public InlineRead readInline(long index, int position, int length) {
    loop.assertInLoop();
    if (index > state.appliedIndex()) {
      return new NoInline(
          "this coordinator has applied entries up to "
              + state.appliedIndex()
              + " and does not know entry "
              + index
              + " yet");
    }
    byte[] payload = inline.get(index);
    if (payload == null) {
      return new InlineGone(state.appliedIndex());
    }
    if (position < 0 || length < 0 || position > payload.length - length) {
      return new NoInline(
          "bytes ["
              + position
              + ", "
              + (position + (long) length)
              + ") lie outside the inline payload of entry "
              + index);
    }
    return new InlineBytes(
        ByteBuffer.wrap(Arrays.copyOfRange(payload, position, position + length)));
  }

  /** The beginning of a log entry: the command, without the payload that follows it. */
  public static byte[] entryHead(Command command) {
    return EntryForm.head(command);
  }
}
