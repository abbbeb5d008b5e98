package io.thalweg.server.api;

import io.thalweg.format.alter.TableChange;
import io.thalweg.format.schema.TableDescriptor;

/**
 * Decides what a principal may do. The package text lists what each call asks. Called on any
 * thread; must not block.
 */
public interface Authorizer {

  /** Lets everybody do everything. */
  Authorizer ALLOW_ALL = (principal, operation, resource) -> true;

  /**
   * What can be done to a resource. Each constant means what Kafka's operation of that name means
   * in an access rule, so that the Kafka door can hand its questions on.
   */
  enum Operation {
    /** Reads rows, records, files and offsets of a table. */
    READ,
    /** Appends to a table, or writes its rows by key. */
    WRITE,
    /** Makes the database or the table. */
    CREATE,
    /** Ends the database, the table, or partitions or records of it; Kafka says DELETE. */
    DROP,
    /** Changes a table: its columns, name, comment and number of buckets. */
    ALTER,
    /** Learns that the resource exists and what it looks like. */
    DESCRIBE,
    /** Reads the options of a table by themselves. No call asks for it yet. */
    DESCRIBE_CONFIGS,
    /** Changes the options of a table, or quotas. */
    ALTER_CONFIGS,
    /** Opens a writer whose batches are stored once; asked of the cluster. */
    IDEMPOTENT_WRITE,
    /** What Kafka's brokers do for each other. No call asks for it; clients are told who may. */
    CLUSTER_ACTION;

    /**
     * What a change of a table is: of its options, or of anything else. The number of buckets is no
     * config of Kafka's.
     */
    public static Operation of(TableChange change) {
      boolean isOption =
          change instanceof TableChange.ResetOption
              || (change instanceof TableChange.SetOption set
                  && !set.key().equals(TableDescriptor.BUCKETS));
      return isOption ? ALTER_CONFIGS : ALTER;
    }
  }

  /** Whether {@code principal} may do {@code operation} to {@code resource}. */
  boolean allows(Principal principal, Operation operation, Resource resource);
}
