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
 * @param secrets that the user had then: who is removed and made anew is another one
 */
public record Attempt(String user, String mechanism, Map<ScramMechanism, ScramSecret> secrets) {
  /** An attempt now. */
  static Attempt of(String user, String mechanism, SecurityApi security) {
    Optional<ScramMechanism> only = ScramMechanism.ofText(mechanism);
    Map<ScramMechanism, ScramSecret> secrets = new EnumMap<>(ScramMechanism.class);
    for (ScramMechanism each : ScramMechanism.values()) {
      if (only.orElse(each) == each) {
        security.secret(user, each).ifPresent(secret -> secrets.put(each, secret));
      }
    }
    return new Attempt(user, mechanism, secrets);
  }

  /** Whether one of the user's secrets is still what it was. */
  boolean isStillGood(SecurityApi security) {
    return secrets.entrySet().stream()
        .anyMatch(
            each ->
                security.secret(user, each.getKey()).filter(each.getValue()::equals).isPresent());
  }
}
