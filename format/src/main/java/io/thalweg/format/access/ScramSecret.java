package io.thalweg.format.access;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a server keeps of a user's password for one mechanism. Immutable: nobody changes the arrays.
 *
 * @param iterations of the derivation, within {@link #MIN_ITERATIONS} and {@link #MAX_ITERATIONS}
 * @param storedKey against which a client's proof is checked
 * @param serverKey by which the server proves that it knows the secret
 */
@SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString know that they are arrays
public record ScramSecret(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
  /** Fewest iterations, as in Kafka. */
  public static final int MIN_ITERATIONS = 4_096;

  /** Most iterations, as in Kafka. */
  public static final int MAX_ITERATIONS = 16_384;

  /** Most bytes of a salt. */
  public static final int MAX_SALT = 1_024;

  private static final int MAX_KEY = 64;

  /** The same as of a password that went through all iterations already. */
  public static ScramSecret ofSalted(
      ScramMechanism mechanism, int iterations, byte[] salt, byte[] saltedPassword) {
    byte[] clientKey = hmac(mechanism, saltedPassword, utf8("Client Key"));
    return new ScramSecret(
        iterations,
        salt.clone(),
        digest(mechanism, clientKey),
        hmac(mechanism, saltedPassword, utf8("Server Key")));
  }

  /** The secret of a password. Takes milliseconds, on purpose. */
  public static ScramSecret derive(
      ScramMechanism mechanism, byte[] password, byte[] salt, int iterations) {
    return ofSalted(mechanism, iterations, salt, salted(mechanism, password, salt, iterations));
  }

  /**
   * Whether that is the password. Takes as long as {@link #derive}, and as long for a wrong one.
   */
  public boolean matches(ScramMechanism mechanism, byte[] password) {
    return MessageDigest.isEqual(
        derive(mechanism, password, salt, iterations).storedKey, storedKey);
  }

  /** RFC 5802's Hi(): PBKDF2 with one block. */
  private static byte[] salted(
      ScramMechanism mechanism, byte[] password, byte[] salt, int iterations) {
    Mac mac = mac(mechanism, password);
    mac.update(salt);
    byte[] last = mac.doFinal(new byte[] {0, 0, 0, 1});
    byte[] result = last.clone();
    for (int i = 1; i < iterations; i++) {
      last = mac.doFinal(last);
      for (int at = 0; at < result.length; at++) {
        result[at] ^= last[at];
      }
    }
    return result;
  }

  private static Mac mac(ScramMechanism mechanism, byte[] key) {
    try {
      Mac mac = Mac.getInstance(mechanism.hmac());
      // An empty password is one too; the key's class refuses an empty array.
      mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, mechanism.hmac()));
      return mac;
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no " + mechanism.hmac(), missing);
    }
  }

  private static byte[] hmac(ScramMechanism mechanism, byte[] key, byte[] text) {
    return mac(mechanism, key).doFinal(text);
  }

  private static byte[] digest(ScramMechanism mechanism, byte[] bytes) {
    try {
      return MessageDigest.getInstance(mechanism.digest()).digest(bytes);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no " + mechanism.digest(), missing);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Writes the durable form. */
  public void write(BytesWriter out) {
    out.varint(iterations).bytes(salt).bytes(storedKey).bytes(serverKey);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ThalwegException CORRUPT_DATA where a key does not fit the mechanism
   */
  public static ScramSecret read(BytesReader in, ScramMechanism mechanism) {
    ScramSecret read =
        new ScramSecret(
            in.varint(MAX_ITERATIONS), in.bytes(MAX_SALT), in.bytes(MAX_KEY), in.bytes(MAX_KEY));
    if (read.iterations < MIN_ITERATIONS
        || read.storedKey.length != mechanism.keyBytes()
        || read.serverKey.length != mechanism.keyBytes()) {
      throw ThalwegException.corrupt("a secret does not fit " + mechanism.text());
    }
    return read;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramSecret secret
        && secret.iterations == iterations
        && Arrays.equals(secret.salt, salt)
        && MessageDigest.isEqual(secret.storedKey, storedKey)
        && MessageDigest.isEqual(secret.serverKey, serverKey);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt) * 31 + iterations;
  }

  /** Says nothing of the keys: a log may keep it. */
  @Override
  public String toString() {
    return "a secret of " + iterations + " iterations";
  }
}
