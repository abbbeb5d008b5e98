package io.thalweg.coordinator.command;

import io.thalweg.format.error.ThalwegException;

/**
 * The kinds of commands. Each has a number, which is never reused, a version of its own durable
 * form, and the feature level from which a cluster takes it. If you add a constant, the compiler
 * shows where to handle it: {@link CommandCodec} and {@link ClusterState}.
 */
public enum CommandKind {
  CREATE_DATABASE(1, 5, FeatureLevel.FIRST),
  DROP_DATABASE(2, 5, FeatureLevel.FIRST),
  CREATE_TABLE(3, 5, FeatureLevel.FIRST),
  DROP_TABLE(4, 5, FeatureLevel.FIRST),
  OPEN_INCARNATION(5, 5, FeatureLevel.FIRST),
  HEARTBEAT(6, 5, FeatureLevel.FIRST),
  CLOSE_INCARNATION(7, 5, FeatureLevel.FIRST),
  OPEN_WRITER(8, 5, FeatureLevel.FIRST),
  COMMIT(9, 6, FeatureLevel.FIRST),
  REPLACE_RUNS(10, 5, FeatureLevel.FIRST),
  FORGET_OBJECTS(11, 5, FeatureLevel.FIRST),
  TRIM_LOG(12, 5, FeatureLevel.FIRST),
  OPEN_PIN(13, 5, FeatureLevel.FIRST),
  CLOSE_PIN(14, 5, FeatureLevel.FIRST),
  COMMIT_KV_SNAPSHOT(15, 5, FeatureLevel.FIRST),
  ALLOCATE_IDS(16, 5, FeatureLevel.FIRST),
  OPEN_LOG(17, 5, FeatureLevel.FIRST),
  BIND_STORE(18, 5, FeatureLevel.FIRST),
  UNAPPLIABLE(19, 5, FeatureLevel.FIRST),
  RAISE_FEATURE_LEVEL(20, 5, FeatureLevel.FIRST),
  ASSIGN_OWNERS(21, 5, FeatureLevel.FIRST),
  ALTER_TABLE(22, 5, FeatureLevel.FIRST),
  CREATE_PARTITION(23, 5, FeatureLevel.FIRST),
  DROP_PARTITION(24, 5, FeatureLevel.FIRST),
  OPEN_TRANSACTIONS(25, 5, FeatureLevel.FIRST),
  JOIN_TRANSACTION(26, 5, FeatureLevel.FIRST),
  END_TRANSACTION(27, 5, FeatureLevel.FIRST),
  EXPIRE_TRANSACTIONS(28, 5, FeatureLevel.FIRST),
  SETTLE_TRANSACTION(29, 5, FeatureLevel.FIRST),
  DELETE_RECORDS(30, 5, FeatureLevel.FIRST),
  ALTER_USERS(31, 5, FeatureLevel.FIRST),
  ALTER_ACLS(32, 5, FeatureLevel.FIRST),
  ALTER_QUOTAS(33, 5, FeatureLevel.FIRST);

  /** A later release may write numbers and versions up to here; no command ever had others. */
  static final int RESERVED = 127;

  /** The version of a commit whose batches say nothing of transactions. */
  static final int COMMIT_WITHOUT_TRANSACTIONS = 5;

  private static final CommandKind[] BY_NUMBER = new CommandKind[RESERVED + 1];

  static {
    for (CommandKind kind : values()) {
      BY_NUMBER[kind.number] = kind;
    }
  }

  private final int number;
  private final int version;
  private final FeatureLevel since;

  CommandKind(int number, int version, FeatureLevel since) {
    this.number = number;
    this.version = version;
    this.since = since;
  }

  /** The first byte of its durable form. */
  public int number() {
    return number;
  }

  /** The version of the durable form that this release writes; the second byte. */
  public int version() {
    return version;
  }

  /** The oldest version of the durable form that this release reads. */
  public int oldestVersion() {
    return this == COMMIT ? COMMIT_WITHOUT_TRANSACTIONS : version;
  }

  /** The feature level that a cluster must have reached to take such a command. */
  public FeatureLevel since() {
    return since;
  }

  /**
   * The kind of a number that some release wrote.
   *
   * @throws ThalwegException UNSUPPORTED where only a later release knows it
   */
  static CommandKind ofNumber(int number) {
    CommandKind kind = BY_NUMBER[number];
    if (kind == null) {
      throw CommandCodec.unsupported("a command of type " + number + " is unknown");
    }
    return kind;
  }
}
