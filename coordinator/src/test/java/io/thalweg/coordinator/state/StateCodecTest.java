package io.thalweg.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Codecs and snapshots, over seeded random commands. */
final class StateCodecTest {
  private static final int SEEDS = 40;
  private static final int COMMANDS = 300;

  private static ClusterState empty() {
    return new ClusterState(
        new Limits(6, 6, 30, 10, 60, 3_000, 3, 20_000, 3, 4, 3, 20, 60, 10), CommitRules.STANDARD);
  }

  private static ClusterState restored(byte[] snapshot) {
    ClusterState state = empty();
    state.restore(ByteBuffer.wrap(snapshot));
    return state;
  }

  @Test
  void commandsAndRepliesComeBackAsTheyWere() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      ClusterState state = empty();
      RandomCommands commands = new RandomCommands(new SeededRandom(seed));
      for (int i = 1; i <= COMMANDS; i++) {
        Command command = commands.next(state);
        BytesReader in = new BytesReader(CommandCodec.encode(command));
        assertThat(CommandCodec.decode(in)).as("seed %d", seed).isEqualTo(command);
        assertThat(in.remaining()).isZero();
        Reply reply = state.apply(i, command);
        BytesReader replyIn = new BytesReader(ReplyCodec.encode(reply));
        assertThat(ReplyCodec.decode(replyIn)).as("seed %d", seed).isEqualTo(reply);
        assertThat(replyIn.remaining()).isZero();
      }
    }
  }

  @Test
  void everyReplyComesBackAsItWas() {
    for (Reply reply :
        List.of(
            new Reply.Done(),
            new Reply.Refused(ErrorCode.DENIED, "no, wörtlich"),
            new Reply.TableCreated(
                TableInfo.created(
                    7, new StorageId(8), new TablePath("d", "t"), Commands.descriptor(3), 5)),
            new Reply.IncarnationOpened(Long.MAX_VALUE),
            new Reply.WriterOpened(9, Short.MIN_VALUE),
            new Reply.GroupGap(12),
            new Reply.IdsAllocated(77),
            new Reply.Committed(
                List.of(
                    new Reply.Stored(5, false),
                    new Reply.Stored(6, true),
                    new Reply.NotStored(ErrorCode.STALE_OWNER, "x"))))) {
      assertThat(ReplyCodec.decode(new BytesReader(ReplyCodec.encode(reply)))).isEqualTo(reply);
    }
  }

  @Test
  void aReplicaRestoredMidwayEqualsTheOneThatAppliedAll() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      ClusterState all = empty();
      ClusterState late = empty();
      RandomCommands commands = new RandomCommands(new SeededRandom(seed));
      int middle = 1 + new SeededRandom(-seed).nextInt(COMMANDS);
      for (int i = 1; i <= COMMANDS; i++) {
        Command command = commands.next(all);
        Reply reply = all.apply(i, command);
        if (i == middle) {
          late = restored(all.snapshot());
          assertThat(late.snapshot()).as("seed %d", seed).isEqualTo(all.snapshot());
        } else if (i > middle) {
          assertThat(late.apply(i, command)).as("seed %d, entry %d", seed, i).isEqualTo(reply);
        }
        if (i % 20 == 0) {
          checkWhole(all, seed);
        }
      }
      assertThat(late.snapshot()).as("seed %d", seed).isEqualTo(all.snapshot());
      assertThat(late.appliedIndex()).isEqualTo(COMMANDS);
    }
  }

  /** Checks what every state promises: no hole, no garbage that is live, every run counted once. */
  private static void checkWhole(ClusterState state, long seed) {
    int runs = 0;
    int files = 0;
    int markers = 0;
    for (BucketState bucket : state.buckets().values()) {
      long expected = bucket.log().firstRunOffset();
      assertThat(bucket.log().startOffset())
          .as("seed %d", seed)
          .isBetween(
              expected,
              bucket.log().runs().isEmpty()
                  ? expected
                  : bucket.log().runs().get(0).endOffset() - 1);
      for (Run run : bucket.log().runs()) {
        assertThat(run.baseOffset()).as("seed %d", seed).isEqualTo(expected);
        assertThat(run.recordCount()).as("seed %d", seed).isPositive();
        if (run.payload() instanceof Payload.Marker) {
          markers++;
        } else {
          assertThat(state.payloads().counts()).as("seed %d", seed).containsKey(run.payload());
        }
        expected = run.endOffset();
        runs++;
      }
      assertThat(expected).as("seed %d", seed).isEqualTo(bucket.log().endOffset());
      for (Payload file : bucket.kvSnapshot().map(KvSnapshot::objects).orElse(List.of())) {
        assertThat(state.payloads().counts()).as("seed %d", seed).containsKey(file);
        files++;
      }
    }
    checkIndexes(state, seed);
    assertThat(state.payloads().runs()).as("seed %d", seed).isEqualTo(runs);
    assertThat(state.payloads().counts().values().stream().mapToInt(i -> i).sum())
        .as("seed %d", seed)
        .isEqualTo(runs - markers + files);
    assertThat(state.payloads().garbage().keySet())
        .as("seed %d", seed)
        .noneMatch(state.payloads().counts()::containsKey);
  }

  /** Checks that the state's indexes and counts are what computing them anew gives. */
  private static void checkIndexes(ClusterState state, long seed) {
    Map<Long, TreeSet<TableBucket>> owners = new TreeMap<>();
    TreeSet<TableBucket> inline = new TreeSet<>();
    state
        .buckets()
        .forEach(
            (id, bucket) -> {
              owners.computeIfAbsent(bucket.owner(), none -> new TreeSet<>()).add(id);
              int settled = 0;
              int inlineRuns = 0;
              long loose = 0;
              for (Run run : bucket.log().runs()) {
                boolean segment = run.payload() instanceof Payload.Segment;
                settled += segment && loose == 0 ? 1 : 0;
                loose += segment ? 0 : run.length();
                inlineRuns += run.payload() instanceof Payload.Stored ? 0 : 1;
              }
              if (inlineRuns > 0) {
                inline.add(id);
              }
              assertThat(bucket.log().settledRuns()).as("seed %d", seed).isEqualTo(settled);
              assertThat(bucket.log().inlineRuns()).as("seed %d", seed).isEqualTo(inlineRuns);
              assertThat(bucket.log().looseBytes()).as("seed %d", seed).isEqualTo(loose);
            });
    assertThat(state.owners().all()).as("seed %d", seed).isEqualTo(owners);
    assertThat(state.bucketsWithInline()).as("seed %d", seed).isEqualTo(inline);
    ClusterState copy = restored(state.snapshot());
    assertThat(copy.owners().all()).as("seed %d", seed).isEqualTo(owners);
    assertThat(copy.bucketsWithInline()).as("seed %d", seed).isEqualTo(inline);
    assertThat(copy.transactions().remembered())
        .as("seed %d", seed)
        .isEqualTo(state.transactions().remembered());
    copy.buckets()
        .forEach(
            (id, bucket) ->
                assertThat(bucket.transactions().open())
                    .as("seed %d", seed)
                    .isEqualTo(state.bucket(id).orElseThrow().transactions().open()));
    assertThat(copy.payloads().counts()).isEqualTo(state.payloads().counts());
    assertThat(copy.payloads().inlineBytes()).isEqualTo(state.payloads().inlineBytes());
  }

  @Test
  void aDamagedSnapshotIsRefusedAndChangesNothing() {
    ClusterState state = filled(3);
    byte[] snapshot = state.snapshot();
    ClusterState other = filled(4);
    byte[] before = other.snapshot();
    SeededRandom random = new SeededRandom(11);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = snapshot.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> other.restore(ByteBuffer.wrap(damaged)))
          .isInstanceOf(ThalwegException.class);
    }
    for (int length = 0; length < snapshot.length; length += 1 + random.nextInt(50)) {
      byte[] cut = Arrays.copyOf(snapshot, length);
      assertThatThrownBy(() -> other.restore(ByteBuffer.wrap(cut)))
          .isInstanceOf(ThalwegException.class);
    }
    assertThat(other.snapshot()).isEqualTo(before);
  }

  private static ClusterState filled(long seed) {
    ClusterState state = empty();
    RandomCommands commands = new RandomCommands(new SeededRandom(seed));
    for (int i = 1; i <= COMMANDS; i++) {
      state.apply(i, commands.next(state));
    }
    return state;
  }

  /** Flips, cuts and repeats bytes, and makes numbers huge. */
  private static byte[] mutate(byte[] bytes, SeededRandom random) {
    byte[] mutated = bytes.clone();
    for (int i = 0, n = 1 + random.nextInt(3); i < n && mutated.length > 0; i++) {
      int at = random.nextInt(mutated.length);
      switch (random.nextInt(4)) {
        case 0 -> mutated[at] = (byte) random.nextInt(256);
        case 1 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> Arrays.fill(mutated, at, Math.min(mutated.length, at + 9), (byte) 0xff);
        default -> mutated = Arrays.copyOf(mutated, at);
      }
    }
    return mutated;
  }

  private static void onlyOurErrors(String what, byte[] bytes, Consumer<byte[]> reader) {
    try {
      reader.accept(bytes);
    } catch (ThalwegException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    } catch (RuntimeException | Error bug) {
      throw new AssertionError(what + " of " + Arrays.toString(bytes), bug);
    }
  }

  @Test
  void rubbishGivesOurErrorsOnly() {
    for (long seed = 1; seed <= 20; seed++) {
      SeededRandom random = new SeededRandom(seed);
      ClusterState state = empty();
      RandomCommands commands = new RandomCommands(new SeededRandom(seed));
      String replay = "seed " + seed;
      for (int i = 1; i <= 200; i++) {
        Command command = commands.next(state);
        byte[] encoded = CommandCodec.encode(command);
        byte[] reply = ReplyCodec.encode(state.apply(i, command));
        for (int round = 0; round < 20; round++) {
          onlyOurErrors(
              replay,
              mutate(encoded, random),
              bytes -> CommandCodec.decode(new BytesReader(bytes)));
          onlyOurErrors(
              replay, mutate(reply, random), bytes -> ReplyCodec.decode(new BytesReader(bytes)));
        }
      }
    }
  }

  @Test
  void aCommandOfRubbishThatDecodesCanBeApplied() {
    for (long seed = 1; seed <= 30; seed++) {
      SeededRandom random = new SeededRandom(seed);
      ClusterState state = empty();
      RandomCommands commands = new RandomCommands(new SeededRandom(seed));
      for (int i = 1; i <= 400; i++) {
        byte[] encoded = CommandCodec.encode(commands.next(state));
        int index = i;
        onlyOurErrors(
            "seed " + seed + ", entry " + i,
            random.nextInt(3) == 0 ? encoded : mutate(encoded, random),
            bytes -> state.apply(index, CommandCodec.decode(new BytesReader(bytes))));
      }
      checkWhole(state, seed);
      assertThat(restored(state.snapshot()).snapshot()).isEqualTo(state.snapshot());
    }
  }

  @Test
  void aSnapshotOfRubbishWithTheRightChecksumGivesOurErrorsOnly() {
    byte[] snapshot = filled(5).snapshot();
    SeededRandom random = new SeededRandom(6);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = mutate(Arrays.copyOf(snapshot, snapshot.length - 4), random);
      CRC32C crc = new CRC32C();
      crc.update(body);
      byte[] whole =
          ByteBuffer.allocate(body.length + 4)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(body)
              .putInt((int) crc.getValue())
              .array();
      onlyOurErrors("round " + i, whole, bytes -> empty().restore(ByteBuffer.wrap(bytes)));
    }
  }
}
