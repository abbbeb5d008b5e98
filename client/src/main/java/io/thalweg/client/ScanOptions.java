package io.thalweg.client;

import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Optional;

/**
 * Says what a {@link LogScanner} reads.
 *
 * @param columns names and expressions in the requested order; empty for all
 * @param filter a condition such as {@code delay > 60 AND origin = 'SFO'}
 * @param buckets numbers; empty for all
 * @param start where to begin
 * @param stop where to end; {@link Position.Named#NEVER} subscribes
 * @param limit most rows to read
 * @param positions whether rows come with their offset and append time
 */
public record ScanOptions(
    TablePath table,
    Optional<List<String>> columns,
    Optional<String> filter,
    List<Integer> buckets,
    Position start,
    Position stop,
    long limit,
    boolean positions) {

  /** Copies the lists. */
  public ScanOptions {
    columns = columns.map(List::copyOf);
    buckets = List.copyOf(buckets);
  }

  /** All records that the table holds now, and no later ones. */
  public static ScanOptions all(String table) {
    return new ScanOptions(
        TablePath.parseReadable(table),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Position.Named.EARLIEST,
        Position.Named.LATEST,
        Long.MAX_VALUE,
        true);
  }

  /** All records from {@code start} on, for ever. */
  public static ScanOptions subscribe(String table, Position start) {
    return all(table).from(start).until(Position.Named.NEVER);
  }

  /**
   * With these columns: names of the table's, and what is computed of one, such as {@code
   * "variant_get(event, '$.user', 'BIGINT') AS user"} or {@code "address.city"}. The result's
   * column is called as AS says, else like the field or the function's text.
   */
  public ScanOptions withColumns(String... names) {
    return new ScanOptions(
        table, Optional.of(List.of(names)), filter, buckets, start, stop, limit, positions);
  }

  /** With a filter. */
  public ScanOptions withFilter(String condition) {
    return new ScanOptions(
        table, columns, Optional.of(condition), buckets, start, stop, limit, positions);
  }

  /** Only these buckets. */
  public ScanOptions withBuckets(Integer... numbers) {
    return new ScanOptions(table, columns, filter, List.of(numbers), start, stop, limit, positions);
  }

  /** From another start. */
  public ScanOptions from(Position position) {
    return new ScanOptions(table, columns, filter, buckets, position, stop, limit, positions);
  }

  /** Up to another stop. */
  public ScanOptions until(Position position) {
    return new ScanOptions(table, columns, filter, buckets, start, position, limit, positions);
  }

  /** At most this many rows. */
  public ScanOptions withLimit(long rows) {
    return new ScanOptions(table, columns, filter, buckets, start, stop, rows, positions);
  }

  /** Without offset and append time of each row, which costs less. */
  public ScanOptions withoutPositions() {
    return new ScanOptions(table, columns, filter, buckets, start, stop, limit, false);
  }
}
