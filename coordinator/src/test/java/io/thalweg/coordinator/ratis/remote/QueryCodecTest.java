package io.thalweg.coordinator.ratis.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedEntry;
import io.thalweg.coordinator.api.CoordinatorApi.InlineBytes;
import io.thalweg.coordinator.api.CoordinatorApi.InlineGone;
import io.thalweg.coordinator.api.CoordinatorApi.StateSnapshot;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Queries and answers as bytes. */
final class QueryCodecTest {
  private static final List<Query> QUERIES =
      List.of(
          new Query.ReadIndex(),
          new Query.Feed(new LogPosition(0, Long.MAX_VALUE, "n"), 5, 1_000_000),
          new Query.ReadInline(7, 8, Integer.MAX_VALUE));
  private static final List<Answer> ANSWERS =
      List.of(
          new Answer.Index(5),
          new Answer.Inline(new InlineBytes(ByteBuffer.wrap(new byte[] {1, 2}))),
          new Answer.Inline(new InlineGone(9)),
          new Answer.Page(new Entries(List.of())),
          new Answer.Failed(ErrorCode.INTERNAL, "why"));

  @Test
  void theyComeBackAsTheyWere() {
    for (Query query : QUERIES) {
      assertThat(Query.decode(ByteBuffer.wrap(query.encode()))).isEqualTo(query);
    }
    for (Answer answer : ANSWERS) {
      assertThat(Answer.decode(ByteBuffer.wrap(answer.encode()))).isEqualTo(answer);
    }
    Entries entries =
        new Entries(List.of(new FeedEntry(3, new byte[] {1}), new FeedEntry(9, new byte[0])));
    Answer decoded = Answer.decode(ByteBuffer.wrap(new Answer.Page(entries).encode()));
    List<FeedEntry> found = ((Entries) ((Answer.Page) decoded).page()).entries();
    assertThat(found).extracting(FeedEntry::index).containsExactly(3L, 9L);
    assertThat(found.get(0).command()).containsExactly(1);
    decoded =
        Answer.decode(ByteBuffer.wrap(new Answer.Page(new StateSnapshot(new byte[] {4})).encode()));
    assertThat(((StateSnapshot) ((Answer.Page) decoded).page()).state()).containsExactly(4);
  }

  @Test
  void otherKindsAndVersionsAreUnsupported() {
    assertThat(QUERIES).extracting(Query::kind).containsOnly(QueryKind.values());
    for (byte[] each : new byte[][] {{1, 2}, {2, 1}, {2, 77}}) {
      unsupported(() -> Query.decode(ByteBuffer.wrap(each)));
    }
    for (byte[] each : new byte[][] {{1, 77}, {2, 1}, {2, 77}}) {
      unsupported(() -> Answer.decode(ByteBuffer.wrap(each)));
    }
  }

  private static void unsupported(ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNSUPPORTED));
  }

  @Test
  void rubbishGivesOurErrorsOnly() {
    for (long seed = 1; seed <= 200; seed++) {
      SeededRandom random = new SeededRandom(seed);
      for (Query query : QUERIES) {
        damaged(seed, query.encode(), random, Query::decode);
      }
      for (Answer answer : ANSWERS) {
        damaged(seed, answer.encode(), random, Answer::decode);
      }
    }
  }

  private static void damaged(
      long seed, byte[] bytes, SeededRandom random, Consumer<ByteBuffer> decode) {
    byte[] damaged = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length + 3));
    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    try {
      decode.accept(ByteBuffer.wrap(damaged));
    } catch (ThalwegException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    } catch (RuntimeException | Error bug) {
      throw new AssertionError("seed " + seed + ": " + Arrays.toString(damaged), bug);
    }
  }

  @Test
  void anEntryOfAnotherProcessEntersTheLogAtTheTimeThatIsAllowed() {
    EntryCheck check =
        CoordinatorQueries.entryCheck(
            command -> command instanceof Command.Timed timed ? timed.at(7) : command);
    ByteBuffer head = ByteBuffer.wrap(CoordinatorNode.entryHead(new Command.Heartbeat(3, 900)));
    ByteBuffer entry =
        ByteBuffer.allocate(head.remaining() + 3).put(head).put(new byte[] {1, 2, 3});
    BytesReader admitted = new BytesReader(check.admitted(entry.flip()));
    assertThat(CommandCodec.decode(new BytesReader(admitted.view(admitted.int32()))))
        .isEqualTo(new Command.Heartbeat(3, 7));
    assertThat(admitted.raw(admitted.remaining())).containsExactly(1, 2, 3);
    ByteBuffer untimed = ByteBuffer.wrap(CoordinatorNode.entryHead(new Command.OpenWriter()));
    assertThat(check.admitted(untimed)).isSameAs(untimed);
  }
}
