package io.thalweg.format.access;

import java.util.Optional;

/** What a rule lets somebody do, or not. The numbers and meanings are Kafka's; durable. */
public enum AclOperation {
  /** Each of the others. */
  ALL(2),
  /** Reads records, or takes part in a group. */
  READ(3),
  /** Writes records, or in a transaction. */
  WRITE(4),
  /** Makes topics and tables. */
  CREATE(5),
  /** Ends them. */
  DELETE(6),
  /** Changes them; of the cluster, who may do what. */
  ALTER(7),
  /** Learns of them; whoever may read, write, alter or delete may. */
  DESCRIBE(8),
  /** What servers do for each other. */
  CLUSTER_ACTION(9),
  /** Reads configs; whoever may alter them may. */
  DESCRIBE_CONFIGS(10),
  /** Changes configs. */
  ALTER_CONFIGS(11),
  /** Opens a writer whose batches are stored once. */
  IDEMPOTENT_WRITE(12);

  private final int number;

  AclOperation(int number) {
    this.number = number;
  }

  /** Its number in Kafka's protocol and in durable forms. */
  public int number() {
    return number;
  }

  /** The operation of that number. */
  public static Optional<AclOperation> ofNumber(int number) {
    for (AclOperation each : values()) {
      if (each.number == number) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
