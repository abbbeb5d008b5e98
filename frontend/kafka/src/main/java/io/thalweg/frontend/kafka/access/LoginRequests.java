package io.thalweg.frontend.kafka.access;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeResponse;

/**
 * Refuses logins that come where none is expected: those at the beginning of a connection never get
 * here.
 */
public final class LoginRequests {
  private LoginRequests() {}

  /** A client says which mechanism it wants. */
  public static Handling handshake(ClientRequest request) {
    return Handling.of(
        new SaslHandshakeResponse(
            new SaslHandshakeResponseData().setErrorCode(Errors.ILLEGAL_SASL_STATE.code())));
  }

  /** A client goes on with it. */
  public static Handling authenticate(ClientRequest request) {
    return Handling.of(
        new SaslAuthenticateResponse(
            new SaslAuthenticateResponseData()
                .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
                .setErrorMessage("this connection takes no login, or has had one; connect anew")));
  }
}
