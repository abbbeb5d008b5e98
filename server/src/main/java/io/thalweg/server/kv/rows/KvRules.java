package io.thalweg.server.kv.rows;

/**
 * The decisions that keep the rows of a primary-key table what its changelog makes them. Production
 * has one implementation, {@link #STANDARD}; they stand behind an interface so that the simulation
 * can break each of them and prove that its checkers notice.
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

  /** Whether a lookup waits until this server knows what the cluster knows. */
  default boolean asksWhatIsCurrent() {
    return true;
  }

  /**
   * The offset up to which a checkpoint says that it goes.
   *
   * @param applied up to where its rows do
   * @param merged up to where writes have been merged, committed or not
   */
  default long checkpointOffset(long applied, long merged) {
    return applied;
  }

  /**
   * The first change that is applied to rows that were opened.
   *
   * @param opened up to where they go
   * @param logEnd where the log ends
   */
  default long replayFrom(long opened, long logEnd) {
    return opened;
  }

  /**
   * Whether rows may be opened, and read, without regard to how far the log goes according to the
   * coordinator.
   */
  default boolean servesBehindLog() {
    return false;
  }
}
