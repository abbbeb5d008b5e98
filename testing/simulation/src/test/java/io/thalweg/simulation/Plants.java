package io.thalweg.simulation;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Command;
import io.thalweg.coordinator.state.CommandCodec;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Incarnations;
import io.thalweg.coordinator.state.Reply;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Five bugs as systems like this one have had them. */
enum Plants implements Seams {
  /** The coordinator acknowledges a group when it has appended it, not when it is committed. */
  ACKNOWLEDGE_EARLY {
    @Override
    public CoordinatorApi coordinator(CoordinatorApi real, CoordinatorNode node) {
      return new Early(real, node);
    }
  },
  /** Writers' sequences are not looked at. */
  SKIP_DEDUPLICATION {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean checksWriter(WriterStamp stamp) {
          return false;
        }
      };
    }
  },
  /** A closed incarnation may commit. */
  SKIP_INCARNATION_CHECK {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean mayCommit(boolean open) {
          return true;
        }
      };
    }
  },
  /** A coordinator that comes back forgets the last group in its log. */
  DROP_LAST_BATCH_ON_RECOVERY {
    @Override
    public ReplicatedState state(ReplicatedState real, List<CommittedEntry> committed) {
      for (int i = committed.size() - 1; i >= 0; i--) {
        if (command(committed.get(i).entry()) instanceof Command.Commit commit
            && !commit.entries().isEmpty()) {
          return new Forgetful(real, committed.get(i).index());
        }
      }
      return real;
    }
  },
  /** Now and then a record gets the offset of the one before it. */
  REUSE_OFFSET {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public long assign(long endOffset) {
          return endOffset % 32 == 31 ? endOffset - 1 : endOffset;
        }
      };
    }
  };

  private static Command command(byte[] entry) {
    BytesReader in = new BytesReader(entry);
    return CommandCodec.decode(new BytesReader(in.raw(in.int32())));
  }

  /** Passes one entry over. */
  private record Forgetful(ReplicatedState real, long forgotten) implements ReplicatedState {
    @Override
    public byte[] apply(long index, ByteBuffer entry) {
      return real.apply(
          index,
          index == forgotten
              ? ByteBuffer.wrap(CoordinatorNode.entryHead(new Command.ForgetObjects(List.of())))
              : entry);
    }

    @Override
    public long appliedIndex() {
      return real.appliedIndex();
    }

    @Override
    public byte[] snapshot() {
      return real.snapshot();
    }

    @Override
    public void restore(ByteBuffer snapshot) {
      real.restore(snapshot);
    }
  }

  /** Answers groups with what will come of them if nothing goes wrong. */
  private static final class Early implements CoordinatorApi {
    private final CoordinatorApi real;
    private final CoordinatorNode node;
    private final Map<TableBucket, Long> ends = new TreeMap<>();
    private final Map<String, Long> groups = new TreeMap<>();

    Early(CoordinatorApi real, CoordinatorNode node) {
      this.real = real;
      this.node = node;
    }

    @Override
    public CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload) {
      CompletableFuture<Proposed> honest = real.propose(command, inlinePayload);
      return command instanceof Command.Commit commit
          ? foresee(commit)
              .<CompletableFuture<Proposed>>map(
                  reply ->
                      CompletableFuture.completedFuture(
                          new Applied(node.state().appliedIndex() + 1, reply)))
              .orElse(honest)
          : honest;
    }

    private Optional<Reply> foresee(Command.Commit commit) {
      ClusterState state = node.state();
      Optional<Incarnations.Incarnation> writer = state.incarnations().find(commit.incarnation());
      boolean simple =
          commit.entries().stream()
              .allMatch(
                  entry -> !entry.writer().present() && state.bucket(entry.bucket()).isPresent());
      if (!simple || writer.isEmpty() || !writer.get().open()) {
        return Optional.empty();
      }
      boolean inline = commit.payload() == null;
      String lane = commit.incarnation() + (inline ? "i" : "o");
      long last = (inline ? writer.get().inline() : writer.get().object()).lastGroup();
      long expected = Math.max(last, groups.getOrDefault(lane, 0L)) + 1;
      if (commit.groupSequence() != expected) {
        return Optional.empty();
      }
      groups.put(lane, expected);
      List<Reply.EntryResult> results = new ArrayList<>();
      for (Command.Entry entry : commit.entries()) {
        long end = state.bucket(entry.bucket()).map(BucketState::log).orElseThrow().endOffset();
        long base = Math.max(end, ends.getOrDefault(entry.bucket(), 0L));
        ends.put(entry.bucket(), base + entry.recordCount());
        results.add(new Reply.Stored(base, false));
      }
      return Optional.of(new Reply.Committed(results));
    }

    @Override
    public CompletableFuture<ReadIndex> readIndex() {
      return real.readIndex();
    }

    @Override
    public CompletableFuture<FeedPage> feed(long afterIndex, int maxBytes, long waitNanos) {
      return real.feed(afterIndex, maxBytes, waitNanos);
    }

    @Override
    public CompletableFuture<InlineRead> readInline(long index, int position, int length) {
      return real.readInline(index, position, length);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}
