package io.thalweg.client.scan;

import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What a reader of a log requests from servers. Immutable; any thread.
 *
 * @param columns names in the requested order
 * @param filter a condition; empty for all rows
 * @param stops by bucket, the offset to end at; empty to follow the tail
 * @param newPartitions whether to read also partitions that are made meanwhile
 */
public record LogRead(
    TableInfo table,
    List<String> columns,
    Optional<String> filter,
    Optional<Map<Integer, Long>> stops,
    boolean newPartitions) {

  /** Copies the collections. */
  public LogRead {
    columns = List.copyOf(columns);
    stops = stops.map(Map::copyOf);
  }

  /** The request for the rest: from these offsets on, at most {@code limit} rows. */
  ScanTicket ticket(Map<Integer, Long> from, long limit) {
    // No bucket yet: those that come are read from their beginning.
    Position start = from.isEmpty() ? Position.Named.EARLIEST : new Position.Buckets(from);
    Position stop = Position.Named.NEVER;
    if (stops.isPresent()) {
      stop = new Position.Buckets(new TreeMap<>(stops.get()));
    }
    ScanTicket ticket =
        new ScanTicket(
                table.path(), Optional.of(columns), filter, OptionalInt.empty(), start, stop, limit)
            .of(table);
    return newPartitions ? ticket.withNewPartitions() : ticket;
  }

  /** Whether a bucket has nothing left to read at an offset. */
  boolean ends(int bucket, long offset) {
    return stops.isPresent() && offset >= stops.get().getOrDefault(bucket, Long.MAX_VALUE);
  }
}
