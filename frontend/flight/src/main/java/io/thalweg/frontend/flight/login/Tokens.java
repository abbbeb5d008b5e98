package io.thalweg.frontend.flight.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.SecurityApi;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens in place of a user's password, which this process alone gives and takes: each says whose
 * it is and until when, under a key that nobody else has. None is kept. A user's tokens end with
 * its password. Any thread.
 */
final class Tokens {
  /** How long a token is worth something. */
  static final Duration LASTS = Duration.ofHours(24);

  /** The longest token there is, with a user's name of 255 characters. */
  static final int MAX_LENGTH = 2_048;

  private static final int MAC_BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";

  private final SecurityApi security;
  private final Clock clock;
  private final SecretKeySpec key;

  Tokens(SecurityApi security, Clock clock) {
    this.security = security;
    this.clock = clock;
    byte[] drawn = new byte[MAC_BYTES];
    new SecureRandom().nextBytes(drawn);
    this.key = new SecretKeySpec(drawn, ALGORITHM);
  }

  /** A token for a user who has just proved who it is. */
  String give(String user) {
    byte[] name = user.getBytes(StandardCharsets.UTF_8);
    ByteBuffer token = ByteBuffer.allocate(Long.BYTES + name.length + MAC_BYTES);
    token.putLong(clock.nanoTime() + LASTS.toNanos()).put(name);
    token.put(mac(token.array(), token.position(), user));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
  }

  /** Whose token that is; empty for one of somebody else's making, or that has ended. */
  Optional<String> user(String token) {
    byte[] bytes;
    try {
      bytes = token.length() > MAX_LENGTH ? new byte[0] : Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
    int signed = bytes.length - MAC_BYTES;
    if (signed < Long.BYTES) {
      return Optional.empty();
    }
    long left = ByteBuffer.wrap(bytes).getLong() - clock.nanoTime();
    String user = new String(bytes, Long.BYTES, signed - Long.BYTES, StandardCharsets.UTF_8);
    byte[] mac = Arrays.copyOfRange(bytes, signed, bytes.length);
    boolean isOurs = MessageDigest.isEqual(mac, mac(bytes, signed, user));
    return isOurs && left > 0 && security.isUser(user) ? Optional.of(user) : Optional.empty();
  }

  /** Over the token's bytes and what is known of the password. */
  private byte[] mac(byte[] token, int length, String user) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(token, 0, length);
      for (ScramMechanism each : ScramMechanism.values()) {
        mac.update(security.secret(user, each).map(ScramSecret::storedKey).orElse(new byte[1]));
      }
      return mac.doFinal();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, missing);
    }
  }
}
