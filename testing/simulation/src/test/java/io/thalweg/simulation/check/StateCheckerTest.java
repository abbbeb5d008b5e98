package io.thalweg.simulation.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.sim.SimMetadataLog.CommittedEntry;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.wal.WalObject;
import io.thalweg.simulation.cluster.FrontDoor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a cluster may let go, on histories written by hand. */
class StateCheckerTest {
  private static final TableBucket B = new TableBucket(2, 0);
  private static final int EPOCH = 1;
  private static final Payload.Wal FIRST = new Payload.Wal(new WalObject(1, 1));
  private static final Payload.Wal SECOND = new Payload.Wal(new WalObject(1, 2));

  private final List<CommittedEntry> log = new ArrayList<>();
  private final List<Sighting> sightings = new ArrayList<>();
  private CommitRules rules = CommitRules.STANDARD;

  /** Server s has put ten records of time 1000 into an object; they expire after 2000. */
  @BeforeEach
  void tenRecords() {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(FrontDoor.COLUMNS).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of());
    Map<String, String> properties = Map.of("table.log.ttl", "2s");
    apply(new Command.OpenIncarnation("s", Map.of(), "", 1_000));
    apply(
        new Command.CreateTable(
            TablePath.parse("t"),
            new TableDescriptor(schema, 1, List.of(), properties, ""),
            1_000));
    apply(new Command.AssignOwners(List.of(new Command.Assignment(B, 1, 0))));
    apply(
        new Command.Commit(
            1,
            1,
            FIRST.object(),
            100,
            1_000,
            List.of(new Command.Entry(B, 1, null, 10, 32, 68, 1_000, WriterStamp.NONE))));
  }

  /** All clocks are right here. */
  private long trueMillis;

  private void apply(Command command) {
    trueMillis = command instanceof Command.Timed timed ? timed.nowMillis() : trueMillis;
    log.add(
        new CommittedEntry(
            log.size() + 1, CoordinatorNode.entryHead(command), trueMillis, trueMillis));
  }

  private void trim(long nowMillis) {
    apply(new Command.TrimLog(B, 1, EPOCH, 10, nowMillis));
  }

  private void pin(long from) {
    apply(new Command.OpenPin(1, Map.of(B, from)));
  }

  private void move(Payload... seen) {
    Run run = new Run(0, 10, 1_000, SECOND, 32, 68);
    apply(
        new Command.ReplaceRuns(
            1, List.of(new Command.Move(B, EPOCH, 0, 10, List.of(seen), run, 100)), 1_000));
  }

  private void outOfRange(long offset) {
    sightings.add(new Sighting.OutOfRange(log.size(), "r", B, offset));
  }

  private void delete(Payload.Stored object) {
    sightings.add(new Sighting.Deleted(log.size(), "s", object.key()));
  }

  private StateChecker expect(String... kinds) {
    Findings findings = new Findings();
    StateChecker checker = new StateChecker(Limits.STANDARD, rules, findings);
    checker.check(log, List.of(), sightings);
    assertThat(findings.list().stream().map(each -> each.replaceFirst(":(?s).*", "")))
        .containsExactly(kinds);
    return checker;
  }

  private void ignorePins() {
    rules =
        new CommitRules() {
          @Override
          public boolean heedsPins() {
            return false;
          }
        };
  }

  @Test
  void oldRecordsMayExpire() {
    trim(3_001);
    outOfRange(9);
    sightings.add(new Sighting.Begins(log.size(), "r", B, 10));
    assertThat(expect().counts()).containsEntry("records expired", 1L);
  }

  @Test
  void youngRecordsMayNot() {
    trim(3_000);
    expect("EXPIRED_EARLY");
  }

  @Test
  void recordsAreDeletedWhenSomebodySaysSo() {
    apply(new Command.DeleteRecords(B, 5));
    outOfRange(4);
    sightings.add(new Sighting.Begins(log.size(), "r", B, 5));
    apply(new Command.DeleteRecords(B, 3));
    move(FIRST);
    trim(3_001);
    assertThat(expect().counts())
        .containsEntry("records deleted", 1L)
        .containsEntry("records not deleted", 1L)
        .containsEntry("records expired", 1L);
  }

  @Test
  void aMoveThatForgetsWhereALogBegins() {
    rules =
        new CommitRules() {
          @Override
          public long startAfterMove(long start, long movedFrom) {
            return movedFrom;
          }
        };
    apply(new Command.DeleteRecords(B, 5));
    move(FIRST);
    expect("START", "START");
  }

  @Test
  void recordsThatAreDeletedUnderAPin() {
    ignorePins();
    pin(4);
    apply(new Command.DeleteRecords(B, 5));
    expect("EXPIRED_PINNED");
  }

  @Test
  void aPinKeepsRecords() {
    pin(5);
    trim(9_000);
    assertThat(expect().counts()).containsEntry("records not expired", 1L);
  }

  @Test
  void recordsThatExpireUnderAPin() {
    ignorePins();
    pin(5);
    trim(9_000);
    outOfRange(7);
    expect("EXPIRED_PINNED", "PIN_BROKEN");
  }

  @Test
  void aPinThatWasLetGoHoldsNothing() {
    pin(5);
    apply(new Command.ClosePin(log.size()));
    trim(9_000);
    outOfRange(7);
    expect();
  }

  @Test
  void aPositionThatIsThere() {
    outOfRange(9);
    expect("LOST_POSITION");
  }

  @Test
  void aBeginningThatIsNotReachedYet() {
    sightings.add(new Sighting.Begins(log.size(), "r", B, 10));
    trim(3_001);
    expect("EARLIEST");
  }

  @Test
  void anObjectWithRecords() {
    delete(FIRST);
    expect("DELETED_LIVE");
  }

  @Test
  void garbageMayBeDeleted() {
    move(FIRST);
    pin(0);
    delete(FIRST);
    expect();
  }

  @Test
  void garbageThatAPinHolds() {
    pin(0);
    move(FIRST);
    delete(FIRST);
    expect("DELETED_PINNED");
  }

  @Test
  void whatALivingServerMayCommitYet() {
    delete(SECOND);
    move(FIRST);
    // Judged entry by entry: the object becomes a home after it was deleted.
    expect("DELETED_EARLY", "DELETED_LIVE");
  }

  @Test
  void orphansOfAClosedIncarnationMayBeDeleted() {
    apply(new Command.CloseIncarnation(1, false, 1_000));
    delete(SECOND);
    assertThat(expect().counts()).containsEntry("orphans deleted", 1L);
  }

  @Test
  void runsThatSomebodyElseReplacedBefore() {
    rules =
        new CommitRules() {
          @Override
          public boolean mayReplace(List<Payload> now, List<Payload> seen) {
            return true;
          }
        };
    move(new Payload.Inline(2));
    expect("DOUBLE_SWAP");
  }
}
