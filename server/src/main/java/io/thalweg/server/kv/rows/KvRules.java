package io.thalweg.server.kv.rows;

/**
 * The decisions that keep the rows of a primary-key table equal to what its changelog makes.
 * Production has one implementation, {@link #STANDARD}. They are an interface so that the
 * simulation can break each of them, and so prove that its checkers notice.
 */
public interface KvRules {

  /** The rules as promised. */
  KvRules STANDARD = new KvRules() {};

  /** Whether changes may go into the rows that lookups see. */
  default boolean mayApply(boolean committed) {
    return committed;
  }

  /** Whether a write is merged with rows of earlier ones that are not committed yet. */
  default boolean mergesUncommitted() {
    return true;
  }

  /** Whether a lookup waits until this server knows all that the coordinator knows. */
  default boolean asksWhatIsCurrent() {
    return true;
  }

  /**
   * The offset that a checkpoint claims to go up to.
   *
   * @param applied the offset that its rows go up to
   * @param merged the offset up to which writes are merged, committed or not
   */
  default long checkpointOffset(long applied, long merged) {
    return applied;
  }

  /**
   * The offset of the first change that is applied to rows that were opened.
   *
   * @param opened the offset that they go up to
   * @param logEnd where the log ends
   */
  default long replayFrom(long opened, long logEnd) {
    return opened;
  }

  /** Whether rows may be opened and read without asking the coordinator where the log ends. */
  default boolean servesBehindLog() {
    return false;
  }
}
