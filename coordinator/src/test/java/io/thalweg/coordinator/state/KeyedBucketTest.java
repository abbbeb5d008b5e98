package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Buckets of tables with a primary key: only the owner appends, on top of what it saw. */
class KeyedBucketTest {
  private static final TableBucket KEYED = new TableBucket(2, 0);

  private final ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  private long group;
  private long one;

  @BeforeEach
  void makeTable() {
    apply(new Command.CreateTable(new TablePath("default", "t"), Commands.keyed(1), 1));
    one = ((Reply.IncarnationOpened) apply(Commands.open("s1"))).incarnation();
  }

  private Reply apply(Command command) {
    return Commands.applyAndAssign(state, command);
  }

  private BucketState bucket() {
    return state.bucket(KEYED).orElseThrow();
  }

  private Reply.EntryResult commit(long incarnation, OwnerClaim claim, int records) {
    return commit(incarnation, claim, records, WriterStamp.NONE);
  }

  private Reply.EntryResult commit(
      long incarnation, OwnerClaim claim, int records, WriterStamp stamp) {
    Command.Entry entry = new Command.Entry(KEYED, 1, claim, records, 0, 10, 5, stamp);
    group = incarnation == one ? group + 1 : 1;
    Reply reply = apply(Commands.wal(incarnation, group, 10, entry));
    return ((Reply.Committed) reply).results().get(0);
  }

  private void refused(Reply.EntryResult result, ErrorCode code) {
    assertThat(result).isInstanceOf(Reply.NotStored.class);
    assertThat(((Reply.NotStored) result).code()).isEqualTo(code);
  }

  @Test
  void onlyTheOwnerAppendsAndOnlyWhereItSawTheEnd() {
    refused(commit(one, null, 1), ErrorCode.INVALID_REQUEST);
    int epoch = bucket().ownerEpoch();
    refused(commit(one, new OwnerClaim(epoch - 1, 0, 1), 1), ErrorCode.STALE_OWNER);
    refused(commit(one, new OwnerClaim(epoch, 1, 1), 1), ErrorCode.STALE_OWNER);
    assertThat(commit(one, new OwnerClaim(epoch, 0, 1), 3)).isEqualTo(new Reply.Stored(0, false));
    refused(commit(one, new OwnerClaim(epoch, 0, 1), 1), ErrorCode.STALE_OWNER);
    assertThat(commit(one, new OwnerClaim(epoch, 3, 1), 2)).isEqualTo(new Reply.Stored(3, false));

    long two = ((Reply.IncarnationOpened) apply(Commands.open("s2"))).incarnation();
    refused(commit(two, new OwnerClaim(epoch, 5, 1), 1), ErrorCode.STALE_OWNER);
    apply(new Command.CloseIncarnation(one, false, 5));
    assertThat(bucket().owner()).isEqualTo(two);
    refused(commit(two, new OwnerClaim(epoch, 5, 1), 1), ErrorCode.STALE_OWNER);
  }

  @Test
  void rowsThatChangeNothingAdvanceTheWriterOnly() {
    long writer = ((Reply.WriterOpened) apply(new Command.OpenWriter())).writerId();
    int epoch = bucket().ownerEpoch();
    WriterStamp first = new WriterStamp(writer, (short) 0, 0);
    WriterStamp second = new WriterStamp(writer, (short) 0, 7);
    assertThat(commit(one, new OwnerClaim(epoch, 0, 7), 0, first))
        .isEqualTo(new Reply.Stored(0, false));
    assertThat(bucket().log().runs()).isEmpty();
    assertThat(commit(one, new OwnerClaim(epoch, 0, 2), 4, second))
        .isEqualTo(new Reply.Stored(0, false));
    assertThat(bucket().log().endOffset()).isEqualTo(4);
    assertThat(commit(one, new OwnerClaim(epoch, 4, 2), 4, second))
        .isEqualTo(new Reply.Stored(0, true));
    assertThat(bucket().writers().judge(second, 2))
        .isEqualTo(new BucketWriters.Verdict.Duplicate(0));
  }

  private static KvObject file(long sequence) {
    return new KvObject(KEYED, 1, sequence);
  }

  private static KvSnapshot snapshot(long offset, long manifest, Long... files) {
    return new KvSnapshot(
        offset, file(manifest), 5, 6, Arrays.stream(files).map(KeyedBucketTest::file).toList());
  }

  private Reply take(KvSnapshot snapshot) {
    return apply(new Command.CommitKvSnapshot(KEYED, one, bucket().ownerEpoch(), snapshot, 1));
  }

  private List<String> garbage() {
    return state.payloads().garbage().keySet().stream()
        .map(each -> ((Payload.Stored) each).key().replaceAll(".*-", ""))
        .toList();
  }

  @Test
  void aSnapshotKeepsItsFilesAndTheLogBehindIt() {
    commit(one, new OwnerClaim(bucket().ownerEpoch(), 0, 1), 3);
    commit(one, new OwnerClaim(bucket().ownerEpoch(), 3, 1), 3);
    Command trim = new Command.TrimLog(KEYED, one, bucket().ownerEpoch(), 3, 1);
    assertThat(((Reply.Refused) apply(trim)).code()).isEqualTo(ErrorCode.OVERLOADED);

    assertThat(((Reply.Refused) take(snapshot(7, 100L, 101L))).message()).contains("ends at 6");
    assertThat(garbage()).containsExactly("100", "101");
    KvSnapshot first = snapshot(3, 110L, 111L, 112L);
    assertThat(take(first)).isEqualTo(new Reply.Done());
    assertThat(take(first)).as("once more").isEqualTo(new Reply.Done());
    assertThat(apply(trim)).isEqualTo(new Reply.Done());
    assertThat(take(snapshot(3, 120L))).isInstanceOf(Reply.Refused.class);
    assertThat(take(snapshot(6, 130L, 112L, 133L))).isEqualTo(new Reply.Done());
    assertThat(garbage()).contains("110", "111", "120").doesNotContain("112", "130", "133");
    assertThat(take(first)).as("a late copy").isInstanceOf(Reply.Refused.class);
    assertThat(take(snapshot(7, 140L, 111L))).as("garbage").isInstanceOf(Reply.Refused.class);

    apply(new Command.DropTable(new TablePath("default", "t"), 1, 1));
    assertThat(garbage()).contains("112", "130", "133");
    assertThat(state.payloads().counts()).isEmpty();
  }

  @Test
  void idsAreGivenOutOnce() {
    assertThat(apply(new Command.AllocateIds(1, 100))).isEqualTo(new Reply.IdsAllocated(1));
    assertThat(apply(new Command.AllocateIds(1, 5))).isEqualTo(new Reply.IdsAllocated(101));
    assertThat(apply(new Command.AllocateIds(2, 5))).isInstanceOf(Reply.Refused.class);
    assertThat(apply(new Command.AllocateIds(1, 0))).isInstanceOf(Reply.Refused.class);
  }
}
