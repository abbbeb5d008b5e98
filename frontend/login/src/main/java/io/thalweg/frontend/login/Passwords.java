package io.thalweg.frontend.login;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.SecurityApi;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords against users' secrets. To derive a secret takes milliseconds of a thread that
 * others wait for. So what matched once is remembered, as a hash under a key that nobody else has;
 * and only so many others are derived in a second, by all threads together. Addresses from which a
 * wrong password came have a share of their own, so whoever guesses keeps nobody else out. Any
 * thread.
 */
public final class Passwords {
  /** Passwords that are derived in a second; half of a second of one processor at the most. */
  static final int PER_SECOND = 30;

  /** How many of these are left to addresses from which a wrong password came lately. */
  static final int OF_SUSPECTS = 10;

  /** For how long an address is a suspect. */
  static final Duration SUSPICION = Duration.ofMinutes(1);

  /** Most users, and most suspects, that are remembered. */
  static final int MOST_REMEMBERED = 10_000;

  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

  private final SecurityApi security;
  private final Clock clock;
  private final SecretKeySpec key;

  /** What matched, by user; the one that was not used for longest goes first. */
  private final Map<String, Matched> matched = new LinkedHashMap<>(16, 0.75f, true);

  /** When the last wrong password came from an address; the oldest goes first. */
  private final Map<String, Long> suspects = new LinkedHashMap<>();

  private long second;
  private int derivedForSuspects;
  private int derivedForOthers;

  /** A password's hash, and the secret that it matched: another one makes it worthless. */
  private static final class Matched {
    final byte[] hash;
    final ScramSecret secret;

    Matched(byte[] hash, ScramSecret secret) {
      this.hash = hash;
      this.secret = secret;
    }
  }

  /** What a check says. */
  public enum Verdict {
    /** It is the user's. */
    RIGHT,
    /** It is not, or there is no such user. */
    WRONG,
    /** Too many are checked at this moment: to be asked again in a second. */
    LATER
  }

  /** Checks against the secrets that {@code security} knows. */
  public Passwords(SecurityApi security, Clock clock) {
    this.security = security;
    this.clock = clock;
    byte[] drawn = new byte[32];
    new SecureRandom().nextBytes(drawn);
    this.key = new SecretKeySpec(drawn, "HmacSHA256");
    this.second = clock.nanoTime();
  }

  /**
   * Whether that is the user's password, by the secret of whichever mechanism there is.
   *
   * @param from the client's address
   * @param password UTF-8
   */
  public Verdict check(String from, String user, byte[] password) {
    for (ScramMechanism mechanism : ScramMechanism.values()) {
      Optional<ScramSecret> secret = security.secret(user, mechanism);
      if (secret.isPresent()) {
        return check(from, user, password, mechanism, secret.get());
      }
    }
    return Verdict.WRONG;
  }

  private Verdict check(
      String from, String user, byte[] password, ScramMechanism mechanism, ScramSecret secret) {
    byte[] hash = hash(password);
    if (isRemembered(user, hash, secret)) {
      return Verdict.RIGHT;
    }
    if (!mayDerive(from)) {
      return Verdict.LATER;
    }
    if (!secret.matches(mechanism, password)) {
      suspect(from);
      return Verdict.WRONG;
    }
    remember(user, new Matched(hash, secret));
    return Verdict.RIGHT;
  }

  private byte[] hash(byte[] password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(password);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no HmacSHA256", missing);
    }
  }

  private synchronized boolean isRemembered(String user, byte[] hash, ScramSecret secret) {
    Matched known = matched.get(user);
    return known != null && known.secret.equals(secret) && MessageDigest.isEqual(known.hash, hash);
  }

  private synchronized void remember(String user, Matched found) {
    matched.put(user, found);
    if (matched.size() > MOST_REMEMBERED) {
      matched.remove(matched.keySet().iterator().next());
    }
  }

  private synchronized void suspect(String from) {
    suspects.remove(from); // So that it is the last again.
    suspects.put(from, clock.nanoTime());
    if (suspects.size() > MOST_REMEMBERED) {
      suspects.remove(suspects.keySet().iterator().next());
    }
  }

  private synchronized boolean mayDerive(String from) {
    long now = clock.nanoTime();
    if (now - second >= SECOND_NANOS) {
      second = now;
      derivedForSuspects = 0;
      derivedForOthers = 0;
    }
    Long wrong = suspects.get(from);
    boolean isSuspect = wrong != null && now - wrong < SUSPICION.toNanos();
    return isSuspect
        ? derivedForSuspects++ < OF_SUSPECTS
        : derivedForOthers++ < PER_SECOND - OF_SUSPECTS;
  }
}
