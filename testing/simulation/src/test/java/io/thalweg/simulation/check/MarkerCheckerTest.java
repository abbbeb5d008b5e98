package io.thalweg.simulation.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a log may end transactions and take their batches, on logs written by hand. */
class MarkerCheckerTest {
  private static final TableBucket A = new TableBucket(2, 0);
  private static final TableBucket B = new TableBucket(2, 1);
  private static final long WRITER = 1;

  private final List<CommittedEntry> log = new ArrayList<>();
  private long groups;

  @BeforeEach
  void aTableAndAWriter() {
    apply(new Command.OpenIncarnation("s", Map.of(), "", 1_000));
    apply(
        new Command.CreateTable(
            TablePath.parse("t"),
            new TableDescriptor(
                Schema.first(RecordColumns.columns(), List.of()),
                2,
                List.of(),
                Map.of("table.log.format", "kafka"),
                ""),
            1_000));
    open(null);
  }

  private void apply(Command command) {
    log.add(new CommittedEntry(log.size() + 1, CoordinatorNode.entryHead(command), 1_000, 1_000));
  }

  private void open(WriterStamp before) {
    apply(new Command.OpenTransactions("w", 60_000, before));
  }

  private void write(TableBucket bucket, int epoch, long number) {
    WriterStamp stamp = new WriterStamp(WRITER, (short) epoch, 0);
    TransactionPart part = new TransactionPart(WRITER, (short) epoch, number, true);
    apply(
        new Command.Commit(
            1,
            ++groups,
            new WalObject(1, groups),
            100,
            1_000,
            List.of(new Command.Entry(bucket, 1, null, 2, 32, 68, 1_000, stamp, part))));
  }

  private void end(int epoch, long number, boolean commits, boolean bumps) {
    apply(new Command.EndTransaction("w", WRITER, (short) epoch, number, commits, bumps));
  }

  private Map<String, Long> expect(CommitRules rules, String... kinds) {
    Findings findings = new Findings();
    StateChecker checker = new StateChecker(Limits.STANDARD, rules, findings);
    checker.check(log, List.of(), List.of());
    assertThat(findings.list().stream().map(found -> found.replaceFirst(":.*", "")).distinct())
        .containsExactly(kinds);
    return checker.counts();
  }

  @Test
  void acceptsEndsThatAreMarkedEverywhereAndRequestsThatComeAgain() {
    write(A, 0, 1);
    write(B, 0, 1);
    end(0, 1, true, true);
    end(0, 1, true, true);
    write(A, 1, 2);
    open(new WriterStamp(WRITER, (short) 1, 0));
    open(new WriterStamp(WRITER, (short) 1, 0));
    write(A, 2, 3);
    end(2, 3, false, false);
    end(2, 4, false, false);
    write(B, 0, 1); // refused
    assertThat(expect(CommitRules.STANDARD))
        .containsEntry("transactions committed", 1L)
        .containsEntry("transactions aborted", 2L);
  }

  @Test
  void findsAnEndThatIsNotMarkedInOneBucket() {
    write(A, 0, 1);
    write(B, 0, 1);
    end(0, 1, true, true);
    expect(
        new CommitRules() {
          @Override
          public boolean marks(TableBucket bucket) {
            return bucket.equals(A);
          }
        },
        "MARKER");
  }

  @Test
  void findsABatchOfAnEpochThatIsOver() {
    open(null);
    write(A, 0, 1);
    expect(
        new CommitRules() {
          @Override
          public boolean transactionalMayCommit(short writerEpoch, short epoch) {
            return true;
          }
        },
        "FENCED_WRITER");
  }

  @Test
  void findsABatchOfATransactionThatHasEnded() {
    write(A, 0, 1);
    end(0, 1, true, false);
    write(B, 0, 1);
    expect(
        new CommitRules() {
          @Override
          public boolean transactionMayTake(long number, long ofBatch) {
            return true;
          }
        },
        "FENCED_WRITER");
  }

  @Test
  void findsAnEpochOfTwoClients() {
    open(null);
    open(new WriterStamp(WRITER, (short) 0, 0));
    expect(
        new CommitRules() {
          @Override
          public boolean mayFollow(boolean gaveNone) {
            return true;
          }
        },
        "SHARED_EPOCH");
  }
}
