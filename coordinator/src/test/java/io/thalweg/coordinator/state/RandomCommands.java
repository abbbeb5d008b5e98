package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaName;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.RandomSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Commands of every kind, many of which a given state accepts, some of which it must refuse. */
final class RandomCommands {
  private final RandomSource random;
  private long now = 1_000_000;

  RandomCommands(RandomSource random) {
    this.random = random;
  }

  private int roll(int bound) {
    return random.nextInt(bound);
  }

  private <T> T one(List<T> items) {
    return items.get(roll(items.size()));
  }

  Command next(ClusterState state) {
    now += roll(1_000);
    String name = "n" + roll(4);
    TablePath path = new TablePath(roll(3) == 0 ? name : "default", "t" + roll(5));
    return switch (roll(43)) {
      case 0 -> new Command.CreateDatabase(name, "comment " + roll(10));
      case 1 -> new Command.DropDatabase(name);
      case 2, 3 ->
          new Command.CreateTable(
              path,
              switch (roll(4)) {
                case 0 -> Commands.descriptor(1 + roll(4));
                case 1 -> Commands.keyed(1 + roll(4));
                case 2 -> Commands.partitioned(1 + roll(2));
                default -> Commands.partitionedByKey(1 + roll(2));
              },
              now);
      case 4 ->
          roll(3) == 0
              ? new Command.DropTable(path, idOf(state, path), now)
              : new Command.Heartbeat(roll(6), now);
      case 5, 6 ->
          new Command.OpenIncarnation("s" + roll(4), Map.of("flight", "u" + roll(9)), "", now);
      case 7 -> new Command.CloseIncarnation(roll(8), false, now);
      case 8 -> new Command.OpenWriter();
      case 9 -> forget(state);
      case 10, 11, 12, 20 -> replace(state);
      case 21 -> pin(state);
      case 22, 23 -> kvSnapshot(state);
      case 25 -> new Command.OpenLog("n" + roll(3), roll(20) == 0, roll(4));
      case 29 ->
          new Command.AlterTable(
              idOf(state, path),
              roll(3),
              one(
                  List.of(
                      "ADD COLUMN c" + roll(3) + " INT DEFAULT " + roll(9) + " FIRST",
                      "DROP COLUMN c" + roll(3),
                      "RENAME COLUMN c" + roll(3) + " TO c" + roll(3),
                      "ALTER COLUMN c" + roll(3) + " TYPE BIGINT",
                      "RENAME TO t" + roll(5),
                      "SET ('table.log.ttl' = '" + (1 + roll(9)) + "d')",
                      "SET ('bucket.num' = '" + (1 + roll(6)) + "')",
                      "no change")),
              now);
      case 30, 31, 32 ->
          new Command.CreatePartition(
              idOf(state, path),
              one(
                  List.of(
                      List.of("" + roll(9), "s" + roll(3)),
                      List.of("0" + roll(2), "s"),
                      List.of("1", Partition.NULL),
                      List.of("1"))),
              now);
      case 33 -> new Command.DropPartition(idOf(state, path), roll(8), now);
      case 27 -> assign(state);
      case 28 -> new Command.RaiseFeatureLevel(FeatureLevel.latest());
      case 26 -> new Command.BindStore("s" + roll(2));
      case 34, 35, 36, 37 -> transaction(state);
      case 40 -> users();
      case 41 -> acls();
      case 42 -> quotas();
      case 24 -> new Command.AllocateIds(roll(9), roll(3) * 100);
      default -> commit(state);
    };
  }

  private long idOf(ClusterState state, TablePath path) {
    return state.catalog().table(path).map(TableInfo::tableId).orElse((long) roll(4));
  }

  private Command users() {
    List<UserChange> changes = new ArrayList<>();
    for (int i = 0; i < roll(4); i++) {
      ScramMechanism mechanism = one(List.of(ScramMechanism.values()));
      byte[] key = new byte[mechanism.keyBytes()];
      Arrays.fill(key, (byte) roll(256));
      ScramSecret secret = new ScramSecret(4_096 + roll(9), new byte[] {1, 2}, key, key);
      changes.add(
          new UserChange(
              "ü" + roll(3), mechanism, roll(3) == 0 ? Optional.empty() : Optional.of(secret)));
    }
    return new Command.AlterUsers(changes);
  }

  private Command acls() {
    List<AclChange> changes = new ArrayList<>();
    for (int i = 0; i < roll(4); i++) {
      AclBinding binding =
          new AclBinding(
              one(List.of(AclResource.TOPIC, AclResource.GROUP, AclResource.TRANSACTIONAL_ID)),
              roll(2) == 0,
              "n" + roll(3),
              "User:" + roll(2),
              "*",
              one(List.of(AclOperation.values())),
              roll(4) > 0);
      changes.add(new AclChange(binding, roll(3) > 0));
    }
    return new Command.AlterAcls(changes);
  }

