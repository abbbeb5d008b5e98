package io.thalweg.format.access;

import java.util.Optional;

/** How a password is proved without being sent. The numbers are Kafka's, and durable. */
public enum ScramMechanism {
  /** With HMAC-SHA-256. */
  SHA_256(1, "SCRAM-SHA-256", "SHA-256", "HmacSHA256", 32),
  /** With HMAC-SHA-512. */
  SHA_512(2, "SCRAM-SHA-512", "SHA-512", "HmacSHA512", 64);

  private final int number;
  private final String text;
  private final String digest;
  private final String hmac;
  private final int keyBytes;

  ScramMechanism(int number, String text, String digest, String hmac, int keyBytes) {
    this.number = number;
    this.text = text;
    this.digest = digest;
    this.hmac = hmac;
    this.keyBytes = keyBytes;
  }

  /** Its number in Kafka's protocol and in durable forms. */
  public int number() {
    return number;
  }

  /** Its name in SASL. */
  public String text() {
    return text;
  }

  String digest() {
    return digest;
  }

  String hmac() {
    return hmac;
  }

  /** Bytes of each of a secret's keys. */
  public int keyBytes() {
    return keyBytes;
  }

  /** The mechanism of that number. */
  public static Optional<ScramMechanism> ofNumber(int number) {
    return number == SHA_256.number
        ? Optional.of(SHA_256)
        : number == SHA_512.number ? Optional.of(SHA_512) : Optional.empty();
  }

  /** The mechanism of that name in SASL. */
  public static Optional<ScramMechanism> ofText(String text) {
    return SHA_256.text.equals(text)
        ? Optional.of(SHA_256)
        : SHA_512.text.equals(text) ? Optional.of(SHA_512) : Optional.empty();
  }
}
