package io.thalweg.benchmark;

import io.thalweg.benchmark.measure.Report;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.StateSnapshot;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What one Raft group's state costs: bytes of memory per bucket, run and writer, commands a second,
 * bytes of a commit, size of a snapshot and the longest piece of it. docs/scale.md computes with
 * these figures. No server and no log take part.
 */
final class StateBenchmark {
  private static final int TABLES = 100;
  private static final int BUCKETS = 1_000;
  private static final int BUCKETS_A_COMMIT = 100;
  private static final int RUNS = 10;

  private final Report report;
  private final ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  private final List<TableInfo> tables = new ArrayList<>();
  private long group;
  private long encodedBytes;
  private long applyNanos;
  private long commits;

  StateBenchmark(Report report) {
    this.report = report;
  }

  void run() {
    long empty = heap();
    apply(new Command.OpenIncarnation("s1", Map.of("flight", "grpc://127.0.0.1:1"), "", 1));
    for (int i = 0; i < TABLES; i++) {
      TablePath path = TablePath.parse("t" + i);
      Reply made =
          apply(new Command.CreateTable(path, TableJson.descriptor("id BIGINT", BUCKETS), 1));
      tables.add(((Reply.TableCreated) made).table());
    }
    long buckets = heap();
    long writer = ((Reply.WriterOpened) apply(new Command.OpenWriter())).writerId();
    commitAll(WriterStamp.NONE, RUNS);
    long runs = heap();
    commitAll(new WriterStamp(writer, (short) 0, 0), 1);
    long writers = heap();
    int count = TABLES * BUCKETS;
    report.say(
        "%,d buckets: %,d bytes of memory each; %,d runs: %,d bytes each; a writer in a bucket: %,d"
            + " bytes",
        count,
        (buckets - empty) / count,
        (long) count * RUNS,
        (runs - buckets) / ((long) count * RUNS),
        (writers - runs) / count - (runs - buckets) / ((long) count * RUNS));
    report.say(
        "commits of %d buckets: %,d bytes each as an entry, %,.0f batches a second read and applied",
        BUCKETS_A_COMMIT,
        encodedBytes / commits,
        commits * (double) BUCKETS_A_COMMIT * 1e9 / applyNanos);
    snapshot();
  }

  private void commitAll(WriterStamp stamp, int times) {
    for (int time = 0; time < times; time++) {
      for (TableInfo table : tables) {
        for (int first = 0; first < BUCKETS; first += BUCKETS_A_COMMIT) {
          List<Command.Entry> entries = new ArrayList<>(BUCKETS_A_COMMIT);
          for (int i = 0; i < BUCKETS_A_COMMIT; i++) {
            entries.add(
                new Command.Entry(
                    table.bucket(first + i), 1, null, 10, 32 + 1_000 * i, 1_000, 1, stamp));
          }
          group++;
          apply(new Command.Commit(1, group, new WalObject(1, group), 100_032, 1, entries));
        }
      }
    }
  }

  /** As a server does it: from the bytes of the entry. */
  private Reply apply(Command command) {
    byte[] encoded = CommandCodec.encode(command);
    long begin = System.nanoTime();
    Reply reply =
        state.apply(state.appliedIndex() + 1, CommandCodec.decode(new BytesReader(encoded)));
    if (command instanceof Command.Commit) {
      applyNanos += System.nanoTime() - begin;
      encodedBytes += encoded.length;
      commits++;
    }
    return reply;
  }

  private void snapshot() {
    long bytes = 0;
    long longest = 0;
    long begin = System.nanoTime();
    try (StateSnapshot snapshot = state.beginSnapshot()) {
      longest = System.nanoTime() - begin;
      for (long at = System.nanoTime(); ; at = System.nanoTime()) {
        ByteBuffer piece = snapshot.next(256 << 10);
        longest = Math.max(longest, System.nanoTime() - at);
        if (!piece.hasRemaining()) {
          break;
        }
        bytes += piece.remaining();
      }
    }
    report.say(
        "snapshot of the whole: %,d MB in %.2f s, the longest piece took %.1f ms of the loop",
        bytes >> 20, (System.nanoTime() - begin) / 1e9, longest / 1e6);
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
