package io.thalweg.client.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletionException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.junit.jupiter.api.Test;

/** How errors of gRPC and Flight are mapped. */
class ClientErrorsTest {
  private static ThalwegException of(CallStatus status) {
    FlightRuntimeException failure = status.toRuntimeException();
    ThalwegException read = ClientErrors.of(new CompletionException(failure));
    assertThat(ClientErrors.of(failure, ErrorCode.UNKNOWN_OUTCOME).code())
        .as("the same of a change")
        .isEqualTo(read.code() == ErrorCode.UNAVAILABLE ? ErrorCode.UNKNOWN_OUTCOME : read.code());
    return read;
  }

  @Test
  void aSocketThatBrokeIsALostConnectionWhateverItIsCalled() {
    // A request that was written to a connection just found closed.
    ThalwegException closed =
        of(
            CallStatus.UNKNOWN
                .withDescription("channel closed")
                .withCause(new ClosedChannelException()));
    assertThat(closed.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(closed).hasMessage("the connection to the server was lost; is it still running?");
    assertThat(closed.retryable()).isTrue();
    ThalwegException reset =
        of(
            CallStatus.INTERNAL
                .withDescription("encountered end-of-stream mid-frame")
                .withCause(new RuntimeException(new IOException("Connection reset by peer"))));
    assertThat(reset.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(reset).hasMessageContaining("was lost (Connection reset by peer)");
    assertThat(of(CallStatus.INTERNAL.withDescription("RST_STREAM closed stream")).code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(of(CallStatus.CANCELLED).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void whatAServerSaysOfABugStaysOne() {
    assertThat(of(CallStatus.INTERNAL.withDescription("INTERNAL: a bug")).code())
        .isEqualTo(ErrorCode.INTERNAL);
    assertThat(of(CallStatus.UNKNOWN.withDescription("null")).code()).isEqualTo(ErrorCode.INTERNAL);
  }
}
