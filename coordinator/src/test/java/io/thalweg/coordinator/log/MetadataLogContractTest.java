package io.thalweg.coordinator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.MetadataLog.Outcome;
import io.thalweg.coordinator.log.MetadataLog.Rejected;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link MetadataLog} promises. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class MetadataLogContractTest {

  /** An open member that takes entries, and its state. */
  public record Opened(MetadataLog log, RecordingState state) {}

  /** Opens the one member of the log, again after {@link MetadataLog#close}. */
  protected abstract Opened open();

  /** Waits for a future. */
  protected abstract <T> T await(CompletableFuture<T> future);

  /** Runs on the loop of the member that was opened last. */
  protected abstract <T> T onLoop(Supplier<T> task);

  /** An entry of text. */
  protected static List<ByteBuffer> entry(String text) {
    return List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Appends and waits. */
  protected final Outcome append(MetadataLog log, String text) {
    return await(log.append(entry(text)));
  }

  /** Appends, waits and expects success. */
  protected final Committed commit(MetadataLog log, String text) {
    Outcome outcome = append(log, text);
    assertThat(outcome).isInstanceOf(Committed.class);
    return (Committed) outcome;
  }

  private static String reply(Outcome outcome) {
    return new String(((Committed) outcome).reply(), StandardCharsets.UTF_8);
  }

  @Test
  void repliesReachTheirAppenderInTheOrderOfAppends() {
    Opened member = open();
    List<CompletableFuture<Outcome>> appends = new ArrayList<>();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      sent.add("e" + i);
      appends.add(member.log().append(entry("e" + i)));
    }
    long last = 0;
    for (int i = 0; i < appends.size(); i++) {
      Outcome outcome = await(appends.get(i));
      assertThat(outcome).isInstanceOf(Committed.class);
      Committed committed = (Committed) outcome;
      assertThat(committed.index()).isGreaterThan(last);
      last = committed.index();
      assertThat(reply(committed)).isEqualTo(last + ":e" + i);
    }
    assertThat(onLoop(() -> member.state().entries())).isEqualTo(sent);
    assertThat(onLoop(() -> member.state().indexes())).isSorted().doesNotHaveDuplicates();
    member.log().close();
  }

  @Test
  void anEntryMayStandInSeveralBuffers() {
    Opened member = open();
    ByteBuffer part = ByteBuffer.wrap("xyz".getBytes(StandardCharsets.UTF_8)).position(1).limit(2);
    List<ByteBuffer> parts = new ArrayList<>(entry("a-"));
    parts.add(part);
    parts.add(ByteBuffer.allocateDirect(1).put((byte) '!').flip().asReadOnlyBuffer());
    Outcome outcome = await(member.log().append(parts));
    assertThat(reply(outcome)).endsWith(":a-y!");
    assertThat(part.position()).isEqualTo(1);
    member.log().close();
  }

  @Test
  void futuresCompleteOnTheLoop() {
    Opened member = open();
    CompletableFuture<Boolean> inLoop = new CompletableFuture<>();
    var unused =
        onLoop(
            () ->
                member
                    .log()
                    .append(entry("x"))
                    .whenComplete((value, failure) -> inLoop.complete(isInLoop())));
    assertThat(await(inLoop)).isTrue();
    member.log().close();
  }

  /** Whether the caller runs on the loop. */
  protected abstract boolean isInLoop();

  @Test
  void committedEntriesSurviveCloseAndReopen() {
    Opened member = open();
    Committed first = commit(member.log(), "one");
    commit(member.log(), "two");
    List<Long> indexes = onLoop(() -> member.state().indexes());
    member.log().close();

    Opened again = open();
    assertThat(await(again.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> again.state().entries())).containsExactly("one", "two");
    assertThat(onLoop(() -> again.state().indexes())).isEqualTo(indexes);
    Committed third = commit(again.log(), "three");
    assertThat(third.index()).isGreaterThan(first.index() + 1);
    assertThat(onLoop(() -> again.state().entries())).containsExactly("one", "two", "three");
    again.log().close();
  }

  @Test
  void aReadSeesWhatWasCommittedBefore() {
    Opened member = open();
    for (int i = 0; i < 20; i++) {
      Committed committed = commit(member.log(), "e" + i);
      Outcome read = await(member.log().linearizableRead());
      assertThat(read).isInstanceOf(Committed.class);
      assertThat(((Committed) read).index()).isGreaterThanOrEqualTo(committed.index());
      assertThat(((Committed) read).reply()).isEmpty();
      assertThat(onLoop(() -> member.state().indexes())).contains(((Committed) read).index());
    }
    member.log().close();
  }

  @Test
  void anEntryThatIsTooLargeIsRejectedAndTheLargestIsTaken() {
    Opened member = open();
    Outcome outcome =
        await(member.log().append(List.of(ByteBuffer.allocate(MetadataLog.MAX_ENTRY + 1))));
    assertThat(outcome).isInstanceOf(Rejected.class);
    assertThat(((Rejected) outcome).reason()).contains(String.valueOf(MetadataLog.MAX_ENTRY));
    byte[] largest = new byte[MetadataLog.MAX_ENTRY];
    java.util.Arrays.fill(largest, (byte) 'x');
    assertThat(await(member.log().append(List.of(ByteBuffer.wrap(largest)))))
        .isInstanceOf(Committed.class);
    assertThat(onLoop(() -> member.state().entries())).hasSize(1);
    member.log().close();
  }

  @Test
  void closeEndsWhatIsUnderWay() {
    Opened member = open();
    List<CompletableFuture<Outcome>> appends = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      appends.add(member.log().append(entry("e" + i)));
    }
    member.log().close();
    for (CompletableFuture<Outcome> append : appends) {
      assertThat(await(append)).isNotNull();
    }
  }

  @Test
  void aClosedLogRejects() {
    Opened member = open();
    member.log().close();
    member.log().close();
    assertThat(append(member.log(), "late")).isInstanceOf(Rejected.class);
    assertThat(await(member.log().linearizableRead())).isInstanceOf(Rejected.class);
    Opened again = open();
    assertThat(await(again.log().linearizableRead())).isInstanceOf(Committed.class);
    assertThat(onLoop(() -> again.state().entries())).isEmpty();
    again.log().close();
  }
}
