package io.thalweg.frontend.kafka.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.server.api.SecurityApi;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a connection said of who it is, whether it proved that or not.
 *
 * @param user as the client wrote it
 * @param secrets that the user had then: who is removed and made anew is another one; none where a
 *     token was the proof
 * @param endsMillis when the token's time is over, since the epoch
 */
public record Attempt(
    String user, String mechanism, Map<ScramMechanism, ScramSecret> secrets, long endsMillis) {
  /** An attempt now. */
  static Attempt of(String user, String mechanism, SecurityApi security) {
    Optional<ScramMechanism> only = ScramMechanism.ofText(mechanism);
    Map<ScramMechanism, ScramSecret> secrets = new EnumMap<>(ScramMechanism.class);
    for (ScramMechanism each : ScramMechanism.values()) {
      if (only.orElse(each) == each) {
        security.secret(user, each).ifPresent(secret -> secrets.put(each, secret));
      }
    }
    return new Attempt(user, mechanism, secrets, Long.MAX_VALUE);
  }

  /** The proof of a token that lasts for a while. */
  static Attempt ofToken(String user, long endsMillis) {
    return new Attempt(user, OAuthConfig.MECHANISM, Map.of(), endsMillis);
  }

  /** What is wrong where it is not good any more. */
  public String whyNotGood() {
    return mechanism.equals(OAuthConfig.MECHANISM)
        ? "the token's time is over"
        : "the user is not there any more, or has another password";
  }

  /** Whether one of the user's secrets is still what it was, or the token's time is not over. */
  boolean isStillGood(SecurityApi security, long nowMillis) {
    if (mechanism.equals(OAuthConfig.MECHANISM)) {
      return nowMillis < endsMillis;
    }
    return secrets.entrySet().stream()
        .anyMatch(
            each ->
                security.secret(user, each.getKey()).filter(each.getValue()::equals).isPresent());
  }
}
