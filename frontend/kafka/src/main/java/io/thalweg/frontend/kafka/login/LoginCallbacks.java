package io.thalweg.frontend.kafka.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.frontend.login.Passwords;
import io.thalweg.server.api.SecurityApi;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;

/**
 * Answers what Kafka's SASL servers ask about one connection. Belongs to the connection's thread.
 */
final class LoginCallbacks implements AuthenticateCallbackHandler {
  private final String from;
  private final String mechanism;
  private final SecurityApi security;
  private final Passwords passwords;
  private final Consumer<Attempt> attempts;

  /**
   * For one connection.
   *
   * @param from the client's address
   * @param attempts hears who the client says that it is, before that is proved
   */
  LoginCallbacks(
      String from,
      String mechanism,
      SecurityApi security,
      Passwords passwords,
      Consumer<Attempt> attempts) {
    this.from = from;
    this.mechanism = mechanism;
    this.security = security;
    this.passwords = passwords;
    this.attempts = attempts;
  }

  @Override
  public void configure(
      Map<String, ?> configs, String saslMechanism, List<AppConfigurationEntry> entries) {
    // The constructor has all.
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    String user = "";
    for (Callback each : callbacks) {
      if (each instanceof NameCallback name) {
        user = name.getDefaultName();
        attempts.accept(Attempt.of(user, mechanism, security));
      } else if (each instanceof ScramCredentialCallback scram) {
        scram.scramCredential(credential(user));
      } else if (each instanceof PlainAuthenticateCallback plain) {
        plain.authenticated(isRight(user, plain.password()));
      } else {
        throw new UnsupportedCallbackException(each);
      }
    }
  }

  /** Null for an unknown user, whom Kafka's server then refuses. */
  private ScramCredential credential(String user) {
    return ScramMechanism.ofText(mechanism)
        .flatMap(known -> security.secret(user, known))
        .map(LoginCallbacks::credential)
        .orElse(null);
  }

  private static ScramCredential credential(ScramSecret secret) {
    return new ScramCredential(
        secret.salt(), secret.storedKey(), secret.serverKey(), secret.iterations());
  }

  private boolean isRight(String user, char[] password) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
    byte[] exact = new byte[bytes.remaining()];
    bytes.get(exact);
    return switch (passwords.check(from, user, exact)) {
      case RIGHT -> true;
      case WRONG -> false;
      case LATER ->
          throw new SaslAuthenticationException(
              "too many passwords are checked at this moment; try again in a second");
    };
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
