package io.thalweg.format.access;

import java.util.Optional;

/** What a rule of access is about. The numbers are Kafka's, and durable. */
public enum AclResource {
  /** A topic, which is a table, or any table. */
  TOPIC(2),
  /** A group of consumers. */
  GROUP(3),
  /** The whole cluster; its name is {@link AclBinding#CLUSTER}. */
  CLUSTER(4),
  /** A transactional writer. */
  TRANSACTIONAL_ID(5);

  private final int number;

  AclResource(int number) {
    this.number = number;
  }

  /** Its number in Kafka's protocol and in durable forms. */
  public int number() {
    return number;
  }

  /** The resource of that number. */
  public static Optional<AclResource> ofNumber(int number) {
    for (AclResource each : values()) {
      if (each.number == number) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
