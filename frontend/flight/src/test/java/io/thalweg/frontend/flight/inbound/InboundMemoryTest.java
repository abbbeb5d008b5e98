package io.thalweg.frontend.flight.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.flight.SetClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is closed when messages on their way in take too much, and who is not. */
class InboundMemoryTest {
  private static final int KIB = 1 << 10;
  private static final long SECOND = InboundMemory.STALLED_NANOS;

  private final SetClock clock = new SetClock();
  private boolean paused;
  private final InboundMemory memory =
      new InboundMemory(1_000 * KIB, clock, pause -> paused = pause);

  /** A call that notes how it was ended. */
  private final class FakeCall implements InboundMemory.Call {
    final List<String> heard = new ArrayList<>();
    final InboundMemory.Share share = memory.open();
    ThalwegException why;

    FakeCall() {
      share.endsBy(this);
    }

    @Override
    public void shed(ThalwegException reason) {
      heard.add("shed " + reason.code());
      why = reason;
    }

    @Override
    public void cutOff(ThalwegException reason) {
      heard.add("cut " + reason.code());
    }
  }

  private FakeCall holding(int kib) {
    FakeCall call = new FakeCall();
    call.share.arrived((long) kib * KIB);
    return call;
  }

  @Test
  void whileThereIsRoomNobodyIsTouched() {
    FakeCall one = holding(500);
    FakeCall two = holding(500);
    clock.advance(30 * SECOND);
    memory.check();
    assertThat(one.heard).isEmpty();
    assertThat(two.heard).isEmpty();
    assertThat(memory.total()).isEqualTo(1_000 * KIB);
  }

  @Test
  void whoStoodStillForLongestIsClosedUntilThereIsRoom() {
    FakeCall first = holding(400);
    clock.advance(SECOND / 10);
    FakeCall second = holding(400);
    clock.advance(2 * SECOND);
    FakeCall arriving = holding(500);
    assertThat(first.heard).containsExactly("shed OVERLOADED");
    assertThat(first.why).hasMessageContaining("flight.inbound.memory");
    assertThat(first.why.retryable()).isTrue();
    assertThat(second.heard).isEmpty();
    assertThat(arriving.heard).isEmpty();
    first.share.close();
    memory.check();
    assertThat(second.heard).isEmpty();
    assertThat(memory.total()).isEqualTo(900 * KIB);
  }

  @Test
  void whoMakesProgressIsLeftAlone() {
    FakeCall steady = holding(400);
    FakeCall dripping = holding(400);
    for (int i = 0; i < 20; i++) {
      clock.advance(SECOND / 10);
      steady.share.arrived(10 * KIB);
      dripping.share.arrived(1);
    }
    FakeCall more = holding(100);
    assertThat(dripping.heard).containsExactly("shed OVERLOADED");
    assertThat(steady.heard).isEmpty();
    assertThat(more.heard).isEmpty();
  }

  @Test
  void aMomentsShortageClosesNobody() {
    List<FakeCall> fast = List.of(holding(600), holding(600), holding(600));
    clock.advance(SECOND / 2);
    memory.check();
    fast.forEach(call -> assertThat(call.heard).isEmpty());
    fast.forEach(call -> call.share.complete());
    fast.forEach(call -> call.share.read(300 * KIB));
    assertThat(memory.total()).isEqualTo(900 * KIB);
    fast.forEach(call -> call.share.taken());
    assertThat(memory.total()).isZero();
  }

  @Test
  void twiceTheLimitIsNeverPassedForLong() {
    List<FakeCall> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(holding(300));
      clock.advance(SECOND / 100);
    }
    long staying =
        all.stream().filter(call -> call.heard.isEmpty()).mapToLong(call -> 300 * KIB).sum();
    assertThat(staying).isLessThanOrEqualTo(2_000 * KIB);
    assertThat(all.get(0).heard).isNotEmpty();
    assertThat(all.get(39).heard).isEmpty();
  }

  @Test
  void nothingIsReadUntilThereIsRoom() {
    FakeCall first = holding(1_000);
    FakeCall second = holding(1_000);
    assertThat(paused).isFalse();
    FakeCall third = holding(1);
    assertThat(paused).isTrue();
    assertThat(first.heard).containsExactly("shed OVERLOADED");
    memory.check();
    assertThat(paused).isTrue();
    first.share.close();
    assertThat(paused).isFalse();
    memory.check();
    assertThat(paused).isFalse();
    assertThat(second.heard).isEmpty();
    assertThat(third.heard).isEmpty();
  }

  @Test
  void smallMessagesAreNotClosedForLargeOnes() {
    FakeCall small = holding(1);
    clock.advance(SECOND);
    FakeCall large = holding(1_200);
    clock.advance(2 * SECOND);
    memory.check();
    assertThat(small.heard).isEmpty();
    assertThat(large.heard).containsExactly("shed OVERLOADED");
  }

  @Test
  void aWholeMessageIsHeldUntilItIsTaken() {
    FakeCall call = holding(300);
    call.share.complete();
    call.share.arrived(200 * KIB);
    call.share.complete();
    call.share.arrived(100 * KIB);
    call.share.read(300 * KIB);
    call.share.taken();
    assertThat(memory.total()).isEqualTo(300 * KIB);
    call.share.taken();
    call.share.read(50 * KIB);
    assertThat(memory.total()).isEqualTo(150 * KIB);
    call.share.taken();
    assertThat(memory.total()).isEqualTo(100 * KIB);
    call.share.close();
    call.share.arrived(100 * KIB);
    assertThat(memory.total()).isZero();
  }

  @Test
  void whoDoesNotEndIsCutOffAndThenNoLongerCountedAsLeaving() {
    FakeCall stubborn = holding(700);
    FakeCall other = holding(700);
    clock.advance(SECOND);
    memory.check();
    assertThat(stubborn.heard).containsExactly("shed OVERLOADED");
    clock.advance(SECOND);
    memory.check();
    assertThat(stubborn.heard).containsExactly("shed OVERLOADED", "cut OVERLOADED");
    assertThat(other.heard).isEmpty();
    clock.advance(SECOND);
    memory.check();
    assertThat(other.heard).containsExactly("shed OVERLOADED");
  }

  @Test
  void whoIsKnownLateHearsItThen() {
    InboundMemory.Share unknown = memory.open();
    unknown.arrived(1_500 * KIB);
    clock.advance(SECOND);
    memory.check();
    FakeCall call = new FakeCall();
    unknown.endsBy(call);
    assertThat(call.heard).containsExactly("shed OVERLOADED");
  }

  @Test
  void aMessageThatStopsIsGivenUpThoughThereIsRoom() {
    FakeCall stopped = holding(1);
    FakeCall idle = holding(1);
    idle.share.complete();
    FakeCall dripping = holding(1);
    clock.advance(40 * SECOND);
    dripping.share.arrived(1);
    clock.advance(20 * SECOND);
    memory.check();
    assertThat(stopped.heard).containsExactly("shed " + ErrorCode.UNAVAILABLE);
    assertThat(stopped.why).hasMessageContaining("stopped midway").hasMessageContaining("60 s");
    assertThat(idle.heard).isEmpty();
    assertThat(dripping.heard).isEmpty();
  }
}
