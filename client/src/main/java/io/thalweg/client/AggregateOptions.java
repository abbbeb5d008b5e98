package io.thalweg.client;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Says what {@link ThalwegConnection#aggregate} computes.
 *
 * @param aggregation the columns to group by and the measures
 * @param filter a condition on the rows that count, such as {@code delay > 60}
 * @param buckets numbers; empty for all
 * @param start where to begin in the log; empty for its beginning, and of a table with a primary
 *     key, if {@code stop} is empty too, for its rows as they are now instead of its changelog
 * @param stop where to end in the log; empty for the end as it is now
 * @param maxGroups most groups; empty for what a server allows of a bucket, and {@value
 *     #MAX_GROUPS} in all
 */
public record AggregateOptions(
    TablePath table,
    Aggregation aggregation,
    Optional<String> filter,
    List<Integer> buckets,
    Optional<Position> start,
    Optional<Position> stop,
    OptionalInt maxGroups) {
  /** Most groups of a result for which no limit was given. */
  public static final int MAX_GROUPS = 1_000_000;

  /** Copies the list. */
  public AggregateOptions {
    buckets = List.copyOf(buckets);
  }

  /**
   * An aggregate of all rows.
   *
   * @param table may be a virtual table, such as {@code airports$changelog}
   * @param select measures: {@code count(*)}, or {@code count}, {@code min}, {@code max} or {@code
   *     sum} of a column, such as {@code sum(delay)}
   */
  public static AggregateOptions of(String table, String... select) {
    return new AggregateOptions(
        TablePath.parseReadable(table),
        Aggregation.parse(List.of(), List.of(select)),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty());
  }

  /** For each combination of values of these columns. */
  public AggregateOptions groupBy(String... columns) {
    return new AggregateOptions(
        table,
        new Aggregation(List.of(columns), aggregation.select()),
        filter,
        buckets,
        start,
        stop,
        maxGroups);
  }

  /** Of the rows that match a condition. */
  public AggregateOptions withFilter(String condition) {
    return new AggregateOptions(
        table, aggregation, Optional.of(condition), buckets, start, stop, maxGroups);
  }

  /** Of these buckets. */
  public AggregateOptions withBuckets(Integer... numbers) {
    return new AggregateOptions(
        table, aggregation, filter, List.of(numbers), start, stop, maxGroups);
  }

  /** Of the records of the log from {@code position} on. */
  public AggregateOptions from(Position position) {
    return new AggregateOptions(
        table, aggregation, filter, buckets, Optional.of(position), stop, maxGroups);
  }

  /** Of the records of the log up to {@code position}. */
  public AggregateOptions until(Position position) {
    return new AggregateOptions(
        table, aggregation, filter, buckets, start, Optional.of(position), maxGroups);
  }

  /** With at most so many groups; more are refused. */
  public AggregateOptions withMaxGroups(int groups) {
    return new AggregateOptions(
        table, aggregation, filter, buckets, start, stop, OptionalInt.of(groups));
  }

  /** The request for all buckets. */
  ScanTicket ticket() {
    ScanTicket plain =
        start.isEmpty() && stop.isEmpty()
            ? ScanTicket.whole(
                table,
                Optional.empty(),
                filter,
                OptionalInt.empty(),
                Long.MAX_VALUE,
                Optional.empty())
            : new ScanTicket(
                table,
                Optional.empty(),
                filter,
                OptionalInt.empty(),
                start.orElse(Position.Named.EARLIEST),
                stop.orElse(Position.Named.LATEST),
                Long.MAX_VALUE);
    return plain.of(new ScanTicket.Aggregate(aggregation, maxGroups));
  }
}
