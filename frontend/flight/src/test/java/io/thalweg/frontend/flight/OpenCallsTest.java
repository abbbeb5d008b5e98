package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.server.api.Principal;
import org.junit.jupiter.api.Test;

final class OpenCallsTest {
  private static final Principal ANN = new Principal("ann", "10.0.0.1");
  private static final Principal BOB = new Principal("bob", "10.0.0.2");

  private final OpenCalls calls = new OpenCalls(5);

  private void refused(Principal who, String why) {
    assertThatThrownBy(() -> calls.stream(who))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED))
        .hasMessageContaining(why);
  }

  @Test
  void oneUserLeavesHalfOfTheStreamsToOthers() {
    OpenCalls.Open first = calls.stream(ANN);
    calls.stream(ANN);
    calls.stream(ANN);
    refused(ANN, "user 'ann' has 3 streams open");
    calls.answer(ANN);
    calls.stream(BOB);
    calls.stream(BOB);
    refused(BOB, "this server has 5 streams open");
    first.close();
    first.close();
    calls.stream(ANN);
    assertThat(calls.streams()).isEqualTo(5);
  }

  @Test
  void clientsThatDidNotLogInShareAll() {
    for (int i = 0; i < 5; i++) {
      calls.stream(Principal.ANONYMOUS);
    }
    refused(Principal.ANONYMOUS, "this server has 5 streams open");
  }
}