  private Command quotas() {
    List<QuotaChange> changes = new ArrayList<>();
    List<QuotaName> names = List.of(QuotaName.DEFAULT, QuotaName.of("ü"), QuotaName.of("n"));
    for (int i = 0; i < roll(4); i++) {
      QuotaEntity entity =
          switch (roll(3)) {
            case 0 -> QuotaEntity.ofUser(one(names));
            case 1 -> QuotaEntity.ofClient(one(names));
            default -> new QuotaEntity(one(names), one(names));
          };
      OptionalDouble value = roll(3) == 0 ? OptionalDouble.empty() : OptionalDouble.of(1 + roll(9));
      QuotaKey key = one(List.of(QuotaKey.values()));
      changes.add(new QuotaChange(entity, List.of(new QuotaChange.Setting(key, value))));
    }
    return new Command.AlterQuotas(changes);
  }

  private Command assign(ClusterState state) {
    List<Command.Assignment> assignments = new ArrayList<>(Commands.assign(state).assignments());
    state
        .buckets()
        .forEach(
            (id, bucket) -> {
              if (roll(5) == 0) {
                int epoch = bucket.ownerEpoch() + (roll(4) == 0 ? 1 : 0);
                assignments.add(new Command.Assignment(id, roll(8), epoch));
              }
            });
    return new Command.AssignOwners(assignments);
  }

  private Command transaction(ClusterState state) {
    String name = "w" + roll(3);
    TransactionalWriter known = state.transactions().find(name).orElse(null);
    WriterStamp stamp =
        known == null || roll(8) == 0
            ? new WriterStamp(1 + roll(9), (short) roll(3), 0)
            : new WriterStamp(known.writerId(), known.epoch(), 0);
    long number = (known == null ? 1 : known.number()) - (roll(8) == 0 ? 1 : 0);
    List<TableBucket> buckets = List.copyOf(state.buckets().keySet());
    return switch (roll(9)) {
      case 0, 1 -> new Command.OpenTransactions(name, 1 + roll(3_000), roll(3) == 0 ? stamp : null);
      case 2 ->
          new Command.JoinTransaction(
              name,
              stamp.writerId(),
              stamp.epoch(),
              Math.max(0, number),
              buckets.isEmpty() ? List.of() : List.of(one(buckets)));
      case 3 -> new Command.ExpireTransactions();
      case 4 -> {
        List<TableBucket> due = List.copyOf(state.transactions().bucketsWithEnds());
        if (due.isEmpty()) {
          yield new Command.SettleTransaction(new TableBucket(1, 0), roll(9), roll(3));
        }
        TableBucket bucket = one(due);
        Transactions.End end = state.transactions().ends(bucket).firstKey();
        yield new Command.SettleTransaction(bucket, end.writerId(), end.number());
      }
      default ->
          new Command.EndTransaction(
              name,
              stamp.writerId(),
              stamp.epoch(),
              Math.max(0, number),
              roll(2) == 0,
              roll(2) == 0);
    };
  }

  /** A transaction that a writer may have open; null for none. */
  private TransactionalWriter writer(ClusterState state) {
    List<TransactionalWriter> all = List.copyOf(state.transactions().all());
    return all.isEmpty() || roll(3) > 0 ? null : one(all);
  }

  private Command forget(ClusterState state) {
    List<Payload.Stored> objects = new ArrayList<>();
    for (Payload payload : state.payloads().garbage().keySet()) {
      if (payload instanceof Payload.Stored stored && roll(2) == 0) {
        objects.add(stored);
      }
    }
    return new Command.ForgetObjects(objects);
  }

  private Command replace(ClusterState state) {
    List<Map.Entry<TableBucket, BucketState>> full =
        state.buckets().entrySet().stream()
            .filter(each -> !each.getValue().log().runs().isEmpty())
            .toList();
    if (full.isEmpty()) {
      return new Command.OpenWriter();
    }
    Map.Entry<TableBucket, BucketState> chosen = one(full);
    BucketState bucket = chosen.getValue();
    List<Run> runs = bucket.log().runs();
    int first = roll(runs.size());
    int last = first + 1 + roll(Math.min(4, runs.size() - first));
    List<Run> old = runs.subList(first, last);
    long from = old.get(0).baseOffset();
    long to = old.get(old.size() - 1).endOffset();
    long sequence = 1_000_000L + random.nextInt(1_000_000);
    Payload home =
        roll(2) == 0
            ? wal(new WalObject(bucket.owner(), sequence))
            : new Payload.Segment(
                new SegmentFile(
                    roll(2) == 0 ? SegmentForm.PARQUET : SegmentForm.BATCHES,
                    new TableBucket(
                        chosen.getKey().storage(),
                        chosen.getKey().bucket() + (roll(20) == 0 ? 1 : 0)),
                    bucket.owner(),
                    sequence,
                    roll(1_000),
                    random.nextInt(1_000)));
    int epoch = bucket.ownerEpoch() + (roll(10) == 0 ? 1 : 0);
    if (roll(6) == 0) {
      return new Command.TrimLog(chosen.getKey(), bucket.owner(), epoch, to - roll(2), now);
    }
    if (roll(6) == 0) {
      return new Command.DeleteRecords(chosen.getKey(), from + roll((int) (to - from) + 2));
    }
    Run made = new Run(from, (int) (to - from) + (roll(10) == 0 ? 1 : 0), 500, home, 32, 90);
    List<Payload> seen = old.stream().map(Run::payload).toList();
    Command.Move move = new Command.Move(chosen.getKey(), epoch, from, to, seen, made, 122);
    List<Command.Move> moves = roll(8) == 0 ? List.of(move, move) : List.of(move);
    return new Command.ReplaceRuns(bucket.owner(), moves, now);
  }

