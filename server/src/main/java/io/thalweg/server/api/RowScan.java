package io.thalweg.server.api;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows of a primary-key table, bucket by bucket in key order, each bucket as it was at one
 * offset of its changelog. One caller at a time. It fails with SCAN_EXPIRED once the server no
 * longer keeps the rows as they were: {@link #next} was not called for too long, or the server
 * needed room, or no longer owns a bucket.
 */
public interface RowScan extends AutoCloseable {

  /**
   * Some rows of one bucket.
   *
   * @param offset of the bucket's rows: the changelog from here on has every later change, and none
   *     of the rows' own
   * @param count how many; there may be none, where the filter left none
   * @param rows makes their vectors, on the caller's thread, at any time; the caller closes them.
   *     Who does not want them has nothing to close
   * @param resume with this token {@code ServerApi.resumeRows} goes on after these rows
   */
  record Page(int bucket, long offset, int count, Supplier<VectorSchemaRoot> rows, String resume) {}

  /** The schema of the rows. */
  Schema schema();

  /**
   * The next rows; empty when there are no more.
   *
   * @param wanted rows that the caller will take from now on, at least 1: more are not given, nor
   *     read where there is no filter. It may be called while the vectors of the page before are
   *     made
   * @param maxBytes a page ends after about so many bytes of rows
   */
  CompletableFuture<Optional<Page>> next(long wanted, int maxBytes);

  /** The next rows, as many as fit a page. */
  default CompletableFuture<Optional<Page>> next(long wanted) {
    return next(wanted, Integer.MAX_VALUE);
  }

  /** By bucket, the offset of its rows, of the buckets begun so far. Any thread. */
  Map<Integer, Long> offsets();

  /**
   * Stops reading, once what is under way has ended; for a while the scan can be resumed. After
   * this, {@link #finish} or {@link #close} further calls do nothing.
   */
  void leave();

  /**
   * As {@link #leave}, for who has handed everything on: whether it arrived shows within a few
   * seconds, and for longer the rows are not kept.
   */
  void finish();

  /** Ends the scan and lets go of the rows, once what is under way has ended. */
  @Override
  void close();
}
