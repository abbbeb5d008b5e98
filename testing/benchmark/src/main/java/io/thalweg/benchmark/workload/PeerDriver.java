package io.thalweg.benchmark.workload;

import java.util.List;

/**
 * One system, through the client that it offers to programs. Every table has the columns of {@link
 * #COLUMNS}. One thread calls, except that a reader may run beside a writer on a thread of its own.
 */
public interface PeerDriver extends AutoCloseable {
  /** The columns of every table, in order: two 64-bit numbers and two texts. */
  List<String> COLUMNS = List.of("id", "ts", "kind", "payload");

  /** Makes a table; {@code keyed} gives it the primary key {@code id}. */
  void createTable(String table, boolean keyed, int buckets);

  /** Appends to a table without a key. */
  RowWriter appender(String table);

  /** Writes rows by key. */
  RowWriter upserter(String table);

  /** Reads what a table's log holds now, as well as the client can when it knows that end. */
  RowReader scanner(String table, List<String> columns);

  /** Reads a table's log from its beginning, and follows it. */
  RowReader follower(String table, List<String> columns);

  /** Looks rows up by key. */
  KeyReader keys(String table);

  @Override
  void close() throws Exception;
}