  private Command pin(ClusterState state) {
    if (roll(2) == 0 && !state.pins().open().isEmpty()) {
      return new Command.ClosePin(one(List.copyOf(state.pins().open().keySet())));
    }
    return new Command.OpenPin(
        roll(8), Map.of(new TableBucket(1 + roll(10), roll(3)), (long) roll(30)));
  }

  /** A snapshot that keeps some of the last one's files. */
  private Command kvSnapshot(ClusterState state) {
    if (state.buckets().isEmpty()) {
      return new Command.OpenWriter();
    }
    TableBucket id = one(List.copyOf(state.buckets().keySet()));
    BucketState bucket = state.bucket(id).orElseThrow();
    List<KvObject> files = new ArrayList<>();
    bucket
        .kvSnapshot()
        .ifPresent(last -> last.files().stream().filter(f -> roll(2) == 0).forEach(files::add));
    files.add(kvObject(id, bucket));
    long offset = bucket.log().endOffset() - roll(3) + (roll(10) == 0 ? 5 : 0);
    KvSnapshot snapshot =
        new KvSnapshot(Math.max(0, offset), kvObject(id, bucket), 10, roll(99), files);
    int epoch = bucket.ownerEpoch() + (roll(10) == 0 ? 1 : 0);
    return new Command.CommitKvSnapshot(id, bucket.owner(), epoch, snapshot, now);
  }

  private KvObject kvObject(TableBucket id, BucketState bucket) {
    return new KvObject(
        new TableBucket(id.storage(), id.bucket() + (roll(30) == 0 ? 1 : 0)),
        bucket.owner(),
        2_000_000L + random.nextInt(1_000_000));
  }

  private static Payload wal(WalObject object) {
    return new Payload.Wal(object);
  }

  private Command commit(ClusterState state) {
    List<Incarnations.Incarnation> open = state.incarnations().open();
    if (open.isEmpty()) {
      return Commands.open("s" + roll(4));
    }
    Incarnations.Incarnation sender = one(open);
    boolean inline = roll(2) == 0;
    long last = (inline ? sender.inline() : sender.object()).lastGroup();
    long group = Math.max(1, last + 1 - (roll(12) == 0 ? 1 + roll(3) : 0));
    group += roll(30) == 0 ? 1 : 0;
    List<Command.Entry> entries = new ArrayList<>();
    int position = 0;
    List<TableBucket> buckets = List.copyOf(state.buckets().keySet());
    for (int i = 0, n = 1 + roll(4); i < n && !buckets.isEmpty(); i++) {
      TableBucket bucket = roll(20) == 0 ? new TableBucket(99, 0) : one(buckets);
      BucketState known = state.bucket(bucket).orElse(new BucketState(false));
      int length = 10 + roll(50);
      OwnerClaim claim = known.keyed() || roll(3) == 0 ? claim(known) : null;
      TransactionalWriter writer = writer(state);
      entries.add(
          new Command.Entry(
              bucket,
              1,
              claim,
              claim == null ? 1 + roll(5) : roll(6),
              position,
              length,
              now - roll(100),
              writer == null
                  ? stamp()
                  : claim != null
                      ? WriterStamp.NONE
                      : new WriterStamp(
                          writer.writerId(), writer.epoch(), roll(2) == 0 ? 0 : roll(12)),
              writer == null
                  ? null
                  : new TransactionPart(
                      writer.writerId(),
                      (short) (writer.epoch() - (roll(10) == 0 ? 1 : 0)),
                      writer.number() - (roll(10) == 0 ? 1 : 0),
                      roll(3) > 0)));
      position += length;
    }
    WalObject object = inline ? null : new WalObject(sender.number(), group);
    return new Command.Commit(sender.number(), group, object, position, now, entries);
  }

  private OwnerClaim claim(BucketState bucket) {
    int epoch = bucket.ownerEpoch() + (roll(10) == 0 ? 1 : 0);
    long end = bucket.log().endOffset() + (roll(10) == 0 ? 1 : 0);
    return new OwnerClaim(epoch, end, 1 + roll(5));
  }

  private WriterStamp stamp() {
    return roll(2) == 0
        ? WriterStamp.NONE
        : new WriterStamp(1 + roll(4), (short) roll(2), roll(3) == 0 ? 0 : roll(12));
  }
}
