package io.thalweg.server.api;

import io.thalweg.format.schema.TablePath;

/** Decides what a principal may do. Called on any thread; must not block. */
public interface Authorizer {

  /** Lets everybody do everything. */
  Authorizer ALLOW_ALL = (principal, operation, database, table) -> true;

  /** What can be done. */
  enum Operation {
    CREATE,
    DROP,
    DESCRIBE,
    APPEND,
    READ
  }

  /**
   * Whether {@code principal} may.
   *
   * @param database null where the whole cluster is meant: to open a writer, to list servers
   * @param table null where the whole database is meant, or the cluster
   */
  boolean allows(Principal principal, Operation operation, String database, TablePath table);
}
