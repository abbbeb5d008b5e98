package io.thalweg.server.api;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows of one bucket of a primary-key table, as they were at one offset of its changelog, in
 * key order. One caller at a time.
 */
public interface RowScan extends AutoCloseable {

  /** The offset: the changelog from here on has every later change, and none of the rows' own. */
  long offset();

  /** The schema of what {@link #next} gives. */
  Schema schema();

  /**
   * The next rows, which the caller closes; empty when there are no more. Some may be there without
   * any row: the filter left none.
   *
   * @param most rows wanted, at least 1: more are not given, nor read where there is no filter
   */
  CompletableFuture<Optional<VectorSchemaRoot>> next(long most);

  /** Lets go of the rows, once what is under way has ended. Any number of times. */
  @Override
  void close();
}
