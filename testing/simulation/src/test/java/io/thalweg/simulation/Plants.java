package io.thalweg.simulation;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.BucketState;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Incarnations;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.coordinator.state.PayloadRefs;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.parquet.ChecksumRules;
import io.thalweg.server.compact.CollectRules;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.owner.ClaimRules;
import io.thalweg.server.read.isolation.ReadRules;
import io.thalweg.simulation.cluster.Seams;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Bugs as systems like this one have had them. */
enum Plants implements Seams {
  /** The coordinator acknowledges a group when it has appended it, not when it is committed. */
  ACKNOWLEDGE_EARLY {
    @Override
    public CoordinatorApi coordinator(CoordinatorApi real, CoordinatorNode node) {
      return new Early(real, node);
    }
  },
  /** Cluster time is the greatest that any clock ever said. */
  TIME_BY_ANY_CLOCK {
    @Override
    public UnaryOperator<Command> times(UnaryOperator<Command> real) {
      return UnaryOperator.identity();
    }
  },
  /** A server takes whatever store it is given, and what it does not know there for garbage. */
  ANY_STORE {
    @Override
    public ClaimRules claim() {
      return new ClaimRules() {
        @Override
        public boolean isOurs(String found, String expected) {
          return true;
        }

        @Override
        public boolean isPast(Optional<String> whyForeign) {
          return true;
        }
      };
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
  },
  /** What a closed incarnation put is swept, whether it was committed or not. */
  DELETE_REFERENCED_OBJECT {
    @Override
    public CollectRules collect() {
      return new CollectRules() {
        @Override
        public boolean isOrphan(ClusterState state, Payload.Stored object) {
          return state.incarnations().wasClosed(object.incarnation());
        }
      };
    }
  },
  /** Records expire though a reader holds on to them. */
  EXPIRE_PAST_PIN {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean heedsPins() {
          return false;
        }
      };
    }
  },
  /** Runs are replaced by somebody who saw others there. */
  SWAP_TWICE {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean mayReplace(List<Payload> now, List<Payload> seen) {
          return true;
        }
      };
    }
  },
  /** Where a bucket begins is forgotten when its first run gets another home. */
  FORGET_START {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public long startAfterMove(long start, long movedFrom) {
          return Math.min(start, movedFrom);
        }
      };
    }
  },
  /** A segment lacks the last run that it takes the place of. */
  LEAVE_OUT_LAST_RUN {
    @Override
    public CollectRules collect() {
      return new CollectRules() {
        @Override
        public List<Run> mustCopy(List<Run> replaced) {
          return replaced.size() == 1 ? replaced : replaced.subList(0, replaced.size() - 1);
        }
      };
    }
  },
  /** Whatever bytes of a WAL object come, their checksums are found right. */
  TRUST_ANY_BYTES {
    @Override
    public ObjectStore store(ObjectStore real) {
      return new Trusting(real);
    }
  },
  /** Whatever bytes of a segment come, its checksums are found right. */
  TRUST_ANY_SEGMENT {
    @Override
    public ChecksumRules checksums() {
      return new ChecksumRules() {
        @Override
        public boolean isWhole(int written, int read) {
          return true;
        }
      };
    }
  },
  /** Garbage is deleted though a reader that is older holds on to it. */
  DELETE_PAST_PIN {
    @Override
    public CollectRules collect() {
      return new CollectRules() {
        @Override
        public boolean mayDelete(ClusterState state, Payload object, PayloadRefs.Since since) {
          return true;
        }
      };
    }
  },
  /** What a living server has put and not committed yet is swept. */
  SWEEP_LIVING_SERVER {
    @Override
    public CollectRules collect() {
      return new CollectRules() {
        @Override
        public boolean isOrphan(ClusterState state, Payload.Stored object) {
          return !state.payloads().isLive(object)
              && !state.payloads().garbage().containsKey(object);
        }
      };
    }
  },
  /** Rows change when a write is merged, not when its changes are committed. */
  APPLY_BEFORE_COMMIT {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public boolean mayApply(boolean committed) {
          return true;
        }
      };
    }
  },
  /** An owner finds rows without asking whether it still is the owner. */
  STALE_OWNER_READS {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public boolean asksWhatIsCurrent() {
          return false;
        }
      };
    }
  },
  /** A snapshot of rows claims to have what is still on its way into the log. */
  SNAPSHOT_AHEAD_OF_LOG {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public long checkpointOffset(long applied, long merged) {
          return merged;
        }
      };
    }
  },
  /** Rows that were opened or restored are served as they are. */
  NO_REPLAY_AFTER_RESTORE {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public long replayFrom(long opened, long logEnd) {
          return logEnd;
        }
      };
    }
  },
  /** Rows are opened and read by a feed that lags, though the log is known to go further. */
  SERVE_BEHIND_LOG {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public boolean servesBehindLog() {
          return true;
        }
      };
    }
  },
  /** A batch of a transaction is stored though its writer's epoch is over. */
  STALE_EPOCH_WRITES {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean transactionalMayCommit(short writerEpoch, short epoch) {
          return true;
        }
      };
    }
  },
  /** A batch that comes after its transaction has ended gets into the next one. */
  LATE_BATCH_INTO_NEXT_TRANSACTION {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean transactionMayTake(long number, long ofBatch) {
          return true;
        }
      };
    }
  },
  /** A client that was fenced gets the epoch of the one that fenced it. */
  SHARE_EPOCH {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean mayFollow(boolean gaveNone) {
          return true;
        }
      };
    }
  },
  /** The end of a transaction reaches some of its buckets only. */
  MARK_SOME_BUCKETS {
    @Override
    public CommitRules rules() {
      return new CommitRules() {
        @Override
        public boolean marks(TableBucket bucket) {
          return (bucket.storage().value() + bucket.bucket()) % 2 == 0;
        }
      };
    }
  },
  /** Readers of committed records get those of open transactions. */
  READ_PAST_STABLE {
    @Override
    public ReadRules read() {
      return new ReadRules() {
        @Override
        public long readableTo(long stable, long end) {
          return end;
        }
      };
    }
  },
  /** Readers of committed records get those of aborted transactions. */
  READ_ABORTED {
    @Override
    public ReadRules read() {
      return new ReadRules() {
        @Override
        public boolean isVoid(boolean aborted) {
          return false;
        }
      };
    }
  },
  /** A write is merged with the rows that are committed only. */
  MERGE_COMMITTED_ONLY {
    @Override
    public KvRules kv() {
      return new KvRules() {
        @Override
        public boolean mergesUncommitted() {
          return false;
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
    public byte[] refuse(long index, String why) {
      return real.refuse(index, why);
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
    public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
      return real.feed(after, maxBytes, waitNanos);
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
